package import PlumbAddress
import PlumbLinux

/// Makes the kernel forget connections that a change of published ports has put in the wrong.
///
/// The kernel decides on a translation once per connection, and a UDP flow that never pauses never ends: it would go on
/// to a container that is gone. Forgotten are UDP and SCTP flows to the ports, and, whatever the protocol, flows that are
/// answered by one of the addresses, and nothing else. Flows of other families than those that are named reach no
/// container, and flows to the ports that are answered by one of `spared` went the right way and stay. A kernel without
/// connection tracking has nothing to forget.
///
/// - Throws: `FirewallError`. Equivalent to: `conntrack -D -p udp --orig-port-dst PORT` and
///   `conntrack -D --reply-src ADDRESS`
package func flushConntrack(
    ports: [PublishedPort],
    addresses: [IPAddress],
    families: [AddressFamily] = AddressFamily.allCases,
    sparing spared: [IPAddress] = []
) throws(FirewallError) {
    let queries = ConntrackQuery.all(ports: ports, addresses: addresses, families: families)
    guard !queries.isEmpty, let socket = try ConntrackSocket.connect() else { return }
    for query in queries {
        if query.isExact, spared.isEmpty, try socket.deleteAll(query) { continue }
        // A listing walks over all buckets of the kernel's table, even if that holds nothing of the namespace.
        if try !tracksConnections() { return }
        for entry in try socket.entries(query) where query.matches(entry) {
            if let source = entry.reply.source, spared.contains(source) { continue }
            try socket.delete(entry)
        }
    }
}

/// Whether the network namespace of the thread has a tracked connection; true too where the kernel does not tell.
private func tracksConnections() throws(FirewallError) -> Bool {
    do throws(SystemError) {
        return try Sysctl("net/netfilter/nf_conntrack_count").read() != "0"
    } catch {
        throw FirewallError("count tracked connections", error)
    }
}

/// Which connections of one family are looked for.
enum ConntrackQuery: Hashable {
    /// Those whose answers come from an address.
    case answered(by: IPAddress)
    /// Those of a protocol to published ports.
    case published([PublishedPort], TransportProtocol, AddressFamily)

    var family: AddressFamily {
        switch self {
        case .answered(let address): address.family
        case .published(_, _, let family): family
        }
    }

    /// Whether the kernel's filter alone selects the connections, no more and no less.
    var isExact: Bool {
        switch self {
        case .answered: true
        case .published: singlePort != nil
        }
    }

    /// The port that a query for one is about.
    var singlePort: PublishedPort? {
        guard case .published(let ports, _, _) = self, ports.count == 1, ports[0].count == 1 else { return nil }
        return ports[0]
    }

    /// Up to how many ports are cheaper to name one by one, each in a walk over the kernel's table, than in one listing:
    /// a listing takes the lock of each of its many buckets, about 8 ms, a removal those of the filled ones, 0.4 ms.
    private static let mostSinglePorts = 16

    /// The queries for a change, as cheap as possible since each is a walk over all connections.
    ///
    /// Ranges are asked for port by port while that is cheap, as the kernel compares ports for equality only.
    static func all(
        ports: [PublishedPort],
        addresses: [IPAddress],
        families: [AddressFamily]
    ) -> [ConntrackQuery] {
        var queries = addresses.map { Self.answered(by: $0) }
        for family in families {
            // TCP ends by itself: the old container resets it, or its sender gives up.
            for transport in [TransportProtocol.udp, .sctp] {
                let concerned = ports.filter { $0.transport == transport && $0.applies(to: family) }
                let count = concerned.reduce(0) { $0 + Int($1.count) }
                if count <= mostSinglePorts {
                    queries += concerned.flatMap(\.singlePorts).map { .published([$0], transport, family) }
                } else {
                    queries.append(.published(concerned, transport, family))
                }
            }
        }
        return queries
    }

    /// Whether a connection is one of those; the kernel filters too, but not each kernel does, nor as finely.
    func matches(_ entry: ConntrackEntry) -> Bool {
        switch self {
        case .answered(let address):
            entry.reply.source == address
        case .published(let ports, let transport, let family):
            entry.original.destination?.family == family
                && entry.original.protocolNumber == transport.number
                && ports.contains { port in
                    port.hostPorts.contains(entry.original.destinationPort)
                        && port.hostAddress.map { $0.isUnspecified || $0 == entry.original.destination } ?? true
                }
        }
    }
}
