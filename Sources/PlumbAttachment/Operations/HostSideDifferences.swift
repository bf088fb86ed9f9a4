import PlumbAddress
import PlumbLinux
import PlumbNetlink

/// How the host's side of an attachment differs from its record.
struct HostSideDifferences {
    let attachment: Attachment

    func list(_ socket: borrowing NetlinkSocket) throws -> [String] {
        let bridge = try socket.link(named: attachment.bridge.name)
        return try bridgeDifferences(bridge, socket) + linkDifferences(bridge, socket) + forwardingDifferences()
    }

    private func bridgeDifferences(_ bridge: Link?, _ socket: borrowing NetlinkSocket) throws -> [String] {
        let name = attachment.bridge.name
        guard let bridge else { return ["the bridge \(name) is missing"] }
        guard bridge.kind == "bridge" else { return ["\(name) is no bridge"] }
        var differences: [String] = []
        if !bridge.isUp { differences.append("the bridge \(name) is down") }
        if attachment.bridge.promiscuous, !bridge.isPromiscuous {
            differences.append("the bridge \(name) is not promiscuous")
        }
        let present = try socket.addresses(linkIndex: bridge.index)
        for gateway in attachment.bridge.gateways where !present.contains(gateway) {
            differences.append("the bridge \(name) lacks the gateway address \(gateway)")
        }
        if attachment.answersAtLoopback, !bridge.ipv4RouteLocalnet {
            differences.append("net.ipv4.conf.\(name).route_localnet is 0")
        }
        return differences
    }

    private func linkDifferences(_ bridge: Link?, _ socket: borrowing NetlinkSocket) throws -> [String] {
        let expected = attachment.hostInterface
        guard let link = try socket.link(named: expected.name) else {
            return ["the host end \(expected.name) is missing"]
        }
        var differences: [String] = []
        if link.kind != "veth" { differences.append("\(expected.name) is no veth") }
        if !link.isUp { differences.append("the host end \(expected.name) is down") }
        if let bridge, link.master != bridge.index {
            differences.append("the host end \(expected.name) is no port of \(bridge.name)")
        }
        if link.mac != expected.mac {
            let mac = link.mac.map(\.description) ?? "none"
            differences.append("the host end \(expected.name) has the MAC \(mac), not \(expected.mac)")
        }
        if link.mtu != attachment.link.mtu {
            differences.append("the host end \(expected.name) has the MTU \(link.mtu), not \(attachment.link.mtu)")
        }
        return differences
    }

    private func forwardingDifferences() throws -> [String] {
        guard !attachment.bridge.gateways.isEmpty else { return [] }
        return try HostForwarding.missing(attachment.families).map { "\($0) is not 1" }
    }
}
