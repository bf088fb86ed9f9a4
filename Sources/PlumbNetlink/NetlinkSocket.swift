import CLibnl
import Glibc
import Synchronization

/// A NETLINK_ROUTE socket, which speaks for the network namespace that it was opened in.
///
/// The kernel carries out a request inside the call that sends it, so an answer is there when the call returns and
/// receiving never waits (`rtnetlink(7)`).
@safe package struct NetlinkSocket: ~Copyable {
    /// The descriptor, closed with the value.
    let descriptor: CInt

    private let nextSequence = Atomic<UInt32>(1)

    init(adopting descriptor: CInt) {
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Opens a socket in the namespace that the calling thread is in; it stays there when the thread goes elsewhere.
    ///
    /// - Throws: `NetlinkError` when the kernel gives no socket.
    package static func open() throws(NetlinkError) -> NetlinkSocket {
        let descriptor = socket(AF_NETLINK, CInt(SOCK_RAW.rawValue) | CInt(SOCK_CLOEXEC.rawValue), NETLINK_ROUTE)
        guard descriptor >= 0 else { throw NetlinkError(operation: "open a netlink socket") }
        let socket = NetlinkSocket(adopting: descriptor)
        // Older kernels lack these; then errors come without words, and dumps are filtered on arrival only.
        for option in [NETLINK_EXT_ACK, NETLINK_CAP_ACK, NETLINK_GET_STRICT_CHK] {
            var on: CInt = 1
            unsafe setsockopt(descriptor, SOL_NETLINK, option, &on, socklen_t(MemoryLayout<CInt>.size))
        }
        return socket
    }

    /// A number that no other network namespace of this boot has; nil before Linux 5.14.
    package var namespaceCookie: UInt64? {
        var cookie: UInt64 = 0
        var size = socklen_t(MemoryLayout<UInt64>.size)
        return unsafe getsockopt(descriptor, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size) == 0 ? cookie : nil
    }

    /// Reserves sequence numbers for some requests and gives the first.
    func reserveSequence(_ count: Int) -> UInt32 {
        nextSequence.wrappingAdd(UInt32(count), ordering: .relaxed).oldValue
    }

    /// Sends finished requests to the kernel, which carries them out at once.
    func send(_ bytes: UnsafeRawBufferPointer, for operation: @autoclosure () -> String) throws(NetlinkError) {
        while unsafe Glibc.send(descriptor, bytes.baseAddress, bytes.count, 0) < 0 {
            guard errno == EINTR else { throw NetlinkError(operation: operation(), errno: errno) }
        }
    }

    /// Receives the answers that wait until one of them is the last.
    ///
    /// - Throws: `NetlinkError` with ENOBUFS when the socket had no room for an answer, or what `isLast` throws.
    func receive(
        for operation: @autoclosure () -> String,
        until isLast: (Answer) throws(NetlinkError) -> Bool
    ) throws(NetlinkError) {
        try unsafe withUnsafeTemporaryAllocation(byteCount: receiveBufferSize, alignment: 16) {
            (buffer: UnsafeMutableRawBufferPointer) throws(NetlinkError) in
            while true {
                var rest = try unsafe CInt(receive(into: buffer, for: operation()))
                var next = unsafe buffer.baseAddress?.assumingMemoryBound(to: nlmsghdr.self)
                while let header = unsafe next, unsafe nlmsg_ok(header, rest) != 0 {
                    if try unsafe isLast(Answer(header)) { return }
                    unsafe next = nlmsg_next(header, &rest)
                }
            }
        }
    }

    private func receive(
        into buffer: UnsafeMutableRawBufferPointer,
        for operation: @autoclosure () -> String
    ) throws(NetlinkError) -> Int {
        while true {
            let flags = CInt(MSG_DONTWAIT) | CInt(MSG_TRUNC)
            let count = unsafe recv(descriptor, buffer.baseAddress, buffer.count, flags)
            if count > buffer.count { throw NetlinkError(operation: operation(), errno: EMSGSIZE) }
            if count >= 0 { return count }
            // Nothing there means that the socket was full when the kernel answered.
            if errno == EAGAIN { throw NetlinkError(operation: operation(), errno: ENOBUFS) }
            guard errno == EINTR else { throw NetlinkError(operation: operation(), errno: errno) }
        }
    }
}

/// The size that the kernel fills at most with one part of a dump, in bytes (`netlink_recvmsg`).
private let receiveBufferSize = 32_768
