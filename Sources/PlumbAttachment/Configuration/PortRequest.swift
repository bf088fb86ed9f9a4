package import PlumbAddress
import PlumbCNI
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

extension PortRequest: CustomStringConvertible {
    /// The form of `PublishedPort`, with 0 for a port of the host that plumb chooses: `*:0->7777/tcp`.
    package var description: String {
        let host =
            switch hostAddress {
            case .v4(let address): address.description
            case .v6(let address): "[\(address)]"
            case nil: "*"
            }
        let ports = "\(hostPorts.map(portText) ?? "0")->\(portText(containerPorts))"
        return "\(host):\(ports)/\(transport.rawValue)"
    }
}

/// A port as its number, or a range with a hyphen.
func portText(_ ports: ClosedRange<UInt16>) -> String {
    ports.count == 1 ? "\(ports.lowerBound)" : "\(ports.lowerBound)-\(ports.upperBound)"
}

extension PortRequest {
    /// Makes one range of the ports that follow each other on either side, at the place of the first of them in the list.
    ///
    /// Runtimes take ranges apart. Whole ones need one rule each where the kernel can.
    static func merged(_ requests: [PortRequest]) -> [PortRequest] {
        guard requests.count > 1 else { return requests }
        struct Line: Hashable {
            let hostAddress: IPAddress?
            let transport: TransportProtocol
            let offset: Int
        }
        let fixed = requests.enumerated().compactMap { index, request in request.fixed.map { (index, $0) } }
        let lines = Dictionary(grouping: fixed) { _, port in
            Line(
                hostAddress: port.hostAddress,
                transport: port.transport,
                offset: Int(port.containerPort) - Int(port.hostPort)
            )
        }
        var places: [PortRequest?] = requests
        for line in lines.values where line.count > 1 {
            var last: Int?
            for (index, port) in line.sorted(by: { $0.1.hostPort < $1.1.hostPort }) {
                guard let before = last, let joined = places[before]?.joined(to: port) else {
                    last = index
                    continue
                }
                places[before] = nil
                places[index] = nil
                places[min(before, index)] = joined
                last = min(before, index)
            }
        }
        return places.compactMap(\.self)
    }

    /// The ports with those that follow them; nil if there is a gap between.
    private func joined(to next: PublishedPort) -> PortRequest? {
        guard let hostPorts, next.hostPort > 0, hostPorts.upperBound == next.hostPort - 1 else { return nil }
        return PortRequest(
            hostAddress: hostAddress,
            hostPorts: hostPorts.lowerBound...next.hostPorts.upperBound,
            containerPorts: containerPorts.lowerBound...next.containerPorts.upperBound,
            transport: transport
        )
    }

    /// Refuses ports that no packet could tell apart.
    ///
    /// - Throws: `CNIError` 7 naming the field and both.
    static func refuseRepetition(in requests: [PortRequest], _ field: String) throws(CNIError) {
        let fixed = requests.enumerated().compactMap { index, request in request.fixed.map { (index, $0) } }
            .sorted { ($0.1.hostPort, $0.0) < ($1.1.hostPort, $1.0) }
        // What has begun and not yet ended when the ports are passed in their order.
        var open: [(index: Int, port: PublishedPort)] = []
        for (index, port) in fixed {
            open.removeAll { $0.port.hostPorts.upperBound < port.hostPort }
            if let other = open.first(where: { $0.port.collides(with: port) }) {
                let (earlier, later) = other.index < index ? (other.port, port) : (port, other.port)
                let ports = port.hostPorts.clamped(to: other.port.hostPorts)
                let verb = ports.count == 1 ? "is" : "are"
                let name = "host port\(ports.count == 1 ? "" : "s") \(portText(ports))/\(port.transport.rawValue)"
                throw CNIError(.invalidConfiguration, "\(field): \(name) \(verb) given twice: \(earlier) and \(later)")
            }
            open.append((index, port))
        }
    }
}

extension PublishedPort {
    /// Whether a packet to the host could be meant for either.
    func collides(with other: PublishedPort) -> Bool {
        guard hostPorts.overlaps(other.hostPorts), transport == other.transport else { return false }
        guard let mine = hostAddress, let theirs = other.hostAddress else { return true }
        return mine.family == theirs.family && (mine == theirs || mine.isUnspecified || theirs.isUnspecified)
    }
}
