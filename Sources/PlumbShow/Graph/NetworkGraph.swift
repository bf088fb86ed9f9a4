/// What a picture of the host's networks shows, in the words that it shows.
///
/// Pictures and diagrams are made of this value alone, so they can be drawn without a host.
package struct NetworkGraph: Hashable, Sendable {
    /// A link that leads out of the host.
    package struct Uplink: Hashable, Sendable {
        package let name: String
        /// The host's addresses there.
        package let addresses: [String]

        package init(name: String, addresses: [String]) {
            self.name = name
            self.addresses = addresses
        }
    }

    /// A network with its bridge.
    package struct Network: Hashable, Sendable {
        package let name: String
        package let bridge: String
        /// The bridge's addresses, which make it the containers' gateway.
        package let gateways: [String]
        /// What becomes of packets that enter or leave: `protected`, `masquerade`.
        package let rules: [String]
        package let attachments: [Attachment]
    }

    /// A container's interface with the veth pair that it is an end of.
    package struct Attachment: Hashable, Sendable {
        package let container: String
        package let interface: String
        /// Nil where it is not recorded.
        package let mac: String?
        package let addresses: [String]
        package let ports: [Port]
        /// The host's end, such as `vethd6385992@if2`.
        package let hostEnd: String
        /// What is not as it should be, in a word or two; nil for what is attached and whole.
        package let trouble: String?
        /// The other networks of the same container.
        package let otherNetworks: [String]
    }

    /// A published port.
    package struct Port: Hashable, Sendable {
        /// Where the host is called: `8888/tcp`, or `127.0.0.1:53/udp`.
        package let host: String
        /// The container's port, or its range of ports.
        package let container: String
        /// Whether nobody else can call there, as the host's address is that of the loopback interface.
        package let isHostOnly: Bool
    }

    /// The host's name.
    package let host: String
    package let uplinks: [Uplink]
    package let networks: [Network]
}
