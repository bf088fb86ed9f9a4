import PlumbAddress
import PlumbLinux
import PlumbTestSupport
import Testing

@Suite struct `The holders of a port` {
    private let host: Namespace

    init() throws {
        host = try Namespace()
        try host.require("ip", "link", "set", "lo", "up")
    }

    @Test(
        arguments: Transport.allCases,
        [
            ("127.0.0.1", ["127.0.0.1", "0.0.0.0"], ["127.0.0.2", "::1", "::"]),
            ("0.0.0.0", ["127.0.0.1", "0.0.0.0"], ["::1", "::"]),
            ("::1", ["::1", "::"], ["::2", "127.0.0.1", "0.0.0.0"]),
            ("::", ["::1", "::"], []),
        ]
    )
    func `are found where they keep others out`(
        transport: Transport,
        place: (bound: String, held: [String], free: [String])
    ) throws {
        let keeper = try PortKeeper(transport, place.bound, 8080, in: host, arguments: ["web"])
        for address in place.held {
            let holders = try holders(transport, address, 8080)
            #expect(holders.map(\.pid).contains(keeper.pid), "\(address)")
            let shell = try #require(holders.first { $0.pid == keeper.pid })
            #expect(shell.name == "sh" && shell.arguments == ["sh", "-c", "read -r line", "sh", "web"])
            #expect(try self.holders(transport, address, 8081).isEmpty)
            #expect(try self.holders(transport == .tcp ? .udp : .tcp, address, 8080).isEmpty)
        }
        for address in place.free {
            #expect(try holders(transport, address, 8080).isEmpty, "\(address)")
        }
    }

    private func holders(_ transport: Transport, _ text: String, _ port: UInt16) throws -> [PortHolder] {
        let address = try #require(IPAddress(text))
        return try host.enter {
            try PortHolder.all(transport == .tcp ? .tcp : .udp, address: address.bytes, port: port)
        }
    }
}
