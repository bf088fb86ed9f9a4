import PlumbAddress
import PlumbFirewall
import PlumbLinux
import PlumbSubnetStore
import Testing

@testable import PlumbAttachment
@testable import PlumbNetlink

/// A container's attachment to a network, with what names lead to it by.
func example(
    _ container: String,
    on network: String = "lan",
    address: String = "10.88.0.2/16",
    ports: [PublishedPort] = [],
    sandbox: UInt64 = 1,
    link index: Int? = 7
) throws -> Survey.Item {
    let key = AttachmentKey(network: network, container: container, interface: "eth0")
    let prefix = try #require(Prefix(address))
    let veth = Planner.hostInterfaceNames(key)[0]
    let attachment = Attachment(
        key: key,
        sandbox: .init(path: "/run/netns/\(container)", identity: NamespaceIdentity(device: 4, inode: sandbox)),
        bridge: Bridge(
            name: "\(network)0",
            mac: MACAddress(rawValue: 1),
            mtu: 1500,
            gateways: [try #require(Prefix("10.88.0.1/16"))],
            replacesAddresses: false,
            promiscuous: false,
            removedWhenEmpty: false
        ),
        hostInterface: .init(name: veth, mac: MACAddress(locallyAdministered: stableHash([container, "host"]))),
        containerInterface: .init(name: "eth0", mac: MACAddress(locallyAdministered: stableHash([container]))),
        link: .init(mtu: 1500, hairpin: false, isolated: false, refusesOtherMACs: false, detectsDuplicates: false),
        addresses: [.init(prefix: prefix, gateway: nil)],
        routes: [],
        publishedPorts: ports,
        firewall: FirewallPlan(
            backend: .none,
            network: NetworkPolicy(
                bridge: "\(network)0",
                subnets: [prefix.subnet],
                masquerade: false,
                hairpin: true,
                ingressPolicy: .open
            ),
            mark: Planner.mark(key, stateDirectory: "/run/plumb")
        )
    )
    let link = index.map { veth.link(index: $0) }
    return Survey.Item(attachment: attachment, state: .attached, createdAt: 0, link: link)
}

/// A survey of some attachments and what is wrong with them.
func survey(_ items: [Survey.Item], problems: [Problem] = []) -> Survey {
    let names = Set(items.map(\.attachment.key.network)).sorted()
    return Survey(
        stateDirectory: "/run/plumb",
        networks: names.map { Survey.Network(name: $0, bridge: "\($0)0", usage: []) },
        items: items,
        unrecorded: [],
        problems: problems
    )
}

/// A published port of TCP.
func port(_ host: UInt16, _ container: UInt16, at address: String? = nil) -> PublishedPort {
    PublishedPort(
        hostAddress: address.flatMap { IPAddress($0) },
        hostPort: host,
        containerPort: container,
        transport: .tcp
    )
}

extension String {
    /// The host end of a pair, by its name.
    fileprivate func link(index: Int) -> Link {
        Link(
            index: index,
            name: self,
            kind: "veth",
            mac: nil,
            mtu: 1500,
            isUp: true,
            hasCarrier: true,
            operationalState: "up",
            isPromiscuous: false,
            master: nil,
            peerIndex: 2,
            peerNamespaceID: nil,
            group: 0,
            alias: nil,
            ipv6LinkLocal: false,
            ipv4RouteLocalnet: false,
            ipv4Forwarding: true,
            received: LinkCounters(bytes: 0, packets: 0, errors: 0, dropped: 0),
            sent: LinkCounters(bytes: 0, packets: 0, errors: 0, dropped: 0)
        )
    }
}
