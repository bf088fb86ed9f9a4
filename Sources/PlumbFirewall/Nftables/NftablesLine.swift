/// A rule of plumb's own, in the words of nft and of the kernel.
struct NftablesLine: Hashable, Sendable {
    let chain: String
    let clauses: [NftablesClause]
    var comment: String?
    private(set) var purpose = RulePurpose.isolation

    init(_ chain: String, _ clauses: NftablesClause..., comment: String? = nil) {
        self.chain = chain
        self.clauses = clauses
        self.comment = comment
    }

    /// The same line, with what it is for.
    func `for`(_ purpose: RulePurpose) -> NftablesLine {
        var line = self
        line.purpose = purpose
        return line
    }

    /// The line as a rule of a table.
    func rule(in table: NftablesTable) -> NftablesRule {
        NftablesRule(table: table, chain: chain, expressions: clauses.flatMap(\.expressions), comment: comment)
    }

    /// The line as nft prints it, with what a rule of the kernel has counted.
    func text(_ count: NftablesExpression.Count? = nil) -> String {
        var words = clauses.map { clause in
            clause == .counter ? count.map(\.text) ?? clause.text : clause.text
        }
        if let comment { words.append("comment \"\(comment)\"") }
        return words.filter { !$0.isEmpty }.joined(separator: " ")
    }
}

extension NftablesExpression.Count {
    /// The counter as nft prints it.
    var text: String { "counter packets \(packets) bytes \(bytes)" }
}
