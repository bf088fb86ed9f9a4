extension RuleReport {
    /// The report for programs, in the order of the kernel, with what is missing at the end.
    package struct Document: Encodable {
        let rules: [Item]
        /// What could not be read, so that rules may be left out; absent where everything was.
        let problems: [ProblemDocument]?
    }

    /// A rule as programs read it.
    struct Item: Encodable {
        let table: String
        let rule: String
        /// What the rule is for, or `missing`, `surplus`, `unknown` or `foreign`.
        let purpose: String
        let state: RuleReport.State
        let attachment: String?
        let packets: UInt64?
        let bytes: UInt64?
    }

    package var document: Document {
        Document(
            rules: entries.map { entry in
                Item(
                    table: entry.table,
                    rule: entry.rule,
                    purpose: entry.group.name,
                    state: entry.state,
                    attachment: entry.attachment,
                    packets: entry.counters?.packets,
                    bytes: entry.counters?.bytes
                )
            },
            problems: problems.isEmpty ? nil : problems.map(ProblemDocument.init)
        )
    }
}
