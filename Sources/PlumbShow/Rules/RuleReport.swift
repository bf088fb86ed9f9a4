package import PlumbAttachment
import PlumbFirewall

/// The rules of plumb's and of others beside them, each with what it is for.
package struct RuleReport: Sendable {
    /// A rule, in the kernel or missing there, or one too many.
    struct Entry: Hashable, Sendable {
        /// The program with the table: `iptables -t nat`.
        let table: String
        /// The rule in the words of `iptables -S`.
        let rule: String
        let state: State
        /// Nil for a rule that is missing or too many, and for one that nobody counts packets for.
        let counters: Counters?
        /// The attachment whose rule it is: `web eth0 plumb`.
        let attachment: String?
        let group: Group
    }

    /// How a rule stands to what should be there.
    enum State: String, Encodable {
        case present
        case missing
        /// One too many in a chain of plumb's, told by the command that removes it.
        case surplus
        /// Somebody else's, in a chain of the kernel's.
        case foreign
    }

    struct Counters: Hashable, Sendable {
        let packets: UInt64
        let bytes: UInt64
    }

    enum Group: Hashable, Sendable {
        case purpose(RulePurpose)
        /// Missing, of a backend that does not tell purposes.
        case missing
        /// One too many in a chain of plumb's, and the command that removes it.
        case surplus
        /// In a chain of plumb's, but not plumb's.
        case unknown
        /// In a chain of the kernel's, of somebody else.
        case foreign

        /// All groups in the order in which they are shown.
        static var all: [Group] { RulePurpose.allCases.map(purpose) + [.missing, .surplus, .unknown, .foreign] }
    }

    let entries: [Entry]

    /// What could not be read.
    let problems: [Problem]

    package init(_ survey: RuleSurvey) {
        let present = TableListing.merged(survey.chains.flatMap(\.tables)).flatMap { table in
            table.chains.flatMap { chain in
                // Chains of nftables are plumb's own, those of the hooks as well.
                let isShared = chain.policy != nil && table.isIptables
                return chain.rules.map { Entry($0, table: table.place(of: chain), isShared: isShared) }
            }
        }
        entries = present + survey.chains.flatMap(\.differences).map(Entry.init)
        problems = survey.problems
    }

    func count(_ state: State) -> Int { entries.count { $0.state == state } }
}

extension RuleReport.Entry {
    fileprivate init(_ rule: ListedRule, table: String, isShared: Bool) {
        self.init(
            table: table,
            rule: rule.text,
            state: rule.purpose == nil && isShared ? .foreign : .present,
            counters: RuleReport.Counters(rule),
            attachment: rule.mark?.label,
            group: rule.purpose.map(RuleReport.Group.purpose) ?? (isShared ? .foreign : .unknown)
        )
    }

    /// A command of `Firewall.differences`: the program and the table before the rule.
    fileprivate init(_ difference: RuleSurvey.Difference) {
        let words = difference.command.split(separator: " ", maxSplits: 3)
        let isIptables = words.count == 4 && words[1] == "-t"
        let isSurplus = RuleDifference(mendedBy: difference.command) == .surplus
        self.init(
            table: isIptables ? words[..<3].joined(separator: " ") : "",
            rule: isIptables ? String(words[3]) : difference.command,
            state: isSurplus ? .surplus : .missing,
            counters: nil,
            attachment: nil,
            group: isSurplus ? .surplus : difference.purpose.map(RuleReport.Group.purpose) ?? .missing
        )
    }
}

extension RuleReport.Counters {
    fileprivate init?(_ rule: ListedRule) {
        guard let packets = rule.packets, let bytes = rule.bytes else { return nil }
        self.init(packets: packets, bytes: bytes)
    }
}
