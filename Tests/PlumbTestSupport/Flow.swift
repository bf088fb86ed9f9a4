import Glibc
import PlumbLinux

/// Questions to a server from one and the same UDP port, which the kernel tracks as one connection.
package final class Flow {
    private let socket: Socket

    /// Makes the flow's socket in a namespace; nothing is sent yet.
    package init(to address: String, _ port: UInt16, in namespace: Namespace) throws {
        let target = try SocketAddress(address, port: port)
        socket = try Socket.make(.udp, family: target.family, in: namespace)
        let result = socket.connect(target)
        guard result == 0 else { throw SystemError("connect a UDP socket to \(address)", errno: result) }
    }

    /// Asks whoever is there for its name.
    package func ask(limit: Duration = .seconds(5)) -> Answer {
        let deadline = ContinuousClock.now + limit
        // A refusal of an earlier question may be what comes first.
        _ = socket.pendingError()
        guard socket.send("who is there?") == 0 else { return .refused }
        guard socket.wait(for: POLLIN, until: deadline) else { return .silence }
        guard let text = socket.receive().text, let space = text.firstIndex(of: " ") else { return .refused }
        return .from(String(text[..<space]), sawPeer: String(text[text.index(after: space)...]))
    }
}

/// A TCP connection that stays, of which the test has both ends.
package final class Connection {
    private let client: Socket
    private let server: FileDescriptor
    private var sent: UInt8 = 0

    /// Connects to a published port behind which a socket of its own listens.
    package init(
        from client: Namespace,
        to address: String,
        _ hostPort: UInt16,
        servedBy container: Namespace,
        at containerPort: UInt16
    ) throws {
        let deadline = ContinuousClock.now + .seconds(5)
        let target = try SocketAddress(address, port: hostPort)
        let listener = try Socket.make(.tcp, family: target.family, in: container)
        try listener.set(SOL_SOCKET, SO_REUSEADDR)
        try listener.bind(SocketAddress(target.family == AF_INET ? "0.0.0.0" : "::", port: containerPort))
        listen(listener.file.number, 1)
        self.client = try Socket.make(.tcp, family: target.family, in: client)
        let result = self.client.connect(target)
        guard result == 0 || result == EINPROGRESS, listener.wait(for: POLLIN, until: deadline) else {
            throw TestFailure("no connection to \(address) port \(hostPort) comes in")
        }
        let number = accept(listener.file.number, nil, nil)
        guard number >= 0 else { throw SystemError("accept a connection") }
        server = FileDescriptor(adopting: number)
    }

    /// Sends some 256 KiB to the server, and takes them in there.
    ///
    /// - Returns: Whether all of them arrived in time.
    package func transfer(within limit: Duration = .seconds(5)) -> Bool {
        let deadline = ContinuousClock.now + limit
        sent &+= 1
        let chunk = [UInt8](repeating: sent, count: 256 * 1024)
        var (written, read) = (0, 0)
        var buffer = [UInt8](repeating: 0, count: chunk.count)
        while read < chunk.count, ContinuousClock.now < deadline {
            let out = unsafe chunk[written...].withUnsafeBytes { bytes in
                unsafe send(client.file.number, bytes.baseAddress, bytes.count, CInt(MSG_NOSIGNAL))
            }
            if out > 0 { written += out }
            let count = unsafe recv(server.number, &buffer, buffer.count, CInt(MSG_DONTWAIT))
            guard count > 0 || (count < 0 && errno == EAGAIN) else { return false }
            guard buffer.prefix(max(0, count)).allSatisfy({ $0 == sent }) else { return false }
            read += max(0, count)
            if count < 0 { usleep(500) }
        }
        return read == chunk.count
    }
}
