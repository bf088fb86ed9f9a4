package import PlumbAddress

/// A transport protocol whose ports can be published.
package enum TransportProtocol: String, Codable, Hashable, Sendable, CaseIterable {
    case tcp
    case udp
    case sctp
}

/// A port of the host that leads to a port of a container, such as `0.0.0.0:8888->7777/tcp`, or a range of such ports.
package struct PublishedPort: Hashable, Sendable, Codable {
    /// The host's address that the port is published on.
    ///
    /// `0.0.0.0` means any IPv4 address, `::` any IPv6 address, and nil any address of every family that the
    /// container has.
    package let hostAddress: IPAddress?

    /// The host's port, the first of a range.
    package let hostPort: UInt16

    /// The container's port that the first of the host's leads to.
    package let containerPort: UInt16

    /// How many ports follow each other, 1 for a single one: each of the host's leads to the container's in its place.
    package let count: UInt16

    package let transport: TransportProtocol

    /// Makes a published port; a range that goes beyond port 65535 on either side traps.
    package init(
        hostAddress: IPAddress?,
        hostPort: UInt16,
        containerPort: UInt16,
        count: UInt16 = 1,
        transport: TransportProtocol
    ) {
        precondition(count > 0, "a range of no ports")
        precondition(Int(max(hostPort, containerPort)) + Int(count) - 1 <= Int(UInt16.max), "a range beyond port 65535")
        self.hostAddress = hostAddress
        self.hostPort = hostPort
        self.containerPort = containerPort
        self.count = count
        self.transport = transport
    }

    /// The host's ports.
    package var hostPorts: ClosedRange<UInt16> { hostPort...(hostPort + (count - 1)) }

    /// The container's ports.
    package var containerPorts: ClosedRange<UInt16> { containerPort...(containerPort + (count - 1)) }

    /// Each of the ports by itself, in their order.
    package var singlePorts: [PublishedPort] {
        if count == 1 { return [self] }
        return (0..<count).map { offset in
            PublishedPort(
                hostAddress: hostAddress,
                hostPort: hostPort + offset,
                containerPort: containerPort + offset,
                transport: transport
            )
        }
    }

    /// The same ports, published on another address.
    package func published(on hostAddress: IPAddress) -> PublishedPort {
        PublishedPort(
            hostAddress: hostAddress,
            hostPort: hostPort,
            containerPort: containerPort,
            count: count,
            transport: transport
        )
    }

    /// Whether the port is published on addresses of the family.
    package func applies(to family: AddressFamily) -> Bool {
        hostAddress == nil || hostAddress?.family == family
    }
}

extension PublishedPort: CustomStringConvertible {
    /// The form of `docker ps`: `0.0.0.0:8888->7777/tcp`, `[::1]:53->53/udp`, `0.0.0.0:5000-5003->6000-6003/tcp`, and
    /// `*:80->80/tcp` for both families.
    package var description: String {
        Self.text(hostAddress, hostPorts, containerPorts, transport)
    }

    /// The form of a port that is published or shall be, with 0 for one of the host that is not chosen yet.
    package static func text(
        _ hostAddress: IPAddress?,
        _ hostPorts: ClosedRange<UInt16>?,
        _ containerPorts: ClosedRange<UInt16>,
        _ transport: TransportProtocol
    ) -> String {
        let host =
            switch hostAddress {
            case .v4(let address): address.description
            case .v6(let address): "[\(address)]"
            case nil: "*"
            }
        return "\(host):\(hostPorts.map(text) ?? "0")->\(text(containerPorts))/\(transport.rawValue)"
    }

    /// A port as its number, or a range with a hyphen.
    package static func text(_ ports: ClosedRange<UInt16>) -> String {
        ports.count == 1 ? "\(ports.lowerBound)" : "\(ports.lowerBound)-\(ports.upperBound)"
    }
}
