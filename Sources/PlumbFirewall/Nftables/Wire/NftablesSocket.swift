import CLibnl
import Glibc
import PlumbLinux

/// A socket to nftables in the network namespace that the thread was in, closed at the end of its life.
///
/// The kernel carries out a request inside the call that sends it, so an answer is there when the call returns and
/// receiving never waits.
struct NftablesSocket: ~Copyable {
    private let file: FileDescriptor

    /// The number that the next message gets.
    private var nextSequence: UInt32 = 1

    private init(_ file: consuming FileDescriptor) {
        self.file = file
    }

    /// The descriptor, closed with the value.
    var descriptor: CInt { file.number }

    /// Opens a socket, or returns nil when the kernel has no netfilter netlink.
    ///
    /// - Throws: `FirewallError`
    static func open() throws(FirewallError) -> NftablesSocket? {
        let number = socket(AF_NETLINK, CInt(SOCK_RAW.rawValue) | CInt(SOCK_CLOEXEC.rawValue), NETLINK_NETFILTER)
        guard number >= 0 else {
            guard errno != EPROTONOSUPPORT, errno != EAFNOSUPPORT else { return nil }
            throw NftablesSocket.error("open a socket to nftables", errno)
        }
        // Older kernels lack these; then errors come without words, and with the whole request.
        for option in [NETLINK_EXT_ACK, NETLINK_CAP_ACK] {
            var on: CInt = 1
            unsafe setsockopt(number, SOL_NETLINK, option, &on, socklen_t(MemoryLayout<CInt>.size))
        }
        return NftablesSocket(FileDescriptor(adopting: number))
    }

    /// Sends messages with numbers of their own; the body gets the first number.
    ///
    /// - Returns: The first number.
    mutating func send(
        _ count: Int,
        for operation: @autoclosure () -> String,
        _ body: (inout NetlinkMessages, UInt32) -> Void
    ) throws(FirewallError) -> UInt32 {
        let first = nextSequence
        nextSequence += UInt32(count)
        var messages = NetlinkMessages()
        body(&messages, first)
        if messages.bytes.count > Self.smallSendBuffer { makeRoomToSend(messages.bytes.count) }
        while true {
            let sent = unsafe messages.bytes.withUnsafeBytes {
                unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, 0)
            }
            if sent >= 0 { return first }
            guard errno == EINTR else { throw Self.error(operation(), errno) }
        }
    }

    /// What fits into the buffer of every socket, in bytes: half of what `net.core.wmem_default` is at the least.
    private static let smallSendBuffer = 65_536

    /// A batch has to be sent in one piece, for which the kernel takes as much memory again.
    private func makeRoomToSend(_ count: Int) {
        var size = CInt(clamping: count + count / 2)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDBUFFORCE, &size, socklen_t(MemoryLayout<CInt>.size))
    }

    /// Receives what waits, message by message, until the body says that it was the last or nothing is left.
    ///
    /// - Returns: Whether the body saw the last.
    /// - Throws: `FirewallError` when the kernel had more answers than the socket had room for.
    func receive(
        for operation: @autoclosure () -> String,
        until isLast: (NftablesMessage) throws(FirewallError) -> Bool
    ) throws(FirewallError) -> Bool {
        var buffer = [UInt8](repeating: 0, count: Self.receiveBufferSize)
        while true {
            let count = unsafe recv(descriptor, &buffer, buffer.count, CInt(MSG_DONTWAIT) | CInt(MSG_TRUNC))
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN { return false }
            guard count >= 0 else { throw Self.error(operation(), errno) }
            guard count <= buffer.count else { throw Self.error(operation(), EMSGSIZE) }
            var messages = NftablesMessages(buffer[..<count])
            while let message = messages.next() {
                if try isLast(message) { return true }
            }
        }
    }

    /// The size that the kernel fills at most with one part of a dump, in bytes (`netlink_recvmsg`).
    private static let receiveBufferSize = 32_768

    static func error(_ operation: String, _ errno: CInt, text: String? = nil) -> FirewallError {
        let words = errnoText(errno)
        let reason = text.map { "\($0) (\(words))" } ?? words
        // What the kernel answers when it has netfilter, but not this part of it.
        let isMissing = errno == EOPNOTSUPP || errno == EPROTONOSUPPORT || errno == EAFNOSUPPORT
        return FirewallError(isMissing ? .unavailable : .refused, operation, errno: errno, reason: reason)
    }
}

/// A message of an answer.
struct NftablesMessage {
    let type: CInt
    let flags: CInt
    let sequence: UInt32
    /// What stands behind the message's netlink header.
    let payload: ArraySlice<UInt8>

    /// The errno of a message that acknowledges or refuses a request, 0 for success; nil for other messages.
    var failure: CInt? {
        guard type == NLMSG_ERROR || type == NLMSG_DONE else { return nil }
        guard payload.count >= MemoryLayout<CInt>.size else { return 0 }
        return -hostOrder(payload.prefix(MemoryLayout<CInt>.size), as: CInt.self)
    }

    /// The kernel's own words for a failure.
    var failureText: String? {
        let holdsRequest = flags & NLM_F_CAPPED == 0
        let requestSize = Int(hostOrder(payload.dropFirst(4).prefix(4), as: UInt32.self))
        let headerSize = MemoryLayout<nlmsghdr>.size
        let skipped = MemoryLayout<CInt>.size + (holdsRequest ? (requestSize + 3) & ~3 : headerSize)
        guard type == NLMSG_ERROR, flags & NLM_F_ACK_TLVS != 0 else { return nil }
        return NetlinkAttributes(payload.dropFirst(skipped)).byType().text(NLMSGERR_ATTR_MSG)
    }
}

/// The messages that one read from a netlink socket gives, one after the other.
private struct NftablesMessages {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) {
        rest = bytes
    }

    mutating func next() -> NftablesMessage? {
        let headerSize = MemoryLayout<nlmsghdr>.size
        guard rest.count >= headerSize else { return nil }
        let length = Int(hostOrder(rest.prefix(4), as: UInt32.self))
        guard length >= headerSize, length <= rest.count else { return nil }
        defer { rest = rest.dropFirst((length + 3) & ~3) }
        return NftablesMessage(
            type: CInt(hostOrder(rest.dropFirst(4).prefix(2), as: UInt16.self)),
            flags: CInt(hostOrder(rest.dropFirst(6).prefix(2), as: UInt16.self)),
            sequence: hostOrder(rest.dropFirst(8).prefix(4), as: UInt32.self),
            payload: rest.prefix(length).dropFirst(headerSize)
        )
    }
}
