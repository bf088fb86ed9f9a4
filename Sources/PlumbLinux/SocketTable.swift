import Glibc

/// The sockets of a transport in a network namespace, as the kernel lists them in `/proc/net/tcp` and its siblings
/// (`proc_pid_net(5)`).
///
/// A TCP socket that is bound but neither listens nor is connected is not listed; nobody can reach it yet.
package struct SocketTable: Sendable {
    let rows: [SocketRow]

    /// A socket that waits for packets or connections.
    package struct Listener: Hashable, Sendable {
        /// The kind of socket.
        package let transport: HostPortProbe.Transport

        /// Where it is bound: 4 or 16 bytes in network byte order; zeros stand for any.
        package let address: [UInt8]

        /// The port that it is bound to.
        package let port: UInt16

        /// The number that the links below `/proc/PID/fd` name the socket by.
        package let inode: UInt64
    }

    /// Reads the listeners of the namespace that the calling thread is in: TCP sockets that listen, and UDP sockets
    /// that are not connected. Equivalent to: `ss -lntu`
    ///
    /// - Throws: `SystemError` when the tables can't be read.
    package static func listeners() throws(SystemError) -> [Listener] {
        var listeners: [Listener] = []
        for transport in [HostPortProbe.Transport.tcp, .udp] {
            listeners += try read(transport).rows.filter { $0.isOpen(transport) }.map { $0.listener(transport) }
        }
        return listeners
    }

    /// Reads the tables of both families of the namespace that the calling thread is in.
    ///
    /// - Throws: `SystemError` when a table can't be read.
    package static func read(_ transport: HostPortProbe.Transport) throws(SystemError) -> SocketTable {
        var rows: [SocketRow] = []
        for suffix in ["", "6"] {
            // The table of the thread's namespace, which setns may have made another than the process's.
            let path = "/proc/thread-self/net/\(transport == .tcp ? "tcp" : "udp")\(suffix)"
            guard unsafe access(path, F_OK) == 0 else { continue }
            rows += try readText(path).split(separator: "\n").dropFirst().compactMap { SocketRow($0) }
        }
        return SocketTable(rows: rows)
    }

    /// The ports that sockets may keep others from binding at an address, 4 or 16 bytes in network byte order; zeros
    /// stand for any.
    ///
    /// Those that share their ports (`SO_REUSEADDR`) are among them: `HostPortProbe` tells for sure.
    package func ports(heldAt address: [UInt8]) -> Set<UInt16> {
        Set(rows.lazy.filter { $0.holds(address) }.map(\.port))
    }
}

/// A socket, as a line of `/proc/net/tcp` or its siblings tells.
struct SocketRow: Sendable {
    let address: [UInt8]
    let port: UInt16
    let inode: Substring
    private let state: Substring

    /// Makes the row of a TCP socket that listens.
    init(listeningAt address: [UInt8], port: UInt16, inode: UInt32) {
        self.address = address
        self.port = port
        self.inode = Substring(String(inode))
        state = "0A"
    }

    init?(_ line: Substring) {
        let fields = line.split(separator: " ", omittingEmptySubsequences: true)
        guard fields.count > 9 else { return nil }
        let local = fields[1].split(separator: ":")
        // Inode 0 is a connection in TIME_WAIT, which no process holds.
        guard local.count == 2, let port = UInt16(local[1], radix: 16), fields[9] != "0" else { return nil }
        self.port = port
        state = fields[3]
        inode = fields[9]
        address = Self.bytes(local[0])
    }

    /// Whether the socket is bound where somebody else wants to bind.
    ///
    /// A socket of IPv6 takes addresses of IPv4 along unless told otherwise, which the table does not say.
    func holds(_ wanted: [UInt8]) -> Bool {
        let isMapped = address.count > wanted.count && address.dropLast(4).elementsEqual(Self.mappedPrefix)
        let bound = isMapped ? Array(address.suffix(4)) : address
        let isAny = bound.allSatisfy { $0 == 0 }
        guard bound.count == wanted.count else { return isAny && bound.count > wanted.count }
        return isAny || wanted.allSatisfy { $0 == 0 } || bound == wanted
    }

    /// Whether anybody may send to the socket: TCP_LISTEN (10), or for UDP the state of one not connected, TCP_CLOSE (7),
    /// of `linux/tcp_states.h`.
    fileprivate func isOpen(_ transport: HostPortProbe.Transport) -> Bool {
        state == (transport == .tcp ? "0A" : "07")
    }

    fileprivate func listener(_ transport: HostPortProbe.Transport) -> SocketTable.Listener {
        .init(transport: transport, address: address, port: port, inode: UInt64(inode) ?? 0)
    }

    /// What an IPv4 address has in front of it as one of IPv6 (RFC 4291 section 2.5.5.2).
    private static let mappedPrefix = [UInt8](repeating: 0, count: 10) + [0xff, 0xff]

    /// The bytes of an address in network byte order: the table prints words of 32 bits as the host's numbers.
    private static func bytes(_ text: Substring) -> [UInt8] {
        var words: [UInt8] = []
        var rest = text
        while let word = UInt32(rest.prefix(8), radix: 16) {
            unsafe withUnsafeBytes(of: word) { unsafe words.append(contentsOf: $0) }
            rest = rest.dropFirst(8)
        }
        return words
    }
}
