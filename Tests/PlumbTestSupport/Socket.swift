import Glibc
import PlumbLinux

/// The protocols that tests talk.
package enum Transport: String, CaseIterable, Sendable {
    case tcp
    case udp

    fileprivate var type: CInt { CInt(self == .tcp ? SOCK_STREAM.rawValue : SOCK_DGRAM.rawValue) }
}

/// A socket that lives in a namespace, whoever uses it.
struct Socket: ~Copyable {
    let file: FileDescriptor

    private init(_ file: consuming FileDescriptor) {
        self.file = file
    }

    static func make(_ transport: Transport, family: CInt, in namespace: Namespace) throws -> Socket {
        let type = transport.type | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
        let number = try namespace.enter { socket(family, type, 0) }
        guard number >= 0 else { throw SystemError("make a socket") }
        return Socket(FileDescriptor(adopting: number))
    }

    func set(_ level: CInt, _ option: CInt) throws {
        var on: CInt = 1
        guard unsafe setsockopt(file.number, level, option, &on, socklen_t(MemoryLayout<CInt>.size)) == 0 else {
            throw SystemError("set a socket's option")
        }
    }

    func bind(_ address: SocketAddress) throws {
        guard unsafe address.withPointer({ unsafe Glibc.bind(file.number, $0, address.length) }) == 0 else {
            throw SystemError("bind to \(address.host)")
        }
    }

    /// Connects or begins to; 0 or an errno.
    func connect(_ address: SocketAddress) -> CInt {
        unsafe address.withPointer { unsafe Glibc.connect(file.number, $0, address.length) } == 0 ? 0 : errno
    }

    /// The error that came in since it was last asked for; 0 if there is none.
    func pendingError() -> CInt {
        var error: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        unsafe getsockopt(file.number, SOL_SOCKET, SO_ERROR, &error, &size)
        return error
    }

    /// Waits until the socket can be read or written.
    ///
    /// - Returns: Whether that was in time.
    func wait(for events: CInt, until deadline: ContinuousClock.Instant) -> Bool {
        while true {
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero else { return false }
            var files = [pollfd(fd: file.number, events: Int16(events), revents: 0)]
            if unsafe poll(&files, 1, CInt(left.milliseconds)) > 0 { return true }
        }
    }

    func send(_ text: String) -> CInt {
        let bytes = Array(text.utf8)
        return unsafe Glibc.send(file.number, bytes, bytes.count, CInt(MSG_NOSIGNAL)) >= 0 ? 0 : errno
    }

    /// What has come in: text, or an errno.
    func receive() -> (text: String?, errno: CInt) {
        var bytes = [UInt8](repeating: 0, count: 2048)
        let count = unsafe recv(file.number, &bytes, bytes.count, 0)
        guard count >= 0 else { return (nil, errno) }
        return (String(decoding: bytes[..<count], as: UTF8.self), 0)
    }
}
