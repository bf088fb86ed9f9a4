import Glibc

/// A process of the host that holds a port with a socket of its own.
package struct PortHolder: Sendable {
    /// The number of the process.
    package let pid: Int32

    /// The name that the process goes by in `ps`, without its path.
    package let name: String

    /// What the process was started with, its program first.
    package let arguments: [String]

    /// The processes whose sockets keep others from binding a port at an address.
    ///
    /// The address is 4 or 16 bytes in network byte order; zeros stand for any. This reads every process of the host: it is
    /// for ports of which `HostPortProbe` says that they are held. Processes outside the caller's pid namespace are missed.
    ///
    /// - Throws: `SystemError` when the tables of sockets (`proc_pid_net(5)`) or `/proc` can't be read.
    package static func all(
        _ transport: HostPortProbe.Transport,
        address: [UInt8],
        port: UInt16
    ) throws(SystemError) -> [PortHolder] {
        var sockets: Set<String> = []
        for suffix in ["", "6"] {
            // The table of the thread's namespace, which setns may have made another than the process's.
            let path = "/proc/thread-self/net/\(transport == .tcp ? "tcp" : "udp")\(suffix)"
            guard unsafe access(path, F_OK) == 0 else { continue }
            for line in try readText(path).split(separator: "\n").dropFirst() {
                guard let row = SocketRow(line), row.port == port, row.holds(address) else { continue }
                sockets.insert("socket:[\(row.inode)]")
            }
        }
        guard !sockets.isEmpty else { return [] }
        return try listDirectory("/proc").compactMap { Int32($0) }.sorted().compactMap { pid in
            holdsAny(of: sockets, pid) ? PortHolder(pid) : nil
        }
    }

    private init?(_ pid: Int32) {
        do throws(SystemError) {
            name = try readText("/proc/\(pid)/comm")
            arguments = try readText("/proc/\(pid)/cmdline").split(separator: "\0").map(String.init)
            self.pid = pid
        } catch {
            // It has ended since it was found, and holds nothing any more.
            return nil
        }
    }

    private static func holdsAny(of sockets: Set<String>, _ pid: Int32) -> Bool {
        let folder = "/proc/\(pid)/fd"
        do throws(SystemError) {
            return try listDirectory(folder).contains { sockets.contains(linkTarget("\(folder)/\($0)")) }
        } catch {
            // It has ended, or is none of the caller's business; the holder then has no name.
            return false
        }
    }

    /// Where a symbolic link leads, at most 63 bytes of it; empty if it is gone.
    private static func linkTarget(_ path: String) -> String {
        var bytes = [CChar](repeating: 0, count: 63)
        let count = unsafe readlink(path, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

/// A line of `/proc/net/tcp` or its siblings.
private struct SocketRow {
    let address: [UInt8]
    let port: UInt16
    let inode: Substring

    init?(_ line: Substring) {
        let fields = line.split(separator: " ", omittingEmptySubsequences: true)
        guard fields.count > 9 else { return nil }
        let local = fields[1].split(separator: ":")
        // Inode 0 is a connection in TIME_WAIT, which no process holds.
        guard local.count == 2, let port = UInt16(local[1], radix: 16), fields[9] != "0" else { return nil }
        self.port = port
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
