import FoundationEssentials
import PlumbAddress
package import PlumbAttachment
import PlumbFirewall
import PlumbSubnetStore

/// A survey as JSON for programs.
package struct SurveyDocument: Encodable {
    struct Network: Encodable {
        let name: String
        let bridge: String?
        let rangeSets: [RangeSet]
    }

    struct RangeSet: Encodable {
        let subnets: [String]
        let gateways: [String]
        let used: String
        let free: String
    }

    struct Item: Encodable {
        let container: String
        let network: String
        let interface: String
        let mac: String
        let mtu: Int
        let addresses: [String]
        let sandbox: String
        let bridge: String
        let hostVeth: String
        let peerIndex: Int?
        let state: String
        let publishedPorts: [Port]
    }

    struct Port: Encodable {
        let hostIP: String?
        let hostPort: Int
        let containerPort: Int
        let `protocol`: String
        /// How many ports follow each other; nil for a single one.
        let range: Int?
    }

    let networks: [Network]
    let attachments: [Item]

    package init(_ survey: Survey) {
        networks = survey.networks.map { network in
            Network(
                name: network.name,
                bridge: network.bridge,
                rangeSets: network.usage.map { usage in
                    // Counts are text, since those of IPv6 are beyond what JSON readers keep exact.
                    RangeSet(
                        subnets: usage.subnets.map(\.description),
                        gateways: usage.gateways.map(\.description),
                        used: "\(usage.used)",
                        free: "\(usage.free)"
                    )
                }
            )
        }
        attachments = survey.items.map(Item.init)
    }

    package func text() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}

extension SurveyDocument.Item {
    init(_ item: Survey.Item) {
        let attachment = item.attachment
        self.init(
            container: attachment.key.container,
            network: attachment.key.network,
            interface: attachment.containerInterface.name,
            mac: attachment.containerInterface.mac.description,
            mtu: attachment.link.mtu,
            addresses: attachment.addresses.map(\.prefix.description),
            sandbox: attachment.sandbox.path,
            bridge: attachment.bridge.name,
            hostVeth: attachment.hostInterface.name,
            peerIndex: item.peerIndex,
            state: item.state.rawValue,
            publishedPorts: attachment.publishedPorts.map { port in
                SurveyDocument.Port(
                    hostIP: port.hostAddress?.description,
                    hostPort: Int(port.hostPort),
                    containerPort: Int(port.containerPort),
                    protocol: port.transport.rawValue,
                    range: port.count == 1 ? nil : Int(port.count)
                )
            }
        )
    }
}
