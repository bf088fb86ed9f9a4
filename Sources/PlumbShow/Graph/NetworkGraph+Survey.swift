import PlumbAddress
package import PlumbAttachment
import PlumbFirewall
import PlumbNetlink
import PlumbSubnetStore

extension NetworkGraph {
    /// Makes a graph of what there is on a host; networks without attachments have no bridge that could be drawn.
    package init(_ survey: Survey, host: String, uplinks: [Uplink]) {
        let recorded = Dictionary(grouping: survey.items, by: \.attachment.key.network)
        let unrecorded = Dictionary(grouping: survey.unrecorded, by: \.network)
        let networksOfContainers = Dictionary(grouping: survey.items, by: \.attachment.key.container)
            .mapValues { items in items.map(\.attachment.key.network) }
        let networks = survey.networks.compactMap { network -> Network? in
            let items = recorded[network.name] ?? []
            let links = unrecorded[network.name] ?? []
            guard !items.isEmpty || !links.isEmpty else { return nil }
            let first = items.first?.attachment
            return Network(
                name: network.name,
                bridge: network.bridge ?? "?",
                gateways: first?.bridge.gateways.map(\.description) ?? [],
                rules: first?.firewall.rules ?? [],
                attachments: items.map { item in
                    let networks = networksOfContainers[item.attachment.key.container] ?? []
                    return Attachment(item, otherNetworks: networks.filter { $0 != network.name })
                } + links.map(Attachment.init)
            )
        }
        self.init(host: host, uplinks: uplinks, networks: networks)
    }
}

extension NetworkGraph.Attachment {
    fileprivate init(_ item: Survey.Item, otherNetworks: [String]) {
        let attachment = item.attachment
        let isWhole = item.state == .attached && item.peerIndex != nil
        self.init(
            container: attachment.key.container,
            interface: attachment.containerInterface.name,
            mac: attachment.containerInterface.mac.description,
            addresses: attachment.addresses.map(\.prefix.description),
            ports: attachment.publishedPorts.map(NetworkGraph.Port.init),
            hostEnd: attachment.hostInterface.name + (item.peerIndex.map { "@if\($0)" } ?? ""),
            trouble: isWhole ? nil : item.state == .attached ? "host end gone" : item.state.rawValue,
            otherNetworks: otherNetworks
        )
    }
}

extension NetworkGraph.Attachment {
    /// What an attachment's host end tells where its record is lost or closed to the reader.
    fileprivate init(_ unrecorded: Survey.UnrecordedLink) {
        self.init(
            container: unrecorded.container,
            interface: unrecorded.interface,
            mac: nil,
            addresses: [],
            ports: [],
            hostEnd: unrecorded.link.name + (unrecorded.link.peerIndex.map { "@if\($0)" } ?? ""),
            trouble: "unrecorded",
            otherNetworks: []
        )
    }
}

extension NetworkGraph.Port {
    fileprivate init(_ port: PublishedPort) {
        func text(_ ports: ClosedRange<UInt16>) -> String {
            ports.count == 1 ? "\(ports.lowerBound)" : "\(ports.lowerBound)-\(ports.upperBound)"
        }
        let address =
            switch port.hostAddress {
            case nil: ""
            case .v4(let address): "\(address):"
            case .v6(let address): "[\(address)]:"
            }
        self.init(
            host: "\(address)\(text(port.hostPorts))/\(port.transport.rawValue)",
            container: text(port.containerPorts),
            isHostOnly: port.hostAddress?.isLoopback ?? false
        )
    }
}

extension FirewallPlan {
    /// What becomes of packets, in the words of the configuration.
    fileprivate var rules: [String] {
        guard backend != .none else { return ["no firewall"] }
        return (network.isInternal ? ["internal"] : [network.ingressPolicy.rawValue])
            + (network.masquerade ? ["masquerade"] : [])
    }
}
