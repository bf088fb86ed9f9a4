/// What of a table stands in it whatever is attached: its sets, its chains and the rules of these.
struct NftablesFrame: Hashable, Sendable {
    let table: NftablesTable
    let comment: String
    let sets: [NftablesSet]
    let chains: [NftablesChain]
    let lines: [NftablesLine]

    /// The chain that belongs to the administrator: it is made once, and its rules are left alone.
    let userChain: String?

    /// What the kernel has of a frame.
    struct Presence {
        let hasTable: Bool
        let sets: Set<String>
        /// The chains with their hooks.
        let chains: [String: NftablesChain.Hook?]
    }

    /// The rules that a chain should have.
    func rules(of chain: String) -> [NftablesRule] {
        lines.filter { $0.chain == chain }.map { $0.rule(in: table) }
    }

    /// The chains whose rules are not what they should be, given all rules of the table.
    func wrongChains(among rules: [NftablesRule]) -> [String] {
        let present = Dictionary(grouping: rules, by: \.chain)
        let wanted = Dictionary(grouping: lines, by: \.chain)
        return chains.map(\.name).filter { chain in
            guard chain != userChain else { return false }
            let rules = present[chain] ?? []
            return !rules.elementsEqual(wanted[chain] ?? []) { $0.says($1) }
        }
    }

    /// The changes that make the table, its sets and its chains be there: all of them, or what is known to be missing.
    func changes(_ presence: Presence?) -> [NftablesChange] {
        guard let presence else {
            return [.addTable(table, comment: comment)] + sets.map { .addSet($0) } + chains.map { .addChain($0) }
        }
        return (presence.hasTable ? [] : [.addTable(table, comment: comment)])
            + sets.filter { !presence.sets.contains($0.name) }.map { .addSet($0) }
            + chains.filter { presence.chains[$0.name] != .some($0.hook) }.map { .addChain($0) }
    }

    /// The changes that write the rules of chains anew.
    func changes(rewriting chains: [String]) -> [NftablesChange] {
        chains.map { .flushChain(table, $0) } + chains.flatMap(rules(of:)).map { .addRule($0) }
    }

    /// What is told of the chains that are written anew: the rules that they lack, and those that are none of theirs.
    ///
    /// Where none is missing and none is too many their order is wrong, and they are all told.
    func differences(of chains: [String], among rules: [NftablesRule]) -> [NftablesChange] {
        chains.flatMap { chain in
            let present = rules.filter { $0.chain == chain }
            let wanted = lines.filter { $0.chain == chain }
            let missing = wanted.filter { line in !present.contains { $0.says(line) } }
            var left = wanted
            let foreign = present.filter { rule in
                guard let position = left.firstIndex(where: { rule.says($0) }) else { return true }
                left.remove(at: position)
                return false
            }
            guard !missing.isEmpty || !foreign.isEmpty else { return changes(rewriting: [chain]) }
            return foreign.map { .deleteRule(table, chain: chain, handle: $0.handle) }
                + missing.map { .addRule($0.rule(in: table)) }
        }
    }
}

extension NftablesRule {
    /// Whether the rule is the line of plumb's.
    func says(_ line: NftablesLine) -> Bool {
        comment == line.comment && expressions == line.clauses.flatMap(\.expressions)
    }
}

extension NftablesSocket {
    /// What the kernel has of a frame.
    ///
    /// - Throws: `FirewallError`
    mutating func presence(_ frame: NftablesFrame) throws(FirewallError) -> NftablesFrame.Presence {
        let chains = try chains(frame.table.family).filter { $0.table == frame.table }
        return NftablesFrame.Presence(
            hasTable: try tables().contains(frame.table),
            sets: Set(try sets(frame.table).map(\.name)),
            chains: Dictionary(chains.map { ($0.name, $0.hook) }, uniquingKeysWith: { first, _ in first })
        )
    }
}
