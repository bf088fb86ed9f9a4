import PlumbLinux
import PlumbNetlink

/// The namespace that plumb was started in, where bridges and rules are.
///
/// A class, so that steps whose errors are collected can share it.
final class Host {
    let namespace: NetworkNamespace
    let socket: NetlinkSocket

    /// The trace that steps are noted in.
    let trace: Trace

    private init(_ namespace: consuming NetworkNamespace, _ socket: consuming NetlinkSocket, _ trace: Trace) {
        self.namespace = namespace
        self.socket = socket
        self.trace = trace
    }

    static func open(_ trace: Trace = .off) throws -> Host {
        Host(try NetworkNamespace.current(), try NetlinkSocket.open(), trace)
    }
}
