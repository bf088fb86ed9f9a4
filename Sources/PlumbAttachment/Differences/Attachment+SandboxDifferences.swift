import PlumbLinux
import PlumbNetlink

extension Attachment {
    /// How the container's end differs from the record, given a path to its namespace that leads there.
    ///
    /// - Throws: `NamespaceError`, `SystemError` without CAP_SYS_ADMIN, or `NetlinkError`.
    package func sandboxDifferences(path: String) throws -> [Difference] {
        let host = try Host.open()
        let namespace = try NetworkNamespace.open(path)
        let differences = ContainerSideDifferences(attachment: self, previous: nil)
        return try namespace.enter(from: host.namespace) {
            try differences.differences(try NetlinkSocket.open(), hostSide: host.socket)
        }
    }
}
