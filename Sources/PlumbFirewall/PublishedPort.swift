package import PlumbAddress

/// A transport protocol whose ports can be published.
package enum TransportProtocol: String, Codable, Hashable, Sendable, CaseIterable {
    case tcp
    case udp
    case sctp
}

/// A port of the host that leads to a port of a container, such as `0.0.0.0:8888->7777/tcp`.
package struct PublishedPort: Hashable, Sendable, Codable {
    /// The host's address that the port is published on.
    ///
    /// `0.0.0.0` means any IPv4 address, `::` any IPv6 address, and nil any address of every family that the
    /// container has.
    package let hostAddress: IPAddress?

    package let hostPort: UInt16
    package let containerPort: UInt16
    package let transport: TransportProtocol

    package init(hostAddress: IPAddress?, hostPort: UInt16, containerPort: UInt16, transport: TransportProtocol) {
        self.hostAddress = hostAddress
        self.hostPort = hostPort
        self.containerPort = containerPort
        self.transport = transport
    }

    /// Whether the port is published on addresses of the family.
    package func applies(to family: AddressFamily) -> Bool {
        hostAddress == nil || hostAddress?.family == family
    }
}

extension PublishedPort: CustomStringConvertible {
    /// The form of `docker ps`: `0.0.0.0:8888->7777/tcp`, `[::1]:53->53/udp`, and `*:80->80/tcp` for both families.
    package var description: String {
        let host =
            switch hostAddress {
            case .v4(let address): address.description
            case .v6(let address): "[\(address)]"
            case nil: "*"
            }
        return "\(host):\(hostPort)->\(containerPort)/\(transport.rawValue)"
    }
}
