package import PlumbAttachment
import PlumbFirewall

/// The rules as `iptables -S` would print them on a host of Docker: to compare, and for who knows those by heart.
package struct DockerListing: Sendable {
    private let survey: RuleSurvey

    package init(_ survey: RuleSurvey) {
        self.survey = survey
    }

    /// A paragraph for each table: policies, then chains, then rules, as `iptables -t TABLE -S` has them.
    package var lines: [String] {
        let tables = survey.chains.flatMap(\.tables)
        let paragraphs = TableListing.likeDocker(tables, prefixes: survey.chains.map(\.prefix)).map(Self.paragraph)
        let others = TableListing.merged(tables.filter { !$0.isIptables })
        let notes = others.map { ["# The rules of nftables have no such form: \($0.command)"] }
        let unread = survey.problems.map { ["# \($0.subject): \(printable($0.text))"] }
        let all = paragraphs + notes + unread
        return all.isEmpty ? ["# plumb has no rules here."] : Array(all.joined(separator: [""]))
    }

    private static func paragraph(_ table: TableListing) -> [String] {
        ["# \(table.command) -S"]
            + table.chains.compactMap { chain in chain.policy.map { "-P \(chain.name) \($0)" } }
            + table.chains.filter { $0.policy == nil }.map { "-N \($0.name)" }.sorted()
            + table.chains.flatMap { $0.rules.map(\.text) }
    }
}
