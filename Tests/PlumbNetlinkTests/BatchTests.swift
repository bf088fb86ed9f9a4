import Glibc
import PlumbAddress
import PlumbNetlink
import PlumbTestSupport
import Testing

@Suite(.isolatedNetwork) struct `A batch of changes` {
    private func bridge(_ number: Int) -> NetlinkChange {
        .createBridge(BridgeSettings(name: "plumb\(number)", mac: mac(UInt64(number)), isUp: false))
    }

    @Test func `reports the change that was refused, and the kernel's reason`() throws {
        let socket = try NetlinkSocket.open()
        let error = #expect(throws: NetlinkError.self) { try socket.apply([bridge(0), bridge(0), bridge(1)]) }
        #expect(error?.operation == "create bridge plumb0")
        #expect(error?.errno == EEXIST)
        #expect(error?.description == "create bridge plumb0: File exists")
    }

    @Test func `reports the first of several refusals`() throws {
        let socket = try NetlinkSocket.open()
        let changes: [NetlinkChange] = [bridge(0), .removeLink(.name("nobody")), bridge(0)]
        let error = #expect(throws: NetlinkError.self) { try socket.apply(changes) }
        #expect(error?.operation == "remove link nobody")
        #expect(error?.errno == ENODEV)
    }

    @Test func `carries out what comes after a refusal`() throws {
        let socket = try NetlinkSocket.open()
        #expect(throws: NetlinkError.self) { try socket.apply([bridge(0), bridge(0), bridge(1)]) }
        #expect(try socket.link(named: "plumb1") != nil)
    }

    @Test func `leaves nothing behind that the next request could take for its answer`() throws {
        let socket = try NetlinkSocket.open()
        let refused = [NetlinkChange](repeating: .removeLink(.name("nobody")), count: 64)
        #expect(throws: NetlinkError.self) { try socket.apply(refused) }
        try socket.apply([bridge(0)])
        #expect(try socket.link(named: "plumb0")?.name == "plumb0")
    }

    @Test func `has the kernel's own words where there are some`() throws {
        let socket = try NetlinkSocket.open()
        try socket.apply([.changeLink(.index(1), LinkSettings(isUp: true))])
        let route = Route(destination: try prefix("0.0.0.0/0"), gateway: try address("10.9.9.9"), linkIndex: 1)
        let error = #expect(throws: NetlinkError.self) { try socket.apply([.addRoute(route)]) }
        #expect(error?.errno == ENETUNREACH)
        #expect(error?.kernelMessage == "Nexthop has invalid gateway")
        let text = "add route 0.0.0.0/0 via 10.9.9.9 on link 1: Network is unreachable (Nexthop has invalid gateway)"
        #expect(error?.description == text)
    }

    @Test func `of a thousand changes arrives whole`() throws {
        let socket = try NetlinkSocket.open()
        try socket.apply([.changeLink(.index(1), LinkSettings(isUp: true))])
        let routes = (0..<1000).map { number in
            Route(
                destination: Prefix(host: IPAddress(.ipv4, number: UInt128(0x0A00_0000 + number))),
                linkIndex: 1
            )
        }
        try socket.apply(routes.map { .addRoute($0) })
        #expect(Set(try socket.routes(linkIndex: 1, family: .ipv4)) == Set(routes))
    }

    @Test func `may be empty`() throws {
        try NetlinkSocket.open().apply([])
    }

    @Test func `speaks for the namespace that the socket was opened in`() throws {
        let sandbox = try Sandbox.make()
        try sandbox.socket.apply([bridge(0)])
        #expect(try sandbox.socket.link(named: "plumb0") != nil)
        #expect(try NetlinkSocket.open().link(named: "plumb0") == nil)
    }
}
