import Glibc

/// What became of a question to a server.
package enum Answer: Hashable, Sendable, CustomStringConvertible {
    /// The server's name, and the address that it saw the question come from.
    case from(String, sawPeer: String)
    /// The far end said that nobody listens there, or that the way is closed.
    case refused
    /// Nothing came back in time.
    case silence

    /// Whether anybody answered.
    package var isAnswer: Bool { server != nil }

    /// The name of the server that answered.
    package var server: String? {
        guard case .from(let name, _) = self else { return nil }
        return name
    }

    /// The address that the server saw.
    package var peer: String? {
        guard case .from(_, let address) = self else { return nil }
        return address
    }

    package var description: String {
        switch self {
        case .from(let name, let peer): "\(name), who saw \(peer)"
        case .refused: "refused"
        case .silence: "silence"
        }
    }
}

extension Namespace {
    /// Asks whoever listens at an address for its name, and waits for an answer up to a limit.
    package func ask(
        _ transport: Transport,
        _ address: String,
        _ port: UInt16,
        from source: String? = nil,
        limit: Duration = .seconds(5)
    ) throws -> Answer {
        let deadline = ContinuousClock.now + limit
        let target = try SocketAddress(address, port: port)
        let socket = try Socket.make(transport, family: target.family, in: self)
        if let source { try socket.bind(SocketAddress(source, port: 0)) }

        let result = socket.connect(target)
        guard result == 0 || result == EINPROGRESS else { return .refused }
        guard socket.wait(for: POLLOUT, until: deadline) else { return .silence }
        guard socket.pendingError() == 0, socket.send("who is there?") == 0 else { return .refused }
        guard socket.wait(for: POLLIN, until: deadline) else { return .silence }
        guard let text = socket.receive().text, let space = text.firstIndex(of: " ") else { return .refused }
        return .from(String(text[..<space]), sawPeer: String(text[text.index(after: space)...]))
    }

    /// Asks where no answer is expected, and so does not wait long for one: packets here take microseconds.
    package func askInVain(
        _ transport: Transport,
        _ address: String,
        _ port: UInt16,
        from source: String? = nil
    ) throws -> Answer {
        try ask(transport, address, port, from: source, limit: .milliseconds(400))
    }
}
