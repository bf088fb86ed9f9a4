import PlumbAddress
import PlumbCNI
import PlumbFirewall

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
                let name =
                    "host port\(ports.count == 1 ? "" : "s") \(PublishedPort.text(ports))/\(port.transport.rawValue)"
                throw CNIError(.invalidConfiguration, "\(field): \(name) \(verb) given twice: \(earlier) and \(later)")
            }
            open.append((index, port))
        }
    }
}
