import Glibc
package import PlumbAddress

/// A connection that the kernel tracks, and what it makes of its addresses.
package struct TrackedConnection: Hashable, Sendable {
    /// An end of the connection.
    package struct End: Hashable, Sendable {
        /// Nil for what has no address of either family.
        package let address: IPAddress?

        /// 0 for protocols without ports.
        package let port: UInt16
    }

    /// The name of the protocol, such as `tcp`, or its number.
    package let `protocol`: String

    /// Who opened the connection.
    package let source: End

    /// Whom the opener called.
    package let destination: End

    /// Who answers: another than the destination where that was translated.
    package let answeredBy: End

    /// Whom the answers go to: another than the source where that was masqueraded.
    package let answeredTo: End
}

/// The connections that an address takes part in, whoever opened them.
///
/// - Throws: `FirewallError`; EPERM without CAP_NET_ADMIN. Equivalent to: `conntrack -L`, searched for the address
package func trackedConnections(of address: IPAddress) throws(FirewallError) -> [TrackedConnection] {
    guard let socket = try ConntrackSocket.connect() else { return [] }
    let entries = try socket.allEntries(family: address.family)
    return entries.filter { $0.concerns(address) }.map(TrackedConnection.init)
}

extension TrackedConnection {
    fileprivate init(_ entry: ConntrackEntry) {
        self.init(
            protocol: Self.name(of: entry.original.protocolNumber),
            source: End(address: entry.original.source, port: entry.original.sourcePort),
            destination: End(address: entry.original.destination, port: entry.original.destinationPort),
            answeredBy: End(address: entry.reply.source, port: entry.reply.sourcePort),
            answeredTo: End(address: entry.reply.destination, port: entry.reply.destinationPort)
        )
    }

    /// The names of the protocols that matter here, with their numbers (IANA, "Protocol Numbers").
    private static func name(of number: UInt16) -> String {
        let transport = TransportProtocol.allCases.first { $0.number == number }
        if let transport { return transport.rawValue }
        switch CInt(number) {
        case CInt(IPPROTO_ICMP): return "icmp"
        case CInt(IPPROTO_ICMPV6): return "icmpv6"
        default: return "\(number)"
        }
    }
}

extension ConntrackEntry {
    fileprivate func concerns(_ address: IPAddress) -> Bool {
        [original.source, original.destination, reply.source, reply.destination].contains(address)
    }
}

extension TrackedConnection: CustomStringConvertible {
    /// The connection as a sentence reads it: `tcp 192.0.2.1:50000 -> 192.0.2.10:8888, answered by 10.88.0.2:7777`.
    package var description: String {
        var text = "\(`protocol`) \(source) -> \(destination)"
        if answeredBy != destination { text += ", answered by \(answeredBy)" }
        if answeredTo != source { text += ", seen as \(answeredTo)" }
        return text
    }
}

extension TrackedConnection.End: CustomStringConvertible {
    package var description: String {
        let host =
            switch address {
            case .v4(let address): address.description
            case .v6(let address): "[\(address)]"
            case nil: "?"
            }
        return port == 0 ? host : "\(host):\(port)"
    }
}
