import Foundation
import Glibc
import PlumbLinux

/// Answers at a port, by TCP and UDP, with its own name and the address of who asked.
package final class Server {
    package let name: String
    private let stop: Stop

    /// Starts to answer in a namespace, by default at every address of both families.
    ///
    /// By UDP the answer may come from another address than was asked where the namespace has several; there each of them
    /// should be listed.
    package init(
        _ name: String,
        in namespace: Namespace,
        port: UInt16,
        at addresses: [String] = ["0.0.0.0", "::"]
    ) throws {
        self.name = name
        var listeners: [Listener] = []
        for address in addresses {
            for transport in Transport.allCases {
                listeners.append(try Listener(transport, SocketAddress(address, port: port), in: namespace))
            }
        }
        stop = try Stop()
        let loop = AnswerLoop(name: name, listeners: listeners, stop: stop)
        Thread.detachNewThread { loop.run() }
    }

    deinit { stop.give() }
}

/// Word that a server is to stop, which its thread can wait for beside its sockets.
private final class Stop: Sendable {
    private let pipe: Pipe

    /// What can be read once the word is given.
    var number: CInt { pipe.reading.number }

    init() throws {
        pipe = try Pipe.make()
    }

    func give() { _ = unsafe write(pipe.writing.number, [0], 1) }
}

/// A socket that questions come in at.
private final class Listener: Sendable {
    let transport: Transport
    let socket: Socket

    init(_ transport: Transport, _ address: SocketAddress, in namespace: Namespace) throws {
        self.transport = transport
        socket = try Socket.make(transport, family: address.family, in: namespace)
        try socket.set(SOL_SOCKET, SO_REUSEADDR)
        if address.family == AF_INET6 { try socket.set(CInt(IPPROTO_IPV6), IPV6_V6ONLY) }
        try socket.bind(address)
        if transport == .tcp { listen(socket.file.number, 64) }
    }

    func answer(as name: String) {
        switch transport {
        case .tcp: answerConnection(as: name)
        case .udp: answerDatagram(as: name)
        }
    }

    private func answerConnection(as name: String) {
        var peer = SocketAddress()
        let number = unsafe peer.withMutablePointer { pointer, size in
            unsafe accept(socket.file.number, pointer, &size)
        }
        guard number >= 0 else { return }
        let connection = FileDescriptor(adopting: number)
        // The question has to be read, or closing the connection would reset it.
        var limit = timeval(tv_sec: 2, tv_usec: 0)
        unsafe setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var question = [UInt8](repeating: 0, count: 64)
        guard unsafe recv(connection.number, &question, question.count, 0) > 0 else { return }
        let text = Array("\(name) \(peer.host)".utf8)
        _ = unsafe send(connection.number, text, text.count, CInt(MSG_NOSIGNAL))
    }

    private func answerDatagram(as name: String) {
        var peer = SocketAddress()
        var question = [UInt8](repeating: 0, count: 64)
        let count = unsafe peer.withMutablePointer { pointer, size in
            unsafe recvfrom(socket.file.number, &question, question.count, 0, pointer, &size)
        }
        guard count >= 0 else { return }
        let text = Array("\(name) \(peer.host)".utf8)
        _ = unsafe peer.withPointer { pointer in
            unsafe sendto(socket.file.number, text, text.count, 0, pointer, peer.length)
        }
    }
}

/// Answers at several sockets until it is told to stop.
private final class AnswerLoop: Sendable {
    private let name: String
    private let listeners: [Listener]
    private let stop: Stop

    init(name: String, listeners: [Listener], stop: Stop) {
        self.name = name
        self.listeners = listeners
        self.stop = stop
    }

    func run() {
        while true {
            var files = [pollfd(fd: stop.number, events: Int16(POLLIN), revents: 0)]
            files += listeners.map { pollfd(fd: $0.socket.file.number, events: Int16(POLLIN), revents: 0) }
            guard unsafe poll(&files, nfds_t(files.count), -1) >= 0 else { continue }
            guard files[0].revents == 0 else { return }
            for (listener, file) in zip(listeners, files.dropFirst()) where file.revents != 0 {
                listener.answer(as: name)
            }
        }
    }
}
