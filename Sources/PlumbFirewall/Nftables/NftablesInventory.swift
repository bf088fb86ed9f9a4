/// The elements that were found in a table.
struct NftablesInventory {
    private var entries: [NftablesEntry.Place: NftablesEntry] = [:]

    var all: some Collection<NftablesEntry> { entries.values }

    subscript(_ place: NftablesEntry.Place) -> NftablesEntry? { entries[place] }

    mutating func add(_ entry: NftablesEntry) {
        entries[entry.place] = entry
    }

    /// Up to how many elements are asked for one by one: a question costs as much as the listing of some forty elements.
    static let mostQuestions = 64

    /// Reads those of the wanted elements that are there; many are looked for in listings of their sets.
    ///
    /// - Throws: `FirewallError`
    static func read(
        _ wanted: [NftablesEntry],
        of table: NftablesTable,
        _ socket: inout NftablesSocket
    ) throws(FirewallError) -> NftablesInventory {
        guard wanted.count <= mostQuestions else {
            return try read(sets: Set(wanted.map(\.set)).sorted(), of: table, &socket)
        }
        var inventory = NftablesInventory()
        let questions = wanted.map { (set: $0.set, element: $0.element) }
        for (question, found) in zip(wanted, try socket.elements(table, questions)) {
            guard let found else { continue }
            let entry = NftablesEntry(question.set, found)
            // An interval that holds the key is found as well.
            if entry.place == question.place { inventory.add(entry) }
        }
        return inventory
    }

    /// Reads all elements of sets.
    ///
    /// - Throws: `FirewallError`
    static func read(
        sets: [String],
        of table: NftablesTable,
        _ socket: inout NftablesSocket
    ) throws(FirewallError) -> NftablesInventory {
        var inventory = NftablesInventory()
        for set in sets {
            for element in try socket.elements(table, set: set) { inventory.add(NftablesEntry(set, element)) }
        }
        return inventory
    }

    /// Reads the spare places of those of the wanted elements that are not the attachments' own.
    ///
    /// - Throws: `FirewallError`
    mutating func readSpares(
        _ wanted: [NftablesEntry],
        besides own: Set<RuleMark.Identity>,
        of table: NftablesTable,
        _ socket: inout NftablesSocket
    ) throws(FirewallError) {
        let spares = wanted.filter { entry in self[entry.place]?.mark.map { !own.contains($0.identity) } ?? true }
            .compactMap(\.spare)
        guard !spares.isEmpty else { return }
        merge(try Self.read(spares, of: table, &socket))
    }

    /// The wanted entries that are not there, nor in their spare places, as commands that would add them.
    func missing(among wanted: [NftablesEntry], in frame: any NftablesFrame) -> [String] {
        wanted.filter { entry in
            !([entry] + [entry.spare].compactMap(\.self)).contains { self[$0.place]?.says($0) == true }
        }
        .map { NftablesChange.addElements([$0.element], set: $0.set, frame.table).command(frame) }
    }

    mutating func merge(_ other: NftablesInventory) {
        entries.merge(other.entries) { _, new in new }
    }
}
