import Glibc
import PlumbAddress
import PlumbNetlink
import PlumbTestSupport
import Testing

@Suite(.isolatedNetwork) struct `Addresses` {
    @Test(arguments: ["10.88.0.2/16", "10.88.0.4/31", "10.88.0.7/32", "fd00:88::2/64", "fd00:88::3/128"])
    func `an address is listed as it was added, until it is removed`(text: String) throws {
        let wire = try Wire.make()
        let address = InterfaceAddress(linkIndex: wire.peer, prefix: try prefix(text), skipsDuplicateDetection: true)
        try wire.sandbox.socket.apply([.addAddress(address)])
        #expect(try wire.sandbox.socket.addresses(linkIndex: wire.peer) == [try prefix(text)])
        try wire.sandbox.socket.apply([.removeAddress(address)])
        #expect(try wire.sandbox.socket.addresses(linkIndex: wire.peer).isEmpty)
    }

    @Test(arguments: [true, false])
    func `an address is tentative unless it skips the search for duplicates`(skips: Bool) throws {
        let wire = try Wire.make()
        let text = try prefix("fd00:88::2/64")
        let address = InterfaceAddress(linkIndex: wire.peer, prefix: text, skipsDuplicateDetection: skips)
        try wire.sandbox.socket.apply([.addAddress(address)])
        let assigned = try wire.sandbox.socket.assignedAddresses(linkIndex: wire.peer)
        #expect(assigned.map(\.isTentative) == [!skips])
        #expect(assigned.map(\.isDuplicate) == [false])
    }

    @Test func `an IPv4 address comes with the broadcast address of its subnet`() throws {
        let socket = try NetlinkSocket.open()
        try socket.apply([.createBridge(BridgeSettings(name: "plumb0", mac: mac(1)))])
        let bridge = try #require(try socket.linkIndex(named: "plumb0"))
        let prefixes = [try prefix("10.88.0.1/16"), try prefix("10.99.0.0/31")]
        try socket.apply(prefixes.map { .addAddress(InterfaceAddress(linkIndex: bridge, prefix: $0)) })
        let text = try ip("-4", "address", "show", "plumb0")
        #expect(text.contains("inet 10.88.0.1/16 brd 10.88.255.255 "))
        #expect(text.contains("inet 10.99.0.0/31 scope"))
    }

    @Test func `the addresses of other links are not listed`() throws {
        let socket = try NetlinkSocket.open()
        try socket.apply((0..<2).map { .createBridge(BridgeSettings(name: "plumb\($0)", mac: mac(UInt64($0)))) })
        let bridges = [
            try #require(try socket.linkIndex(named: "plumb0")), try #require(try socket.linkIndex(named: "plumb1")),
        ]
        try socket.apply([
            .addAddress(InterfaceAddress(linkIndex: bridges[0], prefix: try prefix("10.88.0.1/16"))),
            .addAddress(InterfaceAddress(linkIndex: bridges[0], prefix: try prefix("fd00:88::1/64"))),
            .addAddress(InterfaceAddress(linkIndex: bridges[1], prefix: try prefix("10.99.0.1/16"))),
        ])
        #expect(try socket.addresses(linkIndex: bridges[1]) == [try prefix("10.99.0.1/16")])
        #expect(try socket.addresses(linkIndex: bridges[0]).map(\.family) == [.ipv4, .ipv6])
    }

    @Test func `the addresses of a link that does not exist are refused`() throws {
        let socket = try NetlinkSocket.open()
        let error = #expect(throws: NetlinkError.self) { try socket.addresses(linkIndex: 4711) }
        #expect(error?.errno == ENODEV)
        #expect(error?.operation == "list addresses of link 4711")
    }
}
