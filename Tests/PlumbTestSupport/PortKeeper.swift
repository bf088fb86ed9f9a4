package import Glibc
import PlumbLinux

/// A process that keeps a port bound and never answers there, as podman's monitor does for its container's ports.
package final class PortKeeper {
    private let child: Child
    private let lifeline: FileDescriptor

    /// The number of the process, whose name is `sh`.
    package var pid: pid_t { child.pid }

    /// Binds the port in a namespace and leaves it to a process that is started with these arguments among its own.
    package init(
        _ transport: Transport,
        _ address: String,
        _ port: UInt16,
        in namespace: Namespace,
        arguments: [String]
    ) throws {
        let target = try SocketAddress(address, port: port)
        let socket = try Socket.make(transport, family: target.family, in: namespace)
        if target.family == AF_INET6 { try socket.set(CInt(IPPROTO_IPV6), IPV6_V6ONLY) }
        try socket.bind(target)
        if transport == .tcp { listen(socket.file.number, 1) }
        let input = try Pipe.make()
        child = try Child(
            ["sh", "-c", "read -r line", "sh"] + arguments,
            environment: Command.inherited,
            standardInput: input.reading.number,
            standardOutput: socket.file.number,
            standardError: socket.file.number
        )
        lifeline = input.keepWriting()
    }
}
