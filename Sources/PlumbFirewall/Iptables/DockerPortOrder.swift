extension [PublishedPort] {
    /// The ports of a container in the order in which Docker 20.10 makes their rules.
    ///
    /// The larger host port comes first, then the larger container port, then TCP, UDP and SCTP. Ports that lead to one
    /// port of TCP stand in reverse instead. Docker compares so that for other mixtures it depends on chance.
    var inDockerOrder: [PublishedPort] {
        let targets = Dictionary(grouping: self) { Target(port: $0.containerPort, transport: $0.transport) }
        let groups = targets.values.map { ports in
            ports[0].transport == .tcp ? ports.reversed() : ports.sorted { $0.hostPort > $1.hostPort }
        }
        return groups.sorted { $0.rank > $1.rank }.flatMap(\.self)
    }

    /// What a group of ports that lead to the same is sorted by.
    private var rank: (UInt16, UInt16, Int) {
        let order: [TransportProtocol] = [.sctp, .udp, .tcp]
        return (
            map(\.hostPort).max() ?? 0,
            first?.containerPort ?? 0,
            first.flatMap { order.firstIndex(of: $0.transport) } ?? 0
        )
    }
}

private struct Target: Hashable {
    let port: UInt16
    let transport: TransportProtocol
}
