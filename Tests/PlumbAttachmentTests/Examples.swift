import PlumbAddress
import PlumbFirewall
import PlumbLinux
import PlumbSubnetStore
import Testing

@testable import PlumbAttachment
@testable import PlumbNetlink

/// The interface eth0 of container web0 on the network lan, with all there is to an attachment.
func exampleAttachment() throws -> Attachment {
    let key = AttachmentKey(network: "lan", container: "web0", interface: "eth0")
    let port = PublishedPort(hostAddress: nil, hostPort: 8888, containerPort: 7777, transport: .tcp)
    return Attachment(
        key: key,
        sandbox: Attachment.Sandbox(
            path: "/run/netns/web",
            identity: NamespaceIdentity(device: 4, inode: 4_026_532_000)
        ),
        bridge: Bridge(
            name: "br0",
            mac: MACAddress(locallyAdministered: stableHash(["bridge", "4711", "lan", "br0"])),
            mtu: 1400,
            gateways: [try prefix("10.88.0.1/16"), try prefix("fd00:88::1/64")],
            replacesAddresses: true,
            promiscuous: false,
            removedWhenEmpty: false
        ),
        hostInterface: Attachment.Interface(name: "vethd6385992", mac: MACAddress(rawValue: 0x6639_d80e_8e04)),
        containerInterface: Attachment.Interface(name: "eth0", mac: MACAddress(rawValue: 0x0242_0a58_0002)),
        link: Attachment.Link(
            mtu: 1400,
            hairpin: true,
            isolated: false,
            refusesOtherMACs: false,
            detectsDuplicates: false
        ),
        addresses: [
            try attached("10.88.0.2/16", via: "10.88.0.1"), try attached("fd00:88::2/64", via: "fd00:88::1"),
        ],
        routes: [
            Attachment.Route(destination: Prefix(wholeOf: .ipv4), gateway: try address("10.88.0.1")),
            Attachment.Route(destination: Prefix(wholeOf: .ipv6), gateway: try address("fd00:88::1")),
        ],
        publishedPorts: [port],
        firewall: FirewallPlan(
            backend: .auto,
            network: NetworkPolicy(
                bridge: "br0",
                subnets: [try prefix("10.88.0.0/16"), try prefix("fd00:88::/64")],
                masquerade: true,
                hairpin: true,
                ingressPolicy: .open,
                chainPrefix: "PLUMB",
                userChain: "PLUMB-USER"
            ),
            mark: RuleMark(store: 0x7df3_2400, id: 0x4924_d237_9f1c_8ba5, label: "web0 eth0 lan")
        )
    )
}

/// A link of the host as the kernel reports it.
func link(_ name: String, kind: String?, mac: MACAddress?, mtu: Int = 1500) -> Link {
    Link(
        index: 7,
        name: name,
        kind: kind,
        mac: mac,
        mtu: mtu,
        isUp: true,
        hasCarrier: true,
        operationalState: "up",
        isPromiscuous: false,
        master: nil,
        peerIndex: nil,
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
