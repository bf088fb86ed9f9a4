import Glibc

/// A process and the network namespace that it is in.
package struct NamespaceProcess: Hashable, Sendable {
    /// The number of the process.
    package let pid: Int32

    /// The name that the process goes by in `ps`, without its path.
    package let name: String

    /// The numbers of the sockets that the process has open; empty where its descriptors can't be looked at.
    package let sockets: Set<UInt64>

    /// The processes in a network namespace, by their numbers. Equivalent to: `lsns --type net --output PID,COMMAND`
    ///
    /// This reads every process of the host; those outside the caller's pid namespace are missed, as are those of others
    /// without CAP_SYS_PTRACE.
    ///
    /// - Throws: `SystemError` when `/proc` can't be read.
    package static func all(in namespace: NamespaceIdentity) throws(SystemError) -> [NamespaceProcess] {
        try listDirectory("/proc").compactMap { Int32($0) }.sorted().compactMap { pid in
            NamespaceIdentity(path: "/proc/\(pid)/ns/net") == namespace ? NamespaceProcess(pid) : nil
        }
    }

    private init?(_ pid: Int32) {
        do throws(SystemError) {
            name = try readText("/proc/\(pid)/comm")
            self.pid = pid
            sockets = Self.sockets(of: pid)
        } catch {
            // It has ended since it was found.
            return nil
        }
    }

    private static func sockets(of pid: Int32) -> Set<UInt64> {
        let folder = "/proc/\(pid)/fd"
        do throws(SystemError) {
            return Set(
                try listDirectory(folder).compactMap { name in
                    let target = linkTarget("\(folder)/\(name)")
                    return target.hasPrefix("socket:[") ? UInt64(target.dropFirst(8).dropLast()) : nil
                }
            )
        } catch {
            // It has ended, or is none of the caller's business.
            return []
        }
    }
}
