package import PlumbAddress
package import PlumbFirewall
package import PlumbLinux

extension TransportProtocol {
    /// The sockets that can hold a port of the transport; nil for SCTP, which nobody listens with where the kernel lacks it.
    package var probed: HostPortProbe.Transport? {
        switch self {
        case .tcp: .tcp
        case .udp: .udp
        case .sctp: nil
        }
    }

    /// Whether a socket of the namespace that the thread is in holds a port at an address.
    ///
    /// - Throws: `SystemError` when no socket can be had.
    package func isHeld(_ port: UInt16, at address: IPAddress) throws(SystemError) -> Bool {
        guard let probed else { return false }
        return switch address {
        case .v4(let address): try HostPortProbe.isHeld(probed, ipv4: address.rawValue, port: port)
        case .v6: try HostPortProbe.isHeld(probed, ipv6: address.bytes, port: port)
        }
    }
}
