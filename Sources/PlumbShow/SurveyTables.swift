import PlumbAddress
package import PlumbAttachment
import PlumbFirewall
import PlumbSubnetStore

/// A survey as two tables for people: networks, then attachments.
package struct SurveyTables {
    private let survey: Survey

    package init(_ survey: Survey) {
        self.survey = survey
    }

    package var text: String {
        "\(networks.text)\n\n\(attachments.text)"
    }

    private var networks: Table {
        var table = Table(["NETWORK", "BRIDGE", "SUBNET", "GATEWAY", "USED", "FREE"])
        for network in survey.networks {
            let bridge = network.bridge ?? "-"
            if network.usage.isEmpty { table.append([network.name, bridge, "-", "-", "-", "-"]) }
            for usage in network.usage {
                table.append([
                    network.name,
                    bridge,
                    Self.list(usage.subnets),
                    Self.list(usage.gateways),
                    "\(usage.used)",
                    "\(usage.free)",
                ])
            }
        }
        return table
    }

    private var attachments: Table {
        var table = Table(["CONTAINER", "NETWORK", "INTERFACE", "ADDRESS", "HOST VETH", "STATE", "PORTS"])
        for item in survey.items {
            let attachment = item.attachment
            table.append([
                attachment.key.container,
                attachment.key.network,
                attachment.containerInterface.name,
                Self.list(attachment.addresses.map(\.prefix)),
                item.hostVeth,
                item.state.rawValue,
                Self.list(attachment.publishedAt),
            ])
        }
        return table
    }

    private static func list(_ items: [some CustomStringConvertible]) -> String {
        items.isEmpty ? "-" : items.map(\.description).joined(separator: ", ")
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

extension Attachment {
    /// The published ports with the host addresses that they answer at, a line for each family.
    var publishedAt: [PublishedPort] {
        publishedPorts.flatMap { port in
            guard port.hostAddress == nil else { return [port] }
            return families.map { port.published(on: IPAddress($0, number: 0)) }
        }
    }
}

extension Survey.Item {
    /// The host end as `ip link` names it: with the index of the end that is in the sandbox.
    var hostVeth: String {
        attachment.hostInterface.name + (peerIndex.map { "@if\($0)" } ?? " (gone)")
    }
}
