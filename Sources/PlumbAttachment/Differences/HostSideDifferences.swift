import PlumbAddress
import PlumbLinux
import PlumbNetlink

/// How the host's side of an attachment differs from its record.
struct HostSideDifferences {
    let attachment: Attachment

    /// The differences in words.
    func list(_ host: HostView) throws -> [String] {
        try differences(host).map(\.description)
    }

    /// The differences in the order in which they can be mended: bridge, link, forwarding.
    func differences(_ host: HostView) throws -> [Difference] {
        let bridge = try host.link(named: attachment.bridge.name)
        return try bridgeDifferences(bridge, host) + linkDifferences(bridge, host) + forwardingDifferences(host)
    }

    /// The differences that every attachment of the same network has.
    func shared(_ host: HostView) throws -> [Difference] {
        try bridgeDifferences(host.link(named: attachment.bridge.name), host) + forwardingDifferences(host)
    }

    /// The differences of the attachment's own link.
    func own(_ host: HostView) throws -> [Difference] {
        try linkDifferences(host.link(named: attachment.bridge.name), host)
    }

    private var setup: BridgeSetup { BridgeSetup(bridge: attachment.bridge, families: attachment.families) }

    private func bridgeDifferences(_ bridge: Link?, _ host: HostView) throws -> [Difference] {
        let name = attachment.bridge.name
        guard let bridge else { return [try missingBridge()] }
        guard bridge.kind == "bridge" else { return [Difference("\(name) is no bridge")] }
        var differences: [Difference] = []
        if !bridge.isUp {
            let remedies = (try ipv6Commands(bridge) + [upCommand]).map { Remedy.bridge(setup, $0) }
            differences.append(Difference("the bridge \(name) is down", remedies))
        }
        if attachment.bridge.promiscuous, !bridge.isPromiscuous {
            differences.append(Difference("the bridge \(name) is not promiscuous", .bridge(setup, promiscuousCommand)))
        }
        let present = try host.addresses(linkIndex: bridge.index)
        for gateway in attachment.bridge.gateways where !present.contains(gateway) {
            let text = "the bridge \(name) lacks the gateway address \(gateway)"
            differences.append(Difference(text, .bridge(setup, addressCommand(gateway))))
        }
        if attachment.answersAtLoopback, !bridge.ipv4RouteLocalnet {
            differences.append(Difference("\(routeLocalnet) is 0", .sysctl(routeLocalnet, "1")))
        }
        return differences
    }

    /// All that a bridge takes, since nothing of it is there.
    private func missingBridge() throws -> Difference {
        let bridge = attachment.bridge
        let creation = "ip link add \(bridge.name) address \(bridge.mac) mtu \(bridge.mtu) type bridge mcast_snooping 0"
        var commands = [creation] + bridge.gateways.map(addressCommand) + (try ipv6Commands(nil)) + [upCommand]
        if bridge.promiscuous { commands.append(promiscuousCommand) }
        var remedies = commands.map { Remedy.bridge(setup, $0) }
        if attachment.answersAtLoopback { remedies.append(.sysctl(routeLocalnet, "1")) }
        return Difference("the bridge \(bridge.name) is missing", remedies)
    }

    private var upCommand: String { "ip link set dev \(attachment.bridge.name) up" }

    /// What a bridge that is down, or a new one, lacks before it is set up.
    private func ipv6Commands(_ bridge: Link?) throws -> [String] {
        let name = attachment.bridge.name
        guard attachment.families.contains(.ipv6) else {
            // A kernel without IPv6 has no such mode.
            let isNone = bridge.map { $0.ipv6LinkLocal != true } ?? false
            return isNone ? [] : ["ip link set dev \(name) addrgenmode none"]
        }
        let sysctls = ["accept_ra", "accept_dad"].map { Sysctl("net/ipv6/conf/\(name)/\($0)") }
        return try sysctls.filter { try bridge == nil || $0.read() != "0" }.map { Remedy.sysctl($0, "0").command }
    }

    private var promiscuousCommand: String { "ip link set dev \(attachment.bridge.name) promisc on" }
    private var routeLocalnet: Sysctl { Sysctl("net/ipv4/conf/\(attachment.bridge.name)/route_localnet") }

    private func addressCommand(_ gateway: Prefix) -> String {
        Remedy.address(gateway, on: attachment.bridge.name, skipsDuplicateDetection: true).command
    }

    private func linkDifferences(_ bridge: Link?, _ host: HostView) throws -> [Difference] {
        let expected = attachment.hostInterface
        guard let link = try host.link(named: expected.name) else {
            return [Difference("the host end \(expected.name) is missing", VethPair(attachment: attachment).remedies)]
        }
        guard link.kind == "veth" else { return [Difference("\(expected.name) is no veth")] }
        var differences: [Difference] = []
        func differs(_ text: String, _ settings: LinkSettings) {
            differences.append(Difference("the host end \(expected.name) \(text)", .link(expected.name, settings)))
        }
        if link.mac != expected.mac {
            let mac = link.mac.map(\.description) ?? "none"
            differs("has the MAC \(mac), not \(expected.mac)", LinkSettings(mac: expected.mac))
        }
        if link.mtu != attachment.link.mtu {
            let text = "has the MTU \(link.mtu), not \(attachment.link.mtu)"
            differs(text, LinkSettings(mtu: attachment.link.mtu))
        }
        let alias = VethPair(attachment: attachment).alias
        if link.alias != alias { differs("does not carry the mark of its attachment", LinkSettings(alias: alias)) }
        differences += try portDifferences(link, bridge, host)
        if !link.isUp { differs("is down", LinkSettings(isUp: true)) }
        return differences
    }

    private func portDifferences(
        _ link: Link,
        _ bridge: Link?,
        _ host: HostView
    ) throws -> [Difference] {
        let wanted = attachment.link.portSettings
        // A port begins without settings, whatever bridge it comes from.
        guard let bridge, link.master == bridge.index else {
            let settings = wanted.isPlain ? [] : [Remedy.port(link.name, wanted)]
            let text = "the host end \(link.name) is no port of \(attachment.bridge.name)"
            return [Difference(text, [.plug(link.name, into: attachment.bridge.name)] + settings)]
        }
        guard let present = try host.bridgePort(named: link.name) else { return [] }
        var differences: [Difference] = []
        func compare(_ name: String, _ part: KeyPath<BridgePortSettings, Bool?>) {
            guard present[keyPath: part] != wanted[keyPath: part] else { return }
            let (now, then) = wanted[keyPath: part] == true ? ("off", "on") : ("on", "off")
            let text = "the port \(link.name) of \(bridge.name) has \(name) \(now), not \(then)"
            differences.append(Difference(text, .port(link.name, wanted)))
        }
        compare("hairpin", \.hairpin)
        compare("isolated", \.isolated)
        return differences
    }

    private func forwardingDifferences(_ host: HostView) throws -> [Difference] {
        guard attachment.needsForwarding else { return [] }
        return try host.missingForwarding(attachment.families).map { family in
            Difference("\(HostForwarding.sysctl(family)) is not 1", .forwarding(family))
        }
    }
}

extension Attachment.Link {
    /// How the bridge is to treat the attachment's port.
    var portSettings: BridgePortSettings { BridgePortSettings(hairpin: hairpin, isolated: isolated) }
}

extension BridgePortSettings {
    /// Whether a port has the settings without being told.
    var isPlain: Bool { hairpin != true && isolated != true }
}
