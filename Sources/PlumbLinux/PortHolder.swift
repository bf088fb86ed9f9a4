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
        let sockets = Set(
            try SocketTable.read(transport).rows
                .filter { $0.port == port && $0.holds(address) }
                .map { "socket:[\($0.inode)]" }
        )
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
}

/// Where a symbolic link leads, at most 63 bytes of it; empty if it is gone.
func linkTarget(_ path: String) -> String {
    var bytes = [CChar](repeating: 0, count: 63)
    let count = unsafe readlink(path, &bytes, bytes.count)
    return String(decoding: bytes.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
}
