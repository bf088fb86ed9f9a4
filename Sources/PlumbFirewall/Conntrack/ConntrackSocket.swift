import CLibnl
import Glibc
import PlumbAddress
import PlumbLinux

/// A socket to the connection tracking of the network namespace that the thread was in, closed at the end of its life.
@safe struct ConntrackSocket: ~Copyable {
    private let socket: OpaquePointer

    private init(adopting socket: OpaquePointer) {
        unsafe self.socket = socket
    }

    deinit { unsafe nl_socket_free(socket) }

    /// Opens a socket, or returns nil when the kernel has no netfilter netlink.
    ///
    /// - Throws: `FirewallError`
    static func connect() throws(FirewallError) -> ConntrackSocket? {
        guard let pointer = unsafe nl_socket_alloc() else { preconditionFailure("no memory for a netlink socket") }
        let socket = unsafe ConntrackSocket(adopting: pointer)
        guard unsafe nl_connect(pointer, NETLINK_NETFILTER) < 0 else { return socket }
        // libnl's own codes lose errno, which the failed call has left behind.
        let reason = errno
        guard reason != EPROTONOSUPPORT else { return nil }
        throw Self.error("open a socket to connection tracking", reason)
    }

    /// The connections that the kernel lists for a query: at least those that are wanted.
    ///
    /// - Throws: `FirewallError`
    func entries(_ query: ConntrackQuery) throws(FirewallError) -> [ConntrackEntry] {
        try entries(answering: ConntrackMessage.list(query))
    }

    /// All connections of a family.
    ///
    /// - Throws: `FirewallError`
    func allEntries(family: AddressFamily) throws(FirewallError) -> [ConntrackEntry] {
        try entries(answering: ConntrackMessage.listAll(family))
    }

    private func entries(answering request: borrowing ConntrackMessage) throws(FirewallError) -> [ConntrackEntry] {
        try send(request)
        var entries: [ConntrackEntry] = []
        let failure = try receive { entries.append($0) }
        switch failure {
        case 0: return entries
        // What nfnetlink answers when connection tracking is not there at all (no subsystem, no family).
        case EINVAL, EOPNOTSUPP: return []
        default: throw Self.error("list the tracked connections", failure)
        }
    }

    /// Makes the kernel forget all connections of an exact query, in one request.
    ///
    /// - Returns: False when the kernel can't be asked that way; nothing is forgotten then.
    /// - Throws: `FirewallError`
    func deleteAll(_ query: ConntrackQuery) throws(FirewallError) -> Bool {
        try send(ConntrackMessage.deleteAll(query))
        let failure = try receive { _ in }
        switch failure {
        case 0: return true
        case EINVAL, EOPNOTSUPP, ENOENT: return false
        default: throw Self.error("forget tracked connections", failure)
        }
    }

    /// Makes the kernel forget a connection; one that is gone already is no error.
    ///
    /// - Throws: `FirewallError`
    func delete(_ entry: ConntrackEntry) throws(FirewallError) {
        try send(ConntrackMessage.delete(entry))
        let failure = try receive { _ in }
        guard failure == 0 || failure == ENOENT else { throw Self.error("forget a tracked connection", failure) }
    }

    private func send(_ message: borrowing ConntrackMessage) throws(FirewallError) {
        guard unsafe nl_send_auto(socket, message.pointer) < 0 else { return }
        throw Self.error("ask connection tracking", errno)
    }

    /// Reads the messages of an answer up to its end and returns the errno that is there, 0 for success.
    private func receive(_ body: (ConntrackEntry) -> Void) throws(FirewallError) -> CInt {
        while true {
            for message in try datagram().messages {
                switch CInt(message.type) {
                case NLMSG_DONE:
                    return 0
                case NLMSG_ERROR:
                    return -hostOrder(message.payload.prefix(4), as: CInt.self)
                default:
                    let attributes = message.payload.dropFirst(MemoryLayout<nfgenmsg>.size)
                    if let entry = ConntrackEntry(attributes) { body(entry) }
                }
            }
        }
    }

    private func datagram() throws(FirewallError) -> NetlinkDatagram {
        var sender = sockaddr_nl()
        var buffer: UnsafeMutablePointer<UInt8>?
        let count = unsafe nl_recv(socket, &sender, &buffer, nil)
        guard count > 0, let buffer = unsafe buffer else {
            throw Self.error("hear from connection tracking", count == 0 ? EPIPE : errno)
        }
        defer { unsafe free(buffer) }
        return unsafe NetlinkDatagram(bytes: Array(UnsafeBufferPointer(start: buffer, count: Int(count))))
    }

    private static func error(_ operation: String, _ errno: CInt) -> FirewallError {
        FirewallError(.refused, operation, errno: errno, reason: errnoText(errno))
    }
}

/// What one read from a netlink socket gives: messages, one after the other.
private struct NetlinkDatagram {
    let bytes: [UInt8]

    var messages: [(type: UInt16, payload: ArraySlice<UInt8>)] {
        var messages: [(type: UInt16, payload: ArraySlice<UInt8>)] = []
        let headerSize = MemoryLayout<nlmsghdr>.size
        var rest = bytes[...]
        while rest.count >= headerSize {
            let length = Int(hostOrder(rest.prefix(4), as: UInt32.self))
            guard length >= headerSize, length <= rest.count else { break }
            let type = hostOrder(rest.dropFirst(4).prefix(2), as: UInt16.self)
            messages.append((type, rest.prefix(length).dropFirst(headerSize)))
            rest = rest.dropFirst((length + 3) & ~3)
        }
        return messages
    }
}
