import Glibc
import PlumbAddress
import PlumbLinux

extension IptablesTable {
    /// The tables that exist in the network namespace; opening another would make the kernel create it.
    ///
    /// - Throws: `FirewallError` when `/proc` can't be read.
    static func loaded(_ family: AddressFamily) throws(FirewallError) -> Set<TableName> {
        let path = namesPath(family)
        do throws(SystemError) {
            let lines = try readText(path).split(separator: "\n")
            return Set(lines.compactMap { TableName(rawValue: String($0)) })
        } catch {
            guard error.errno != ENOENT else { return [] }
            throw FirewallError("list the \(family.iptables) tables", error)
        }
    }

    /// Whether the kernel has iptables for IPv4 at all.
    static func isOffered() -> Bool {
        unsafe access(namesPath(.ipv4), F_OK) == 0
    }

    /// The list of the thread's namespace; `/proc/net` is that of the main thread.
    private static func namesPath(_ family: AddressFamily) -> String {
        family == .ipv4 ? "/proc/thread-self/net/ip_tables_names" : "/proc/thread-self/net/ip6_tables_names"
    }
}
