import PlumbCNI
import PlumbLinux
import PlumbNetlink

extension Attachment {
    /// How the container's end differs from the record, given a path to its namespace that leads there.
    ///
    /// - Throws: `NamespaceError`, `SystemError` without CAP_SYS_ADMIN, or `NetlinkError`.
    package func sandboxDifferences(path: String) throws -> [String] {
        let host = try Host.open()
        let namespace = try NetworkNamespace.open(path)
        let inside = try namespace.enter(from: host.namespace) { try NetlinkSocket.open() }
        // What the runtime was told at ADD; no later plugin has a say here.
        let differences = ContainerSideDifferences(attachment: self, previous: result(dns: DNS()))
        return try differences.list(inside, hostSide: host.socket)
    }
}
