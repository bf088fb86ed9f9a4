import PlumbTestSupport
import Testing

@Suite struct `ADD is refused and changes nothing` {
    /// Expects an error, and that all is as before it.
    private func expectRefusal(
        _ host: TestHost,
        _ container: Container,
        _ configuration: JSON,
        interface: String = "eth0",
        code: Int,
        naming words: [String],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let before = try host.state(with: [container])
        let reply = try host.add(container, configuration, interface: interface)
        let changes = try host.state(with: [container]).changes(since: before)
        #expect(!reply.succeeded && reply.code == code, "\(reply)", sourceLocation: sourceLocation)
        for word in words { #expect(reply.message.contains(word), "\(reply)", sourceLocation: sourceLocation) }
        #expect(!reply.details.isEmpty, "\(reply)", sourceLocation: sourceLocation)
        // A refused reservation may touch the store's journal, but not what the store says.
        #expect(changes.filter { !$0.contains("-journal") } == [], sourceLocation: sourceLocation)
    }

    @Test func `for an interface that is attached already`() throws {
        let site = try Site()
        try expectRefusal(site.host, site.container, site.configuration, code: 4, naming: ["eth0"])
    }

    @Test func `for an interface that somebody else has made`() throws {
        let host = try TestHost()
        let container = try host.container("web")
        try container.namespace.require("ip", "link", "add", "eth0", "type", "bridge")
        try expectRefusal(host, container, .network(), code: 4, naming: ["eth0"])
    }

    @Test(arguments: Transport.allCases, ["", Family.ipv4.host, Family.ipv6.host])
    func `for a host port of another container, which it names`(transport: Transport, address: String) throws {
        let site = try Site()
        let other = try site.host.container("other")
        let port = JSON.port(8888, 80, transport, at: address.isEmpty ? nil : address)
        try expectRefusal(
            site.host,
            other,
            .network(Family.allCases, ports: [port]),
            code: 101,
            naming: ["8888/\(transport.rawValue)", "server", "web"]
        )
    }

    @Test func `for a host port of a container on another network`() throws {
        let site = try Site()
        var configuration = JSON.otherNetwork
        configuration["runtimeConfig"]["portMappings"] = [.port(8888, 80)]
        let other = try site.host.container("other")
        try expectRefusal(site.host, other, configuration, code: 101, naming: ["8888/tcp", "server", "web"])
    }

    @Test(arguments: Family.allCases, Transport.allCases)
    func `for a host port that a process of the host listens at`(family: Family, transport: Transport) throws {
        let host = try TestHost()
        let service = try Server("service", in: host.namespace, port: 8888, at: [family.unspecified])
        let container = try host.container("web")
        let configuration = JSON.network(Family.allCases, ports: [.port(8888, 7777, transport)])
        try expectRefusal(host, container, configuration, code: 101, naming: ["8888/\(transport.rawValue)", "process"])
        #expect(try host.lan.ask(transport, family.host, 8888).server == service.name)
    }

    @Test func `for a host port that the monitor of another container keeps, by the name of the process`() throws {
        let host = try TestHost()
        let keeper = try PortKeeper(.tcp, "0.0.0.0", 8888, in: host.namespace, arguments: ["-c", "other"])
        let container = try host.container("web")
        let names = ["8888/tcp", "sh (process \(keeper.pid))"]
        try expectRefusal(host, container, .network(ports: [.port(8888, 7777)]), code: 101, naming: names)
    }

    @Test func `for a bridge name that another kind of link has`() throws {
        let host = try TestHost()
        try host.namespace.require("ip", "link", "add", "web0", "type", "veth", "peer", "name", "web1")
        try expectRefusal(host, try host.container("web"), .network(), code: 7, naming: ["bridge", "web0", "veth"])
    }

    @Test func `for a bridge that has another address of the subnet`() throws {
        let host = try TestHost()
        try host.namespace.require(
            "ip",
            "-batch",
            "-",
            input: """
                link add web0 type bridge
                address add 10.88.0.9/24 dev web0
                """
        )
        try expectRefusal(
            host,
            try host.container("web"),
            .network(),
            code: 7,
            naming: ["web0", "10.88.0.9/24", "10.88.0.1"]
        )
    }

    @Test func `for a published port at an address of a family that the container lacks`() throws {
        let host = try TestHost()
        let configuration = JSON.network(ports: [.port(8888, 7777, at: Family.ipv6.host)])
        try expectRefusal(
            host,
            try host.container("web"),
            configuration,
            code: 7,
            naming: ["hostIP", Family.ipv6.host]
        )
    }

    @Test func `for published ports on a network without addresses`() throws {
        let host = try TestHost()
        var configuration = JSON.network(ports: [.port(8888, 7777)])
        configuration["ipam"] = nil
        try expectRefusal(host, try host.container("web"), configuration, code: 7, naming: ["portMappings", "8888"])
    }

    @Test func `for published ports on an internal network`() throws {
        let host = try TestHost()
        var configuration = JSON.network(ports: [.port(8888, 7777)])
        configuration["internal"] = true
        try expectRefusal(
            host,
            try host.container("web"),
            configuration,
            code: 7,
            naming: ["portMappings", "8888->7777/tcp", "\"web\"", "internal"]
        )
    }
}

@Suite struct `What fails half-way is undone` {
    /// A route whose gateway nobody can reach is only refused by the kernel, when all else is done.
    @Test(arguments: Family.allCases)
    func `when a route has a gateway that can't be reached`(family: Family) throws {
        let host = try TestHost()
        let container = try host.container("web")
        var configuration = JSON.network(Family.allCases, ports: JSON.ports(8888, 7777))
        configuration["ipam"]["routes"] = [
            ["dst": .string("\(family.internet)/\(family == .ipv4 ? 32 : 128)"), "gw": .string(family.lan)]
        ]
        let reply = try host.add(container, configuration)
        #expect(reply.code == 103, "\(reply)")
        #expect(reply.message.contains(family.lan) || reply.message.contains(family.internet), "\(reply)")
        #expect(try host.remains() == [])
        #expect(try container.namespace.ip("link").elements.compactMap { $0["ifname"].string } == ["lo"])

        configuration["ipam"]["routes"] = nil
        try host.attach(container, configuration)
        let server = try Server("web", in: container.namespace, port: 7777)
        #expect(try host.lan.ask(.tcp, family.host, 8888).server == server.name)
    }

    @Test func `when the firewall is out of reach`() throws {
        let host = try TestHost()
        let container = try host.container("web")
        var call = host.call("ADD", container, .network(ports: JSON.ports(8888, 7777)))
        call.environment["XTABLES_LOCKFILE"] = "\(host.folder.path)/missing/lock"
        let reply = try host.plumb(call)
        #expect(!reply.succeeded && reply.code != nil && reply.message.contains("missing/lock"), "\(reply)")
        let links = try host.namespace.ip("link", "show", "type", "veth").elements.compactMap { $0["ifname"].string }
        #expect(links == ["uplink0"])
        #expect(try container.namespace.ip("link").elements.compactMap { $0["ifname"].string } == ["lo"])
        try host.detach(container, .network())
        #expect(try host.remains() == [])
    }
}
