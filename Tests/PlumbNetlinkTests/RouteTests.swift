import Glibc
import PlumbAddress
import PlumbNetlink
import PlumbTestSupport
import Testing

@Suite(.isolatedNetwork) struct `Routes` {
    /// A wire whose end in the sandbox has an address of each family.
    private func wire() throws -> Wire {
        let wire = try Wire.make()
        let addresses = ["10.88.0.2/16", "fd00:88::2/64"]
        try wire.sandbox.socket.apply(
            addresses.map {
                let prefix = try prefix($0)
                let address = InterfaceAddress(linkIndex: wire.peer, prefix: prefix, skipsDuplicateDetection: true)
                return .addAddress(address)
            }
        )
        return wire
    }

    @Test(arguments: [
        RouteExample(destination: "0.0.0.0/0", gateway: "10.88.0.1"),
        RouteExample(destination: "::/0", gateway: "fd00:88::1"),
        RouteExample(destination: "192.168.0.0/16", gateway: nil),
        RouteExample(destination: "fd01::/64", gateway: nil),
        RouteExample(destination: "0.0.0.0/0", gateway: "10.88.0.1") { $0.metric = 50 },
        RouteExample(destination: "::/0", gateway: "fd00:88::1") { $0.metric = 50 },
        RouteExample(destination: "0.0.0.0/0", gateway: "172.16.0.1") { $0.isOnlink = true },
        RouteExample(destination: "::/0", gateway: "fd02::1") { $0.isOnlink = true },
        RouteExample(destination: "192.168.0.0/16", gateway: "10.88.0.1") {
            $0.mtu = 1300
            $0.advertisedMSS = 1200
        },
        RouteExample(destination: "fd01::/64", gateway: "fd00:88::1") {
            $0.mtu = 1300
            $0.advertisedMSS = 1200
        },
        RouteExample(destination: "192.168.0.0/16", gateway: nil) { $0.source = IPAddress("10.88.0.2") },
        RouteExample(destination: "192.168.0.0/16", gateway: nil) { $0.scope = 0 },
    ])
    fileprivate func `a route is listed as it was added, until it is removed`(example: RouteExample) throws {
        let wire = try wire()
        let route = try example.route(linkIndex: wire.peer)
        let family = route.destination.family
        let before = try wire.sandbox.socket.routes(linkIndex: wire.peer, family: family)
        try wire.sandbox.socket.apply([.addRoute(route)])
        let routes = try wire.sandbox.socket.routes(linkIndex: wire.peer, family: family)
        #expect(routes.filter { !before.contains($0) } == [route])
        try wire.sandbox.socket.apply([.removeRoute(route)])
        #expect(try wire.sandbox.socket.routes(linkIndex: wire.peer, family: family) == before)
    }

    @Test func `a route of another table is not listed`() throws {
        let wire = try wire()
        let route = Route(destination: try prefix("192.168.0.0/16"), linkIndex: wire.peer, table: 1000)
        try wire.sandbox.socket.apply([.addRoute(route)])
        let routes = try wire.sandbox.socket.routes(linkIndex: wire.peer, family: .ipv4)
        #expect(routes.map(\.destination.description) == ["10.88.0.0/16"])
        try wire.sandbox.socket.apply([.removeRoute(route)])
    }

    @Test(arguments: AddressFamily.allCases)
    func `a namespace without routes lists none`(family: AddressFamily) throws {
        #expect(try NetlinkSocket.open().routes(linkIndex: 1, family: family).isEmpty)
    }

    @Test func `the way to an address is the one of its route`() throws {
        let wire = try wire()
        let route = Route(destination: try prefix("192.168.0.0/16"), linkIndex: wire.peer, mtu: 1300)
        try wire.sandbox.socket.apply([.addRoute(route)])
        let far = try #require(try wire.sandbox.socket.routeTo(try address("192.168.1.1")))
        #expect(far.linkIndex == wire.peer)
        #expect(far.mtu == 1300)
        let near = try #require(try wire.sandbox.socket.routeTo(try address("fd00:88::1")))
        #expect(near.linkIndex == wire.peer)
    }

    @Test(arguments: ["8.8.8.8", "2001:db8::1"]) func `there is no way without a route`(text: String) throws {
        let wire = try wire()
        #expect(try wire.sandbox.socket.routeTo(try address(text)) == nil)
    }

    @Test func `a gateway of another family is misuse`() async {
        await #expect(processExitsWith: .failure) {
            let destination = Prefix(host: .v4(IPv4Address(rawValue: 1)))
            _ = Route(destination: destination, gateway: .v6(IPv6Address(rawValue: 1)), linkIndex: 1)
        }
    }
}

/// A route but for the link, which a test has yet to make.
private struct RouteExample: Sendable, CustomTestStringConvertible {
    let destination: String
    let gateway: String?
    var change: @Sendable (inout Route) -> Void = { _ in }

    var testDescription: String { "\(destination) via \(gateway ?? "link")" }

    func route(linkIndex: Int) throws -> Route {
        let gateway = try gateway.map { try address($0) }
        var route = Route(destination: try prefix(destination), gateway: gateway, linkIndex: linkIndex)
        change(&route)
        return route
    }
}
