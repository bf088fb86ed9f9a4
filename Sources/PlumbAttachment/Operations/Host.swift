import PlumbLinux
import PlumbNetlink

/// The namespace that plumb was started in, where bridges and rules are.
///
/// A class, so that steps whose errors are collected can share it.
final class Host {
    let namespace: NetworkNamespace
    let socket: NetlinkSocket

    private init(_ namespace: consuming NetworkNamespace, _ socket: consuming NetlinkSocket) {
        self.namespace = namespace
        self.socket = socket
    }

    static func open() throws -> Host {
        Host(try NetworkNamespace.current(), try NetlinkSocket.open())
    }
}
