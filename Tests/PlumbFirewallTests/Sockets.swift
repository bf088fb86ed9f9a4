import Glibc
import PlumbAddress
import PlumbFirewall
import PlumbLinux
import Testing

/// How many milliseconds an answer gets: long enough for the first retransmission of TCP, which comes after a second.
private let patience: CInt = 1300

/// A socket of some namespace.
final class Socket {
    fileprivate let file: FileDescriptor

    /// Why the connection failed; ETIMEDOUT if nobody answered.
    fileprivate(set) var failure: CInt = 0

    fileprivate init(_ transport: TransportProtocol, _ family: AddressFamily) throws {
        let kind = transport == .tcp ? SOCK_STREAM : SOCK_DGRAM
        let flags = CInt(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let number = socket(family == .ipv4 ? AF_INET : AF_INET6, CInt(kind.rawValue) | flags, 0)
        guard number >= 0 else { throw SystemError("open a socket") }
        file = FileDescriptor(adopting: number)
    }

    /// Waits until the socket is ready; false if it was not in time.
    fileprivate func wait(for event: CInt) -> Bool {
        var request = pollfd(fd: file.number, events: Int16(event), revents: 0)
        return unsafe poll(&request, 1, patience) > 0
    }

    /// The address that the next connection comes from, as the server sees it.
    func acceptPeer() throws -> IPAddress? {
        guard wait(for: POLLIN) else { return nil }
        var peer = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let number = unsafe withUnsafeMutablePointer(to: &peer) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe accept(file.number, pointer, &length)
            }
        }
        guard number >= 0 else { throw SystemError("accept") }
        close(number)
        let isIPv4 = CInt(peer.ss_family) == AF_INET
        // The address follows the port in sockaddr_in, and the flow label in sockaddr_in6.
        return unsafe withUnsafeBytes(of: peer) { bytes in
            IPAddress(bytes: unsafe isIPv4 ? Array(bytes[4..<8]) : Array(bytes[8..<24]))
        }
    }

    func send() throws {
        try file.writeAll([1])
    }

    /// Whether a datagram comes.
    func receives() throws -> Bool {
        guard wait(for: POLLIN) else { return false }
        var byte: UInt8 = 0
        guard unsafe read(file.number, &byte, 1) == 1 else { throw SystemError("receive") }
        return true
    }
}

extension Laboratory {
    /// Opens a port for connections or datagrams.
    @discardableResult
    func listen(
        _ port: UInt16,
        _ transport: TransportProtocol = .tcp,
        _ family: AddressFamily = .ipv4,
        at node: Node
    ) throws -> Socket {
        try inside(node) {
            let socket = try Socket(transport, family)
            try unsafe withSocketAddress(IPAddress(family, number: 0), port) { address, length in
                guard unsafe bind(socket.file.number, address, length) == 0 else { throw SystemError("bind") }
            }
            guard transport != .tcp || Glibc.listen(socket.file.number, 8) == 0 else { throw SystemError("listen") }
            return keep(socket)
        }
    }

    /// Opens a connection or, with UDP, a socket that sends there.
    func connect(
        from node: Node,
        to host: String,
        _ port: UInt16,
        _ transport: TransportProtocol = .tcp
    ) throws -> Socket {
        let address = try #require(IPAddress(host))
        return try inside(node) {
            let socket = try Socket(transport, address.family)
            let result = try unsafe withSocketAddress(address, port) { address, length in
                unsafe Glibc.connect(socket.file.number, address, length)
            }
            if result != 0 {
                socket.failure = errno
                if errno == EINPROGRESS { socket.failure = socket.wait(for: POLLOUT) ? socket.error : ETIMEDOUT }
            }
            return keep(socket)
        }
    }

    /// Whether a connection can be opened.
    func reaches(from node: Node, to host: String, _ port: UInt16) throws -> Bool {
        try connect(from: node, to: host, port).failure == 0
    }
}

extension Socket {
    /// What became of an attempt to connect, as the kernel noted it.
    fileprivate var error: CInt {
        var failure: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        unsafe getsockopt(file.number, SOL_SOCKET, SO_ERROR, &failure, &length)
        return failure
    }
}

private func withSocketAddress<Result>(
    _ address: IPAddress,
    _ port: UInt16,
    _ body: (UnsafePointer<sockaddr>, socklen_t) throws -> Result
) throws -> Result {
    var storage = sockaddr_storage()
    let isIPv4 = address.family == .ipv4
    return try unsafe withUnsafeMutableBytes(of: &storage) { bytes in
        let family = sa_family_t(isIPv4 ? AF_INET : AF_INET6)
        unsafe bytes.storeBytes(of: family, as: sa_family_t.self)
        unsafe bytes.storeBytes(of: port.bigEndian, toByteOffset: 2, as: UInt16.self)
        // The address follows the port in sockaddr_in, and the flow label in sockaddr_in6.
        for (offset, byte) in address.bytes.enumerated() { unsafe bytes[(isIPv4 ? 4 : 8) + offset] = byte }
        let length = isIPv4 ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_in6>.size
        guard let pointer = unsafe bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else {
            throw SystemError("make a socket address", errno: EFAULT)
        }
        return try unsafe body(pointer, socklen_t(length))
    }
}
