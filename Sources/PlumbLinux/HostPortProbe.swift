import Glibc

/// Asks the kernel whether a process of the host listens on a port, by trying to bind it.
package enum HostPortProbe {
    /// The kind of socket that a probe opens.
    package enum Transport: Sendable {
        case tcp
        case udp
    }

    /// Whether a process holds the port at an IPv4 address, given as a number in host byte order (0 for any).
    ///
    /// An address that the host does not have yet is held by nobody. SO_REUSEADDR lets connections in TIME_WAIT pass.
    ///
    /// - Throws: `SystemError` when no socket can be had.
    package static func isHeld(
        _ transport: Transport,
        ipv4 address: UInt32,
        port: UInt16
    ) throws(SystemError) -> Bool {
        var target = sockaddr_in()
        target.sin_family = sa_family_t(AF_INET)
        target.sin_port = port.bigEndian
        target.sin_addr.s_addr = address.bigEndian
        return try unsafe isHeld(transport, AF_INET, &target, MemoryLayout<sockaddr_in>.size)
    }

    /// Whether a process holds the port at an IPv6 address, given as 16 bytes in network byte order.
    ///
    /// - Throws: `SystemError` when no socket can be had; a kernel without IPv6 is none.
    package static func isHeld(
        _ transport: Transport,
        ipv6 address: [UInt8],
        port: UInt16
    ) throws(SystemError) -> Bool {
        var target = sockaddr_in6()
        target.sin6_family = sa_family_t(AF_INET6)
        target.sin6_port = port.bigEndian
        unsafe withUnsafeMutableBytes(of: &target.sin6_addr) { unsafe $0.copyBytes(from: address) }
        return try unsafe isHeld(transport, AF_INET6, &target, MemoryLayout<sockaddr_in6>.size)
    }

    private static func isHeld(
        _ transport: Transport,
        _ family: CInt,
        _ target: UnsafeRawPointer,
        _ size: Int
    ) throws(SystemError) -> Bool {
        let kind = transport == .tcp ? SOCK_STREAM : SOCK_DGRAM
        let number = socket(family, CInt(kind.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else {
            if errno == EAFNOSUPPORT { return false }
            throw SystemError("open a socket to probe a port")
        }
        let probe = FileDescriptor(adopting: number)
        var on: CInt = 1
        let length = socklen_t(MemoryLayout<CInt>.size)
        if transport == .tcp { unsafe setsockopt(probe.number, SOL_SOCKET, SO_REUSEADDR, &on, length) }
        if family == AF_INET6 { unsafe setsockopt(probe.number, CInt(IPPROTO_IPV6), IPV6_V6ONLY, &on, length) }
        let address = unsafe target.assumingMemoryBound(to: sockaddr.self)
        guard unsafe bind(probe.number, address, socklen_t(size)) != 0 else { return false }
        return errno == EADDRINUSE
    }
}
