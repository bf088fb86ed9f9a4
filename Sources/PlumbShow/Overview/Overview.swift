import PlumbAddress
package import PlumbAttachment
import PlumbFirewall
import PlumbNetlink
import PlumbSubnetStore

/// A survey as people read it: networks, then attachments, then what is wrong with them.
package struct Overview {
    private let survey: Survey
    private let health: HealthReport

    package init(_ survey: Survey) {
        self.survey = survey
        health = HealthReport(survey)
    }

    /// The lines of the screen.
    package func lines(on screen: Screen) -> [String] {
        tableLines(on: screen) + problemLines(on: screen)
    }

    /// The lines that a screen has rows for, less the one that the cursor is in below them; each takes one row.
    ///
    /// What is wrong is shown beside tables that take more than the screen, at most in half of it.
    package func linesFitting(_ screen: Screen) -> [String] {
        let tables = tableLines(on: screen).map(screen.cut)
        let problems = problemLines(on: screen).map(screen.cut)
        guard let height = screen.height, tables.count + problems.count >= height else { return tables + problems }
        let room = height - 1
        let problemRoom = min(problems.count, max(room / 2, room - tables.count))
        return Self.cut(tables, to: room - problemRoom) + Self.cut(problems, to: problemRoom)
    }

    private static func cut(_ lines: [String], to room: Int) -> [String] {
        guard lines.count > room else { return lines }
        guard room > 0 else { return [] }
        return lines.prefix(room - 1) + ["   \(lines.count - room + 1) more lines: plumb show | cat"]
    }

    private func tableLines(on screen: Screen) -> [String] {
        let isEmpty = survey.networks.isEmpty && survey.items.isEmpty && survey.unrecorded.isEmpty
        // Programs get the headings whatever is below them; where something could not be read these claim nothing.
        guard !isEmpty || !survey.problems.isEmpty || screen.width == nil else {
            return ["No container is attached, and no network has been used: \(survey.stateDirectory) records none."]
        }
        return networks.lines(on: screen) + [""] + attachments.lines(on: screen)
    }

    private func problemLines(on screen: Screen) -> [String] {
        survey.problems.isEmpty ? [] : [""] + ProblemList(survey.problems).lines(on: screen)
    }

    private var networks: Table {
        var table = Table([
            .init(title: " "), .init(title: "NETWORK", isName: true), .init(title: "BRIDGE"), .init(title: "SUBNET"),
            .init(title: "GATEWAY"), .init(title: "USED"), .init(title: "FREE"),
        ])
        for network in survey.networks {
            let head = [
                health.health(ofNetwork: network.name).mark, Table.Cell(network.name),
                Table.Cell(network.bridge ?? "-"),
            ]
            if network.usage.isEmpty { table.append(head + Array(repeating: Table.Cell("-"), count: 4)) }
            for usage in network.usage {
                table.append(
                    head + [
                        Table.Cell(usage.subnets.map(\.description)), Table.Cell(usage.gateways.map(\.description)),
                        Table.Cell("\(usage.used)"), Table.Cell("\(usage.free)"),
                    ]
                )
            }
        }
        return table
    }

    private var attachments: Table {
        var table = Table([
            .init(title: " "), .init(title: "CONTAINER", isName: true), .init(title: "NETWORK", isName: true),
            .init(title: "INTERFACE"), .init(title: "ADDRESS"), .init(title: "HOST VETH"), .init(title: "STATE"),
            .init(title: "PORTS"),
        ])
        for item in survey.items { table.append(row(item)) }
        for link in survey.unrecorded { table.append(row(link)) }
        return table
    }

    private func row(_ item: Survey.Item) -> [Table.Cell] {
        let attachment = item.attachment
        return [
            health.health(of: attachment.key).mark,
            Table.Cell(attachment.key.container),
            Table.Cell(attachment.key.network),
            Table.Cell(attachment.containerInterface.name),
            Table.Cell(attachment.addresses.map(\.prefix.description)),
            Table.Cell(item.hostVeth, item.link == nil ? .dim : .plain),
            Table.Cell(item.state.rawValue),
            Table.Cell(attachment.publishedAt.map(\.description)),
        ]
    }

    private func row(_ link: Survey.UnrecordedLink) -> [Table.Cell] {
        [
            Health.unknown.mark, Table.Cell(link.container), Table.Cell(link.network), Table.Cell(link.interface),
            Table.Cell("?"), Table.Cell(link.link.endName), Table.Cell("unrecorded"), Table.Cell("?"),
        ]
    }
}

extension RangeSetUsage {
    var subnets: [Prefix] { Self.distinct(ranges.map(\.subnet)) }
    var gateways: [IPAddress] { Self.distinct(ranges.compactMap(\.gateway)) }

    private static func distinct<Item: Hashable>(_ items: [Item]) -> [Item] {
        var seen: Set<Item> = []
        return items.filter { seen.insert($0).inserted }
    }
}

extension Survey.Item {
    /// The host end as `ip link` names it: with the index of the end that is in the sandbox.
    var hostVeth: String { link?.endName ?? "\(attachment.hostInterface.name) (gone)" }
}

extension Link {
    /// The link as `ip link` names it: an end of a pair with the index of the other, `veth0a1b2c3d@if2`.
    var endName: String { name + (peerIndex.map { "@if\($0)" } ?? "") }
}
