import PlumbFirewall

extension RuleReport {
    /// The report for people: a paragraph for each purpose, in it the tables, in them the rules behind their counters.
    package func lines(on screen: Screen) -> [String] {
        let paragraphs = Group.all.compactMap { group -> [String]? in
            let entries = entries.filter { $0.group == group }
            return entries.isEmpty ? nil : Self.paragraph(group, entries, screen)
        }
        let end = problems.isEmpty ? [] : [ProblemList(problems).lines(on: screen)]
        let summary = paragraphs.isEmpty ? [emptySummary] : summary
        return Array((paragraphs + [summary] + end).joined(separator: [""]))
    }

    private var emptySummary: String {
        problems.isEmpty ? "plumb has no rules here." : "No rule could be read."
    }

    private var summary: [String] {
        var lines = missingTables.map { "The nftables table \($0) is missing; plumb repair puts it back." }
        switch count(.missing) - missingTables.count {
        case 0: break
        case 1: lines.append("1 rule is missing; plumb repair puts it back.")
        case let count: lines.append("\(count) rules are missing; plumb repair puts them back.")
        }
        switch count(.surplus) {
        case 0: break
        case 1: lines.append("1 rule is too many; plumb repair removes it.")
        case let count: lines.append("\(count) rules are too many; plumb repair removes them.")
        }
        if !problems.isEmpty {
            lines.append("Whether more are missing can't be told, as not everything could be read.")
        } else if lines.isEmpty {
            lines.append("No rule is missing.")
        }
        return lines
    }

    private var missingTables: [String] {
        entries.filter { $0.state == .missing }.compactMap { entry in
            if case .missingTable(let table) = RuleDifference(mendedBy: entry.rule) { table } else { nil }
        }
    }

    private static func paragraph(_ group: Group, _ entries: [Entry], _ screen: Screen) -> [String] {
        var lines = ["\(screen.paint(group.title, .heading)): \(group.explanation)"]
        for table in entries.map(\.table).distinct {
            if !table.isEmpty { lines.append("  \(table)") }
            lines += entries.filter { $0.table == table }.map { $0.line(on: screen) }
        }
        return lines
    }
}

extension RuleReport.Entry {
    /// The counters, or what is wrong, in two columns before the rule.
    fileprivate func line(on screen: Screen) -> String {
        let (columns, style): (String, Style) =
            switch state {
            case .missing: (padded("missing", 20), .bad)
            case .surplus: (padded("too many", 20), .bad)
            case .present, .foreign: (counterColumns, .dim)
            }
        return "    \(screen.paint(columns, style))  \(printable(rule))"
    }

    private var counterColumns: String {
        let (packets, bytes) = counters.map { ("\($0.packets)", "\($0.bytes)") } ?? ("-", "-")
        return "\(padded(packets, 8)) \(padded(bytes, 11))"
    }

    private func padded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}

extension RuleReport.Group {
    /// The name of the group, as JSON has it too.
    var name: String {
        switch self {
        case .purpose(let purpose): purpose.rawValue
        case .missing: "missing"
        case .surplus: "surplus"
        case .unknown: "unknown"
        case .foreign: "foreign"
        }
    }

    fileprivate var title: String {
        switch self {
        case .purpose(.loopbackGuard): "Loopback guard"
        case .purpose(.publishedPorts): "Published ports"
        case .purpose(.userChain): "User chain"
        case .purpose(.isolation): "Isolation"
        case .purpose(.containerAccess): "Access to containers"
        case .purpose(.masquerade): "Masquerade"
        case .missing: "Missing"
        case .surplus: "Too many"
        case .unknown: "Unknown"
        case .foreign: "Foreign"
        }
    }

    fileprivate var explanation: String {
        switch self {
        case .purpose(.loopbackGuard): "nobody outside reaches 127.0.0.0/8, although bridges route it for the host"
        case .purpose(.publishedPorts): "what calls a published port is sent on to its container, and let in there"
        case .purpose(.userChain): "rules of your own, which see forwarded packets first and which plumb never changes"
        case .purpose(.isolation): "networks are kept apart, and unpublished ports of protected ones are closed"
        case .purpose(.containerAccess): "containers may call out, and answers may come in"
        case .purpose(.masquerade): "packets leave with an address that answers come back to"
        case .missing: "rules that should be there"
        case .surplus: "rules that should not be there, by the command that removes them"
        case .unknown: "rules in chains of plumb's that plumb did not make"
        case .foreign: "rules of others in the chains of the kernel that packets of containers pass"
        }
    }
}

extension Sequence where Element: Hashable {
    /// The elements in their order, each of them once.
    fileprivate var distinct: [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
