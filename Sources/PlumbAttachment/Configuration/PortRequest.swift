package import PlumbAddress
package import PlumbFirewall

/// A port to publish, or a range of ports that follow each other, of which the host's may be left to plumb.
package struct PortRequest: Hashable, Sendable {
    /// The host's address, as `PublishedPort.hostAddress`.
    package let hostAddress: IPAddress?

    /// The host's ports to publish at: `count` of them to have these and no others, more to have the first that are free
    /// among them, nil to have any.
    package let hostPorts: ClosedRange<UInt16>?

    /// The container's ports.
    package let containerPorts: ClosedRange<UInt16>

    package let transport: TransportProtocol

    package init(
        hostAddress: IPAddress?,
        hostPorts: ClosedRange<UInt16>?,
        containerPorts: ClosedRange<UInt16>,
        transport: TransportProtocol
    ) {
        precondition(hostPorts.map { $0.count >= containerPorts.count } ?? true, "ports without a place")
        self.hostAddress = hostAddress
        self.hostPorts = hostPorts
        self.containerPorts = containerPorts
        self.transport = transport
    }

    /// How many ports are published.
    package var count: UInt16 { UInt16(containerPorts.count) }

    /// Whether the host's ports have to be chosen.
    package var isOpen: Bool { hostPorts?.count != containerPorts.count }

    /// The ports as they will be published, if there is nothing to choose.
    package var fixed: PublishedPort? {
        isOpen ? nil : hostPorts.map { published(from: $0.lowerBound) }
    }

    /// The ports as they are published once the first of the host's is chosen.
    package func published(from hostPort: UInt16) -> PublishedPort {
        PublishedPort(
            hostAddress: hostAddress,
            hostPort: hostPort,
            containerPort: containerPorts.lowerBound,
            count: count,
            transport: transport
        )
    }
}

extension PortRequest {
    /// The same ports at an address of the host, unless they name one.
    func withDefault(_ address: IPAddress?) -> PortRequest {
        PortRequest(
            hostAddress: hostAddress ?? address,
            hostPorts: hostPorts,
            containerPorts: containerPorts,
            transport: transport
        )
    }
}

extension PortRequest: CustomStringConvertible {
    /// The form of `PublishedPort`, with 0 for a port of the host that plumb chooses: `*:0->7777/tcp`.
    package var description: String { PublishedPort.text(hostAddress, hostPorts, containerPorts, transport) }
}

extension PublishedPort {
    /// Whether a packet to the host could be meant for either.
    func collides(with other: PublishedPort) -> Bool {
        guard hostPorts.overlaps(other.hostPorts), transport == other.transport else { return false }
        guard let mine = hostAddress, let theirs = other.hostAddress else { return true }
        return mine.family == theirs.family && (mine == theirs || mine.isUnspecified || theirs.isUnspecified)
    }
}
