/// What has to be changed in a table of plumb's own.
struct NftablesTablePlan {
    let frame: any NftablesFrame

    /// The chains whose rules are written anew.
    private(set) var wrongChains: [String] = []
    /// What is there in place of their rules.
    private var rules: [NftablesRule] = []
    /// What is made of the table, its sets and its chains.
    private var frameChanges: [NftablesChange] = []
    /// Whether the table goes, with all that is in it.
    var isDeleted = false
    private(set) var additions: [NftablesEntry] = []
    /// The elements that go; those of sets with timeouts by one, see `NftablesSocket.carryOut`.
    private(set) var removals: [NftablesEntry] = []
    /// What is there with another meaning, and what shall be there instead.
    private(set) var replacements: [(old: NftablesEntry, new: NftablesEntry)] = []

    init(_ frame: any NftablesFrame) {
        self.frame = frame
    }

    var isEmpty: Bool {
        !isDeleted && frameChanges.isEmpty && wrongChains.isEmpty && additions.isEmpty && removals.isEmpty
            && replacements.isEmpty
    }

    /// Whether a network is new, or has rules of another version.
    var changesBridges: Bool {
        additions.contains { $0.set == NftablesLayout.Name.bridges }
            || replacements.contains { $0.new.set == NftablesLayout.Name.bridges }
    }

    /// Plans that the frame is there, given all rules of the table.
    ///
    /// Where there is a wrong rule or `lacksObjects`, all tables, sets and chains are made sure of; with the presence only
    /// what is missing.
    mutating func mend(
        among rules: [NftablesRule],
        _ presence: NftablesPresence? = nil,
        lacksObjects: Bool = false
    ) {
        self.rules = rules
        wrongChains = frame.wrongChains(among: rules)
        if presence != nil || lacksObjects || !wrongChains.isEmpty { frameChanges = frame.changes(presence) }
    }

    /// Rules that are there and go, as chains are written anew.
    var rewrittenRules: [NftablesRule] { rules.filter { wrongChains.contains($0.chain) } }

    mutating func add(_ entry: NftablesEntry) {
        additions.append(entry)
    }

    mutating func remove(_ entry: NftablesEntry) {
        // Nothing is to be done about one whose time is up already.
        if entry.element.timeout == nil { removals.append(entry) }
    }

    mutating func replace(_ old: NftablesEntry, by new: NftablesEntry) {
        replacements.append((old, new))
    }

    /// Whether somebody's change since the reading may have made the plan wrong: new elements can't be, as the kernel
    /// refuses those that are there.
    var needsGeneration: Bool {
        isDeleted || !frameChanges.isEmpty || !wrongChains.isEmpty || !replacements.isEmpty || !deletions.isEmpty
    }

    /// The removals that can't be left to a timeout.
    private var deletions: [NftablesEntry] { removals.filter { !frame.hasTimeouts($0.set) } }

    /// The removals that are left to a timeout, where the kernel can change one.
    var expirations: [NftablesEntry] { removals.filter { frame.hasTimeouts($0.set) } }

    /// The changes for the kernel, in their order.
    var changes: [NftablesChange] {
        guard !isDeleted else { return [.deleteTable(frame.table)] }
        let deleted = Self.grouped(deletions + replacements.map(\.old)).map {
            NftablesChange.deleteElements($0.elements, set: $0.set, frame.table)
        }
        return frameChanges + frame.changes(rewriting: wrongChains) + deleted + additionsOfAll
            + Self.grouped(expirations.map(\.expiring)).map { .addElements($0.elements, set: $0.set, frame.table) }
    }

    /// The changes for people: what is missing or too many, whatever the kernel is told for it.
    var differences: [NftablesChange] {
        guard !isDeleted else { return [.deleteTable(frame.table)] }
        // Each element by itself, so that what two plans remove alike is told alike.
        let deletions = (removals + replacements.map(\.old)).map {
            NftablesChange.deleteElements([$0.element], set: $0.set, frame.table)
        }
        return frameChanges + frame.differences(of: wrongChains, among: rules) + deletions + additionsOfAll
    }

    private var additionsOfAll: [NftablesChange] {
        Self.grouped(additions + replacements.map(\.new)).map { group in
            .addElements(group.elements, set: group.set, frame.table, isExclusive: frame.hasTimeouts(group.set))
        }
    }

    /// The entries by their sets, in the order of these.
    private static func grouped(_ entries: [NftablesEntry]) -> [(set: String, elements: [NftablesElement])] {
        var groups: [(set: String, elements: [NftablesElement])] = []
        var positions: [String: Int] = [:]
        for entry in entries {
            if let position = positions[entry.set] {
                groups[position].elements.append(entry.element)
            } else {
                positions[entry.set] = groups.count
                groups.append((entry.set, [entry.element]))
            }
        }
        return groups
    }
}

extension NftablesEntry {
    /// The element as it is written to be gone within a clock tick.
    fileprivate var expiring: NftablesEntry {
        NftablesEntry(set, NftablesElement(key: element.key, keyEnd: element.keyEnd, data: element.data, timeout: 1))
    }
}
