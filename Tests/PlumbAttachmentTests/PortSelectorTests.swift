import PlumbAddress
import PlumbCNI
import PlumbFirewall
import Testing

@testable import PlumbAttachment

@Suite struct `A selector of published ports` {
    private func attachment(_ ports: [PublishedPort]) throws -> Attachment {
        try Plan().attachment().publishing(ports)
    }

    private func port(
        _ hostPort: UInt16,
        _ containerPort: UInt16,
        count: UInt16 = 1,
        at address: String? = nil,
        _ transport: TransportProtocol = .tcp
    ) -> PublishedPort {
        PublishedPort(
            hostAddress: address.flatMap { IPAddress($0) },
            hostPort: hostPort,
            containerPort: containerPort,
            count: count,
            transport: transport
        )
    }

    private func part(_ ports: [PublishedPort], by texts: String...) throws -> PublishedParts {
        try PortSelector.part(attachment(ports), by: texts.map { text throws(CNIError) in try PortSelector(text) })
    }

    @Test func `means a port at any address, or at the one that it names`() throws {
        let ports = [port(80, 1), port(81, 2, at: "127.0.0.1"), port(81, 3, at: "::1"), port(80, 4, .udp)]
        #expect(try part(ports, by: "80").meant == [ports[0]])
        #expect(try part(ports, by: "80/UDP").others == Array(ports[..<3]))
        #expect(try part(ports, by: "81/tcp").meant == Array(ports[1...2]))
        #expect(try part(ports, by: "[::1]:81").meant == [ports[2]])
        #expect(try part(ports, by: "127.0.0.1:81", "80/udp").others == [ports[0], ports[2]])
    }

    @Test func `means a port at any address by 0-0-0-0 as well, unless it is published in IPv6, too`() throws {
        let ports = [port(80, 1), port(81, 2, at: "127.0.0.1")]
        func part(_ text: String, of attachment: Attachment) throws -> PublishedParts {
            try PortSelector.part(attachment.publishing(ports), by: [try PortSelector(text)])
        }
        let (ipv4, ipv6) = (try attached("10.88.0.2/16"), try attached("fd00:88::2/64"))
        let attachment = try Plan().attachment(ipv4)
        #expect(try part("0.0.0.0:80", of: attachment) == PublishedParts(meant: [ports[0]], others: [ports[1]]))
        #expect(try part("[::]:80", of: Plan().attachment(ipv6)).meant == [ports[0]])
        for text in ["[::]:80", "0.0.0.0:81", "127.0.0.1:80"] {
            #expect(throws: CNIError.self) { try part(text, of: attachment) }
        }
        #expect(throws: CNIError.self) { try part("0.0.0.0:80", of: Plan().attachment(ipv4, ipv6)) }
    }

    @Test func `cuts a range where it has to`() throws {
        let range = [port(5000, 6000, count: 4)]
        #expect(try part(range, by: "5000-5003") == PublishedParts(meant: range, others: []))
        let middle = try part(range, by: "5001")
        #expect(middle.meant == [port(5001, 6001)])
        #expect(middle.others == [port(5000, 6000), port(5002, 6002, count: 2)])
        #expect(try part(range, by: "5000", "5003").others == [port(5001, 6001, count: 2)])
        let both = [port(5000, 6000, count: 2), port(5002, 7000, count: 2)]
        #expect(try part(both, by: "5001-5002").others == [port(5000, 6000), port(5003, 7001)])
    }

    @Test(arguments: ["80/udp", "79-81", "127.0.0.1:80"])
    func `is refused for a port that is not published`(text: String) throws {
        let error = #expect(throws: CNIError.self) { try part([port(80, 80)], by: text) }
        #expect(error?.message.contains("\"\(text)\" is not published") == true)
        #expect(error?.details == "It publishes *:80->80/tcp.")
    }

    @Test(arguments: [
        "", "x", "0", "65536", "80:80", "1.2.3:80", "::1:80", "90-80", "80/icmp", "80/tcp/x", "+80", "-80",
    ])
    func `is refused as a text that is none`(text: String) {
        let error = #expect(throws: CNIError.self) { try PortSelector(text) }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message.contains("\"") == true)
    }
}
