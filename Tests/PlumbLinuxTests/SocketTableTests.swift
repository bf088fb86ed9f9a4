import Glibc
import PlumbAddress
import PlumbLinux
import PlumbTestSupport
import Testing

@Suite struct `The table of sockets` {
    private let host: Namespace

    init() throws {
        host = try Namespace()
        try host.require("ip", "link", "set", "lo", "up")
    }

    @Test(arguments: [HostPortProbe.Transport.tcp, .udp], ["127.0.0.1", "0.0.0.0", "::1", "::"])
    func `lists each port that a probe finds held`(transport: HostPortProbe.Transport, bound: String) throws {
        let server = try Server("web", in: host, port: 8080, at: [bound])
        defer { extendLifetime(server) }
        for text in ["127.0.0.1", "127.0.0.2", "0.0.0.0", "::1", "::"] {
            let address = try #require(IPAddress(text))
            let (isHeld, listed) = try host.enter {
                (try self.isHeld(transport, address), try SocketTable.read(transport).ports(heldAt: address.bytes))
            }
            #expect(!isHeld || listed.contains(8080), "\(text)")
            #expect(listed.isSubset(of: [8080]))
            let asked = try host.enter { try SocketTable.readHolders(transport).ports(heldAt: address.bytes) }
            #expect(asked == listed, "\(text)")
        }
    }

    @Test func `is empty where there are none`() throws {
        let ports = try host.enter { try SocketTable.read(.tcp).ports(heldAt: [0, 0, 0, 0]) }
        #expect(ports.isEmpty)
    }

    @Test func `lists a thousand listeners by more than one message`() throws {
        let sockets = try host.enter { (0..<1000).map { _ in socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0) } }
        defer { for socket in sockets { close(socket) } }
        // Without an address the kernel chooses a port.
        for socket in sockets { #expect(listen(socket, 1) == 0) }
        let (asked, listed) = try host.enter {
            try (
                SocketTable.readHolders(.tcp).ports(heldAt: [127, 0, 0, 1]),
                SocketTable.read(.tcp).ports(heldAt: [127, 0, 0, 1])
            )
        }
        #expect(asked == listed)
        #expect(asked.count == 1000)
    }

    private func isHeld(_ transport: HostPortProbe.Transport, _ address: IPAddress) throws -> Bool {
        switch address {
        case .v4(let address): try HostPortProbe.isHeld(transport, ipv4: address.rawValue, port: 8080)
        case .v6: try HostPortProbe.isHeld(transport, ipv6: address.bytes, port: 8080)
        }
    }
}

@Suite struct `The ports for those who name none` {
    @Test func `are what the sysctls say, which are the namespace's own`() throws {
        let host = try Namespace()
        let standard = try host.enter { try LocalPorts.read() }
        #expect(standard == LocalPorts(range: 32768...60999, reserved: []))
        try host.require("sysctl", "-qw", "net.ipv4.ip_local_port_range=40000 50000")
        try host.require("sysctl", "-qw", "net.ipv4.ip_local_reserved_ports=41000,42000-42010,65535")
        let own = try host.enter { try LocalPorts.read() }
        let reserved: [ClosedRange<UInt16>] = [41000...41000, 42000...42010, 65535...65535]
        #expect(own == LocalPorts(range: 40000...50000, reserved: reserved))
    }
}
