import CLibnl
import CLinux
import Glibc
import PlumbAddress
import PlumbTestSupport
import Testing

@testable import PlumbNetlink

@Suite(.isolatedNetwork) struct `Removing links` {
    @Test func `takes the peer along`() throws {
        let wire = try Wire.make()
        try wire.host.apply([.removeLink(.name("veth0"))])
        #expect(try wire.host.link(named: "veth0") == nil)
        #expect(try wire.sandbox.socket.link(named: "eth0") == nil)
    }

    @Test func `by group spares the other groups`() throws {
        let wire = try Wire.make()
        let veths = (1...5).map { number in
            var veth = vethSettings(number, namespace: wire.sandbox.namespace, master: wire.bridge)
            veth.group = number < 5 ? 42 : 43
            return veth
        }
        try wire.host.apply(veths.map { .createVeth($0) })
        try wire.host.apply([.removeLinks(group: 42)])
        #expect(Set(try wire.host.links(kind: "veth").map(\.name)) == ["veth0", "veth5"])
    }

    @Test func `by an empty group is refused`() throws {
        let error = #expect(throws: NetlinkError.self) { try NetlinkSocket.open().apply([.removeLinks(group: 42)]) }
        #expect(error?.errno == ENODEV)
        #expect(error?.operation == "remove links of group 42")
    }

    @Test func `of every group is misuse`() async {
        await #expect(processExitsWith: .failure) {
            // Should it not trap, then it must not remove the machine's links, and end well.
            guard unshare(CLONE_NEWNET) == 0 else { exit(EXIT_SUCCESS) }
            _ = try? NetlinkSocket.open().apply([.removeLinks(group: 0)])
        }
    }

    @Test func `without waiting frees the name at once`() throws {
        let wire = try Wire.make()
        for _ in 0..<5 {
            #expect(try wire.host.removeLinkWithoutWaiting(named: "veth0"))
            #expect(try wire.host.linkIndex(named: "veth0") == nil)
            try wire.host.apply([.createVeth(vethSettings(namespace: wire.sandbox.namespace, master: wire.bridge))])
        }
    }

    @Test func `without waiting works for a link that is no port`() throws {
        let wire = try Wire.make()
        #expect(try wire.host.removeLinkWithoutWaiting(named: "plumb0"))
        #expect(try wire.host.link(index: wire.bridge) == nil)
        #expect(try wire.host.link(index: wire.port)?.master == nil)
    }

    @Test func `without waiting finds no link`() throws {
        #expect(try NetlinkSocket.open().removeLinkWithoutWaiting(named: "nobody") == false)
    }

    @Test func `without waiting reports what the kernel refuses`() throws {
        let error = #expect(throws: NetlinkError.self) {
            try NetlinkSocket.open().removeLinkWithoutWaiting(named: "lo")
        }
        #expect(error?.errno == EOPNOTSUPP)
        #expect(error?.operation == "remove link lo")
    }

    @Test func `is heard of by who listens for that link alone`() throws {
        let wire = try Wire.make()
        try wire.host.apply([.createVeth(vethSettings(1, namespace: wire.sandbox.namespace))])
        let listener = try LinkRemovalListener.open(linkIndex: wire.port)
        func hasHeard() -> Bool {
            var event = pollfd(fd: listener.descriptor, events: Int16(POLLIN), revents: 0)
            return unsafe poll(&event, 1, 0) == 1
        }
        try wire.host.apply([.changeLink(.index(wire.port), LinkSettings(mtu: 1400))])
        try wire.host.apply([.removeLink(.name("veth1"))])
        #expect(!hasHeard())
        // The bridge announces the loss of its port in a message of the same type and index.
        try wire.host.apply([.changeLink(.index(wire.port), LinkSettings(master: .nobody))])
        #expect(!hasHeard())
        try wire.host.apply([.removeLink(.index(wire.port))])
        #expect(hasHeard())
    }

    @Test func `leaves a child behind that holds no descriptor of its parent`() throws {
        var pipeEnds: [CInt] = [0, 0]
        try #require(unsafe pipe(&pipeEnds) == 0)
        defer { close(pipeEnds[0]) }
        var sockets: [CInt] = [0, 0]
        try #require(unsafe socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &sockets) == 0)
        defer { close(sockets[1]) }
        // One writing end has a number below that of the child's socket, the other one above.
        let socket = fcntl(sockets[0], F_DUPFD, pipeEnds[1] + 1)
        let above = fcntl(pipeEnds[1], F_DUPFD, socket + 1)
        close(sockets[0])
        try #require(socket > 0 && above > 0)
        // More than the socket takes, so that the child lives until somebody reads.
        let message = [UInt8](repeating: 1, count: 4 << 20)
        let child = unsafe message.withUnsafeBytes { bytes in
            unsafe CLibnl_sendFromChild(socket, bytes.baseAddress, bytes.count)
        }
        try #require(child > 0)
        close(socket)
        close(pipeEnds[1])
        close(above)

        var event = pollfd(fd: pipeEnds[0], events: Int16(POLLIN), revents: 0)
        #expect(unsafe poll(&event, 1, 5000) == 1)
        #expect(event.revents & Int16(POLLHUP) != 0)
        #expect(waitpid(child, nil, WNOHANG | CInt(__WALL)) == 0)
        try #require(drain(sockets[1]) == message.count)
        #expect(waitpid(child, nil, CInt(__WALL)) == child)
    }

    /// Reads up to the end and gives the number of bytes.
    private func drain(_ descriptor: CInt) -> Int {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        var total = 0
        while true {
            let count = unsafe read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return total }
            total += count
        }
    }
}
