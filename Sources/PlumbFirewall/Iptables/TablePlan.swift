/// The tables of iptables that plumb has rules in.
enum TableName: String, Hashable, Sendable {
    case raw
    case mangle
    case nat
    case filter
}

/// What was read of a table, and what shall be changed in it.
///
/// Every change is made to the rules here and noted as an edit for the kernel, so positions are right whatever came
/// before, and a plan without edits needs no commit.
struct TablePlan {
    /// A rule in its place in a chain.
    struct Entry: Hashable, Sendable {
        /// The identity in its comment, if that is a mark.
        let mark: RuleMark.Identity?
        /// The rule, or nil if it says something that plumb never says, or if nobody asked.
        let rule: Rule?
        /// Whether nothing gets past the rule: it drops or refuses whatever comes to it.
        var dropsAll = false
    }

    /// A change of a table; positions count from 0.
    enum Edit: Hashable, Sendable {
        case create(chain: String)
        case insert(Rule, chain: String, at: Int)
        case remove(chain: String, at: Int)
        case delete(chain: String)
    }

    private(set) var chains: [String: [Entry]]
    private(set) var edits: [Edit] = []

    init(chains: [String: [Entry]]) {
        self.chains = chains
    }

    func entries(of chain: String) -> [Entry] { chains[chain] ?? [] }

    func contains(_ rule: Rule, in chain: String) -> Bool {
        entries(of: chain).contains { $0.rule == rule }
    }

    mutating func ensureChain(_ chain: String) {
        guard chains[chain] == nil else { return }
        chains[chain] = []
        edits.append(.create(chain: chain))
    }

    mutating func insert(_ rule: Rule, in chain: String, at position: Int) {
        chains[chain, default: []].insert(Entry(rule), at: position)
        edits.append(.insert(rule, chain: chain, at: position))
    }

    /// Adds the rule at the end if it is not in the chain.
    mutating func ensureAppended(_ rule: Rule, to chain: String) {
        guard !contains(rule, in: chain) else { return }
        insert(rule, in: chain, at: entries(of: chain).count)
    }

    /// Adds the rule at the top if it is not in the chain.
    mutating func ensureInserted(_ rule: Rule, in chain: String) {
        guard !contains(rule, in: chain) else { return }
        insert(rule, in: chain, at: 0)
    }

    /// Makes rules the first of a chain.
    mutating func ensureTop(_ rules: [Rule], of chain: String) {
        guard !entries(of: chain).prefix(rules.count).map(\.rule).elementsEqual(rules) else { return }
        replace(rules, in: chain, at: 0)
    }

    /// Makes sure of rules that have to stand in a certain order, and of the absence of others.
    ///
    /// What is there in the right order stays where it is, even if rules of others stand between, unless one of those drops
    /// everything. What is not is put in at a position, all of it together.
    mutating func ensureBlock(_ rules: [Rule], insteadOf variants: [Rule], in chain: String, at position: Int) {
        let stale = variants.filter { !rules.contains($0) }
        remove(from: chain) { $0.rule.map(stale.contains) ?? false }
        let present = entries(of: chain).compactMap(\.rule).filter(rules.contains)
        guard present != rules || isCutOff(rules, in: chain) else { return }
        replace(rules, in: chain, at: position)
    }

    /// Makes sure of rules as a block at the top of a chain, wherever they are reached from there.
    mutating func ensureReached(_ rules: [Rule], in chain: String) {
        remove(from: chain) { entry in
            entry.rule.map { $0.comment == rules.first?.comment && !rules.contains($0) } ?? false
        }
        ensureBlock(rules, insteadOf: [], in: chain, at: 0)
    }

    /// Whether a rule of others drops everything before the last of some rules is reached.
    private func isCutOff(_ rules: [Rule], in chain: String) -> Bool {
        let entries = entries(of: chain)
        guard let last = entries.lastIndex(where: { $0.rule.map(rules.contains) ?? false }) else { return false }
        return entries[..<last].contains(where: \.dropsAll)
    }

    /// Whether a rule is in a chain, and nothing before it drops everything.
    func reaches(_ rule: Rule, in chain: String) -> Bool {
        contains(rule, in: chain) && !isCutOff([rule], in: chain)
    }

    private mutating func replace(_ rules: [Rule], in chain: String, at position: Int) {
        remove(from: chain) { $0.rule.map(rules.contains) ?? false }
        for (offset, rule) in rules.enumerated() {
            insert(rule, in: chain, at: position + offset)
        }
    }

    /// Removes the rules of a chain that a condition holds for.
    mutating func remove(from chain: String, where isUnwanted: (Entry) -> Bool) {
        for (position, entry) in entries(of: chain).enumerated().reversed() where isUnwanted(entry) {
            chains[chain]?.remove(at: position)
            edits.append(.remove(chain: chain, at: position))
        }
    }

    /// Drops the edits of chains that a condition holds for, which has to know that they come to nothing.
    mutating func dropEdits(of isFutile: (String) -> Bool) {
        let futile = Set(edits.map(\.chain)).filter(isFutile)
        edits.removeAll { futile.contains($0.chain) }
    }

    /// Removes a chain with all that is in it.
    mutating func deleteChain(_ chain: String) {
        guard chains[chain] != nil else { return }
        remove(from: chain) { _ in true }
        chains[chain] = nil
        edits.append(.delete(chain: chain))
    }
}

extension TablePlan.Edit {
    /// The chain that is changed.
    var chain: String {
        switch self {
        case .create(let chain), .insert(_, let chain, _), .remove(let chain, _), .delete(let chain): chain
        }
    }
}

extension TablePlan.Entry {
    init(_ rule: Rule) {
        self.init(mark: rule.comment.flatMap { RuleMark.Identity(comment: $0.utf8) }, rule: rule)
    }
}
