import PlumbTestSupport
import Testing

@Suite struct `A range of published ports` {
    private static let offsets: [UInt16] = [3, 0, 2, 1]

    @Test(arguments: Family.allCases, Transport.allCases)
    func `leads each port of the host to its own of the container`(family: Family, transport: Transport) throws {
        let site = try Site(ports: [.port(5000, 6000, transport, range: 4), .port(7000, 7000, transport, range: 2)])
        var servers: [Server] = []
        for port in [6000, 6001, 6002, 6003, 7000, 7001] as [UInt16] {
            servers.append(try Server("\(port)", in: site.container.namespace, port: port))
        }
        for offset in Self.offsets {
            let answer = try site.host.lan.ask(transport, family.host, 5000 + offset)
            #expect(answer == .from("\(6000 + offset)", sawPeer: family.lan))
            #expect(try site.host.namespace.ask(transport, family.host, 5000 + offset).server == "\(6000 + offset)")
            #expect(
                try site.container.namespace.ask(transport, family.host, 5000 + offset).server == "\(6000 + offset)"
            )
        }
        #expect(try site.host.lan.ask(transport, family.host, 7001).server == "7001")
        for outside in [4999, 5004, 6000] as [UInt16] {
            #expect(try !site.host.lan.askInVain(transport, family.host, outside).isAnswer)
        }
        try site.host.detach(site.container, site.configuration)
        #expect(try site.host.remains() == [])
        withExtendedLifetime(servers) {}
    }

    @Test func `is shown as a range, even if the runtime took it apart`() throws {
        let singles = (0..<4).map { JSON.port(5000 + $0, 6000 + $0) }
        let site = try Site(ports: singles + [.port(53, 53, .udp, at: "127.0.0.1", range: 2)])
        #expect(
            try site.host.show()["attachments"][0]["publishedPorts"] == [
                ["hostPort": 5000, "containerPort": 6000, "protocol": "tcp", "range": 4],
                ["hostIP": "127.0.0.1", "hostPort": 53, "containerPort": 53, "protocol": "udp", "range": 2],
            ]
        )
        let text = try site.host.plumb(PlumbCall(arguments: ["show"])).result.output
        let ports = "0.0.0.0:5000-5003->6000-6003/tcp, [::]:5000-5003->6000-6003/tcp, 127.0.0.1:53-54->53-54/udp"
        #expect(text.contains(ports), "\(text)")
        let rules = try site.host.firewallRules().filter { $0.contains("--dport 5000") }
        #expect(rules.count == 2 && rules.allSatisfy { $0.contains(":6000-6003/5000") }, "\(rules)")
        #expect(site.result["portMappings"] == .null)
    }

    @Test func `is refused to a second container that wants a part of it`() throws {
        let site = try Site(ports: [.port(5000, 6000, range: 4)])
        let other = try site.host.container("other")
        let reply = try site.host.add(other, .network(Family.allCases, ports: [.port(5002, 80, range: 10)]))
        #expect(reply.code == 101, "\(reply)")
        for word in ["5002-5003/tcp", "server", "web"] { #expect(reply.message.contains(word), "\(reply)") }
        try site.host.attach(other, .network(Family.allCases, ports: [.port(5004, 80, range: 10)]))
        #expect(try site.host.remains() != [])
    }

    @Test(arguments: Family.allCases, [4, 10_000])
    func `is refused where a process of the host listens at one of its ports`(family: Family, count: Int) throws {
        let host = try TestHost()
        let service = try Server("service", in: host.namespace, port: 5003, at: [family.unspecified])
        let container = try host.container("web")
        let before = try host.state(with: [container])
        for transport in Transport.allCases {
            let ports = [JSON.port(5000, 6000, transport, range: count)]
            let reply = try host.add(container, .network(Family.allCases, ports: ports))
            #expect(reply.code == 101 && reply.message.contains("5003/\(transport.rawValue)"), "\(reply)")
        }
        #expect(try host.state(with: [container]).changes(since: before) == [])
        #expect(try host.lan.ask(.tcp, family.host, 5003).server == service.name)
    }

    @Test func `may hold thousands of ports`() throws {
        let site = try Site(ports: Transport.allCases.map { .port(20_000, 30_000, $0, range: 10_000) })
        let server = try Server("last", in: site.container.namespace, port: 39_999)
        for transport in Transport.allCases {
            #expect(try site.host.lan.ask(transport, Family.ipv4.host, 29_999).server == server.name)
        }
        try site.host.detach(site.container, site.configuration)
        #expect(try site.host.remains() == [])
    }
}

@Suite struct `A port of the host that plumb chooses` {
    private func ports(_ reply: JSON) -> [Int] {
        reply["portMappings"].elements.compactMap { $0["hostPort"].int }
    }

    @Test(arguments: ["0.1.0", "0.2.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"])
    func `is in the result, and answers`(version: String) throws {
        let host = try TestHost()
        let container = try host.container("web")
        let published: [JSON] = [.port(0, 7777), ["containerPort": 7777, "protocol": "udp"], .port(8888, 7777)]
        let result = try host.attach(container, .network(Family.allCases, version: version, ports: published))
        #expect(
            result["portMappings"] == [
                ["hostPort": 32768, "containerPort": 7777, "protocol": "tcp"],
                ["hostPort": 32768, "containerPort": 7777, "protocol": "udp"],
                ["hostPort": 8888, "containerPort": 7777, "protocol": "tcp"],
            ]
        )
        let server = try Server("web", in: container.namespace, port: 7777)
        for family in Family.allCases {
            #expect(try host.lan.ask(.tcp, family.host, 32768).server == server.name)
            #expect(try host.lan.ask(.udp, family.host, 32768).server == server.name)
        }
        let shown = try host.show()["attachments"][0]["publishedPorts"]
        #expect(shown == result["portMappings"], "\(shown)")
    }

    @Test func `is none that is reserved, published or bound, nor one that was just given back`() throws {
        let host = try TestHost()
        try host.namespace.require("sysctl", "-qw", "net.ipv4.ip_local_port_range=40000 40007")
        try host.namespace.require("sysctl", "-qw", "net.ipv4.ip_local_reserved_ports=40000-40001")
        let service = try Server("service", in: host.namespace, port: 40002, at: ["::"])
        let any = JSON.network(Family.allCases, ports: [.port(0, 7777)])
        let containers = try (0..<6).map { try host.container("c\($0)") }
        try host.attach(containers[0], .network(Family.allCases, ports: [.port(40004, 7777, at: Family.ipv4.host)]))
        #expect(try ports(host.attach(containers[1], any)) == [40003])
        #expect(try ports(host.attach(containers[2], any)) == [40005])
        try host.detach(containers[2], any)
        #expect(try ports(host.attach(containers[3], any)) == [40006])
        #expect(try ports(host.attach(containers[4], any)) == [40007])
        #expect(try ports(host.attach(containers[5], any)) == [40005])
        let before = try host.state(with: [containers[2]])
        let reply = try host.add(containers[2], any)
        #expect(reply.code == 101 && reply.message.contains("40000-40007/tcp"), "\(reply)")
        let changes = try host.state(with: [containers[2]]).changes(since: before)
        #expect(changes.filter { !$0.contains("-journal") } == [])

        // The dead give theirs back to those who need it.
        containers[1].namespace.close()
        #expect(try ports(host.attach(containers[2], any)) == [40003])
        withExtendedLifetime(service) {}
    }

    @Test func `may begin a run of them`() throws {
        let host = try TestHost()
        let service = try Server("service", in: host.namespace, port: 32770, at: ["0.0.0.0"])
        let container = try host.container("web")
        var port = JSON.port(0, 6000)
        port["range"] = 4
        let result = try host.attach(container, .network(Family.allCases, ports: [port]))
        #expect(
            result["portMappings"] == [
                ["hostPort": 32771, "containerPort": 6000, "protocol": "tcp", "range": 4]
            ]
        )
        let server = try Server("web", in: container.namespace, port: 6003)
        #expect(try host.lan.ask(.tcp, Family.ipv6.host, 32774).server == server.name)
        withExtendedLifetime(service) {}
    }

    @Test func `is another for each of many who ask at once`() throws {
        let host = try TestHost()
        let any = JSON.network(Family.allCases, ports: JSON.ports(0, 7777))
        let containers = try (0..<12).map { try host.container("c\($0)") }
        let replies = try host.plumb(all: containers.map { host.call("ADD", $0, any) })
        #expect(replies.filter { !$0.succeeded }.isEmpty, "\(replies)")
        let chosen = replies.flatMap { $0.json["portMappings"].elements }
        let names = chosen.map { "\($0["hostPort"].int ?? 0)/\($0["protocol"].string ?? "")" }
        #expect(Set(names).count == 24, "\(names)")
        withExtendedLifetime(containers) {}
    }

    @Test func `is the first free one of a range that is asked for`() throws {
        let host = try TestHost()
        let service = try Server("service", in: host.namespace, port: 8000, at: ["0.0.0.0"])
        let containers = try ["a", "b", "c"].map { try host.container($0) }
        func attach(_ number: Int) throws -> PlumbReply {
            let container = containers[number]
            var call = PlumbCall("ADD", container: container.id, sandbox: container.namespace.path)
            call.environment["PLUMB_PUBLISH"] = "8000-8002:7777"
            return try host.plumb(call)
        }
        #expect(try ports(attach(0).json) == [8001])
        #expect(try ports(attach(1).json) == [8002])
        let reply = try attach(2)
        #expect(reply.code == 101 && reply.message.contains("8000-8002/tcp"), "\(reply)")
        withExtendedLifetime(service) {}
    }
}

@Suite struct `A default host address` {
    @Test(arguments: Family.allCases, Transport.allCases)
    func `is where ports are published that name none`(family: Family, transport: Transport) throws {
        let site = try Site(
            ports: [.port(8888, 7777, transport), .port(9999, 7777, transport, at: family.host)],
            configure: { $0["defaultHostIP"] = .string(family.secondHost) }
        )
        #expect(try site.host.lan.ask(transport, family.secondHost, 8888).server == "server")
        #expect(try !site.host.lan.askInVain(transport, family.host, 8888).isAnswer)
        let other: Family = family == .ipv4 ? .ipv6 : .ipv4
        #expect(try !site.host.lan.askInVain(transport, other.secondHost, 8888).isAnswer)
        #expect(try site.host.lan.ask(transport, family.host, 9999).server == "server")
    }

    @Test func `of a family that the container lacks is refused by its name`() throws {
        let host = try TestHost()
        var configuration = JSON.network(ports: [.port(8888, 7777)])
        configuration["defaultHostIP"] = "::1"
        let reply = try host.add(try host.container("web"), configuration)
        #expect(reply.code == 7 && reply.message.contains("defaultHostIP \"::1\""), "\(reply)")
    }
}
