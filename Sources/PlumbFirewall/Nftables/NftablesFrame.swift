/// What of a table stands in it whatever is attached: its sets, its chains and the rules of these.
///
/// All of it is made when it is asked for: most calls change elements only, and a process has a millisecond or two.
protocol NftablesFrame: Sendable {
    var table: NftablesTable { get }
    var comment: String { get }
    var sets: [NftablesSet] { get }
    var chains: [NftablesChain] { get }
    var lines: [NftablesLine] { get }

    /// The chain that belongs to the administrator: it is made once, and its rules are left alone.
    var userChain: String? { get }

    /// Whether elements of a set may have a timeout.
    func hasTimeouts(_ set: String) -> Bool
}

/// What the kernel has of a frame.
struct NftablesPresence {
    let hasTable: Bool
    let sets: Set<String>
    /// The chains with their hooks.
    let chains: [String: NftablesChain.Hook?]
}

extension NftablesFrame {
    /// Whether the chains are all there and have as many rules as they should have.
    ///
    /// That is quick to be told, and finds what flushes and deletes take; a rule that somebody has written over is left to
    /// `differences`.
    func looksWhole(_ present: [NftablesChain], ruleCounts: [String: UInt32]) -> Bool {
        let present = Dictionary(
            present.lazy.filter { $0.table == table }.map { ($0.name, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        return chains.allSatisfy { chain in
            guard let found = present[chain.name], found.hook == chain.hook else { return false }
            let count = ruleCounts[chain.name] ?? 0
            // What is jumped to has those uses, too.
            return chain.hook == nil ? found.uses >= count : found.uses == count
        }
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
    func changes(_ presence: NftablesPresence?) -> [NftablesChange] {
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
    mutating func presence(_ frame: any NftablesFrame) throws(FirewallError) -> NftablesPresence {
        let chains = try chains(frame.table.family).filter { $0.table == frame.table }
        return NftablesPresence(
            hasTable: try tables().contains(frame.table),
            sets: Set(try sets(frame.table).map(\.name)),
            chains: Dictionary(chains.map { ($0.name, $0.hook) }, uniquingKeysWith: { first, _ in first })
        )
    }
}
