import PlumbAddress
import PlumbLinux
import PlumbTestSupport
import Testing

@Suite struct `A probe of the host's ports` {
    private let host: Namespace

    init() throws {
        host = try Namespace()
        try host.require("ip", "link", "set", "lo", "up")
    }

    @Test(arguments: [HostPortProbe.Transport.tcp, .udp], ["127.0.0.1", "0.0.0.0", "::1", "::"])
    func `finds nobody on a free port`(transport: HostPortProbe.Transport, address: String) throws {
        #expect(try !isHeld(transport, address, 8080))
        // What the probe bound is free again.
        #expect(try !isHeld(transport, address, 8080))
    }

    @Test(arguments: [HostPortProbe.Transport.tcp, .udp])
    func `finds who listens at an address`(transport: HostPortProbe.Transport) throws {
        let server = try Server("web", in: host, port: 8080, at: ["127.0.0.1"])
        defer { extendLifetime(server) }
        #expect(try isHeld(transport, "127.0.0.1", 8080))
        #expect(try isHeld(transport, "0.0.0.0", 8080))
        #expect(try !isHeld(transport, "127.0.0.2", 8080))
        #expect(try !isHeld(transport, "127.0.0.1", 8081))
        #expect(try !isHeld(transport, "::1", 8080))
        #expect(try !isHeld(transport, "::", 8080))
    }

    @Test(arguments: [HostPortProbe.Transport.tcp, .udp])
    func `finds who listens at every address of a family`(transport: HostPortProbe.Transport) throws {
        let server = try Server("web", in: host, port: 8080, at: ["::"])
        defer { extendLifetime(server) }
        #expect(try isHeld(transport, "::1", 8080))
        #expect(try isHeld(transport, "::", 8080))
        #expect(try !isHeld(transport, "127.0.0.1", 8080))
    }

    @Test(arguments: ["192.0.2.1", "2001:db8::1"])
    func `finds nobody at an address that the host does not have`(address: String) throws {
        #expect(try !isHeld(.tcp, address, 8080))
    }

    private func isHeld(_ transport: HostPortProbe.Transport, _ text: String, _ port: UInt16) throws -> Bool {
        let address = try #require(IPAddress(text))
        return try host.enter {
            switch address {
            case .v4(let address): try HostPortProbe.isHeld(transport, ipv4: address.rawValue, port: port)
            case .v6: try HostPortProbe.isHeld(transport, ipv6: address.bytes, port: port)
            }
        }
    }
}
