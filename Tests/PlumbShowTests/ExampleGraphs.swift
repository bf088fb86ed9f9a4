import PlumbAddress
import PlumbLinux

@testable import PlumbShow

extension NetworkGraph {
    /// Two networks with containers on one and on both of them, as the README shows them.
    static let example = NetworkGraph(
        host: "tern",
        uplinks: [Uplink(name: "eth0", addresses: ["192.0.2.10/24", "2001:db8:c0::10/64"])],
        networks: [
            Network(
                name: "frontend",
                bridge: "front0",
                gateways: ["10.87.0.1/16", "fd00:87::1/64"],
                rules: ["protected", "masquerade"],
                attachments: [
                    Attachment(
                        container: "proxy",
                        addresses: ["10.87.0.2/16", "fd00:87::2/64"],
                        ports: [.open("80/tcp", "8080"), .open("443/tcp", "8443"), .open("443/udp", "8443")],
                        index: 2,
                        otherNetworks: ["backend"]
                    ),
                    Attachment(
                        container: "metrics",
                        addresses: ["10.87.0.3/16", "fd00:87::3/64"],
                        ports: [Port(host: "127.0.0.1:9100/tcp", container: "9100", isHostOnly: true)],
                        index: 2
                    ),
                ]
            ),
            Network(
                name: "backend",
                bridge: "back0",
                gateways: ["10.88.0.1/24"],
                rules: ["protected", "masquerade"],
                attachments: [
                    Attachment(
                        container: "proxy",
                        interface: "eth1",
                        addresses: ["10.88.0.2/24"],
                        index: 3,
                        otherNetworks: ["frontend"]
                    ),
                    Attachment(container: "database", addresses: ["10.88.0.3/24"], index: 2),
                ]
            ),
        ]
    )

    /// Names and addresses that are as long and as strange as they may be.
    static let worst = NetworkGraph(
        host: String(repeating: "h", count: 64),
        uplinks: [
            Uplink(name: "<&\">'\\", addresses: ["2001:db8:1234:5678:9abc:def0:1234:5678/128"]),
            Uplink(name: "eth1", addresses: []),
        ],
        networks: (0..<8).map { number in
            Network(
                name: String(repeating: "n", count: 200),
                bridge: "<bridge>&\"\(number)\"",
                gateways: ["2001:db8:1234:5678:9abc:def0:1234:5678/128", "255.255.255.255/32"],
                rules: ["same-bridge", "masquerade"],
                attachments: (0..<number).map { index in
                    Attachment(
                        container: index == 0 ? "容器\u{7}#;`" : String(repeating: "c", count: 128),
                        addresses: ["2001:db8:1234:5678:9abc:def0:1234:5678/128", "255.255.255.255/32"],
                        ports: (0..<index).map { _ in
                            .open("[2001:db8:1234:5678:9abc:def0:1234:5678]:10000-19999/sctp", "20000-29999")
                        },
                        index: 1_000_000 + index,
                        trouble: index == 1 ? "host end gone" : nil,
                        otherNetworks: index == 2 ? [String(repeating: "o", count: 200)] : []
                    )
                }
            )
        }
    )

    /// A network of so many containers, of which every third publishes a port.
    static func many(_ count: Int) -> NetworkGraph {
        NetworkGraph(
            host: "tern",
            uplinks: [Uplink(name: "eth0", addresses: ["192.0.2.10/24"])],
            networks: [
                Network(
                    name: "plumb",
                    bridge: "plumb0",
                    gateways: ["10.87.0.1/16"],
                    rules: ["protected", "masquerade"],
                    attachments: (0..<count).map { index in
                        Attachment(
                            container: "service-\(index)",
                            addresses: ["10.87.0.\(index + 2)/16"],
                            ports: index % 3 == 0 ? [.open("\(8000 + index)/tcp", "80")] : [],
                            index: index + 2
                        )
                    }
                )
            ]
        )
    }
}

extension NetworkGraph.Port {
    static func open(_ host: String, _ container: String) -> Self {
        Self(host: host, container: container, isHostOnly: false)
    }
}

extension NetworkGraph.Attachment {
    init(
        container: String,
        interface: String = "eth0",
        addresses: [String],
        ports: [NetworkGraph.Port] = [],
        index: Int,
        trouble: String? = nil,
        otherNetworks: [String] = []
    ) {
        let hash = hexadecimal(UInt32(truncatingIfNeeded: stableHash([container] + addresses)), digits: 8)
        self.init(
            container: container,
            interface: interface,
            mac: addresses.first.flatMap(Self.mac) ?? "02:42:00:00:00:00",
            addresses: addresses,
            ports: ports,
            hostEnd: "veth\(hash)@if\(index)",
            trouble: trouble,
            otherNetworks: otherNetworks
        )
    }

    /// The address that plumb derives from one of IPv4.
    private static func mac(_ address: String) -> String? {
        guard case .v4(let address)? = Prefix(address)?.address else { return nil }
        return MACAddress(derivedFrom: address).description
    }
}
