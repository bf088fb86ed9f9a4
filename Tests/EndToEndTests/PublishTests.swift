import PlumbTestSupport
import Testing

extension TestHost {
    /// A subcommand that has to succeed.
    @discardableResult
    fileprivate func run(_ arguments: String...) throws -> String {
        let reply = try plumb(PlumbCall(arguments: arguments))
        guard reply.succeeded, reply.result.errors.isEmpty else {
            throw TestFailure("plumb \(arguments.joined(separator: " ")): \(reply)")
        }
        return reply.result.output
    }

    /// The errors of a subcommand that has to be refused without changing anything.
    fileprivate func refusal(_ arguments: String...) throws -> String {
        let before = try state()
        let reply = try plumb(PlumbCall(arguments: arguments))
        guard reply.result.status == .exited(1) || reply.result.status == .exited(64), reply.result.output.isEmpty
        else { throw TestFailure("plumb \(arguments.joined(separator: " ")): \(reply)") }
        let changes = try state().changes(since: before).filter { !$0.contains("file: ") }
        guard changes.isEmpty else { throw TestFailure("a refusal changed something: \(changes)") }
        return reply.result.errors
    }

    /// The published ports of a container as `plumb show` has them.
    fileprivate func publishedPorts(of container: String) throws -> [String] {
        try show()["attachments"].elements.filter { $0["container"].string == container }
            .flatMap { $0["publishedPorts"].elements }
            .map { "\($0["hostPort"])->\($0["containerPort"])/\($0["protocol"].string ?? "")" }
    }
}

extension Site {
    /// CHECK has to find nothing wrong, and repair nothing to do.
    fileprivate func expectHealth(_ location: SourceLocation = #_sourceLocation) throws {
        var checked = configuration
        checked["cniVersion"] = "1.0.0"
        checked["prevResult"] = result
        let check = try host.plumb(host.call("CHECK", container, checked))
        #expect(check.succeeded, "\(check)", sourceLocation: location)
        #expect(try host.run("repair") == "", sourceLocation: location)
    }
}

@Suite struct `plumb publish` {
    @Test(arguments: Backend.allCases, Transport.allCases)
    func `opens ports of a container that runs, the first like any other`(
        backend: Backend,
        transport: Transport
    ) throws {
        let site = try Site(backend, ports: [])
        let output = try site.host.run("publish", "server", "8888:7777/tcp", "8888:7777/udp")
        #expect(output == "published *:8888->7777/tcp\npublished *:8888->7777/udp\n")
        #expect(try site.host.publishedPorts(of: "server") == ["8888->7777/tcp", "8888->7777/udp"])
        for family in Family.allCases {
            #expect(try site.host.lan.ask(transport, family.host, 8888) == .from("server", sawPeer: family.lan))
            for address in [family.host, family.gateway] + (family == .ipv4 ? ["127.0.0.1"] : []) {
                #expect(try site.host.namespace.ask(transport, address, 8888).server == "server")
            }
            #expect(try site.container.namespace.ask(transport, family.host, 8888).server == "server", "itself")
        }
        try site.expectHealth()
        try site.host.detach(site.container, site.configuration)
        #expect(try site.host.remains() == [])
    }

    @Test(arguments: Backend.allCases, Transport.allCases)
    func `adds to the ports that are there, and unpublish takes one away`(
        backend: Backend,
        transport: Transport
    ) throws {
        let site = try Site(backend)
        try site.host.run("publish", "server", "9999:7777/\(transport.rawValue)")
        for family in Family.allCases {
            for port in [8888, 9999] as [UInt16] {
                #expect(try site.host.lan.ask(transport, family.host, port).server == "server")
            }
        }
        try site.expectHealth()
        try site.host.run("unpublish", "serv", "9999/\(transport.rawValue)")
        for family in Family.allCases {
            #expect(try !site.host.lan.askInVain(transport, family.host, 9999).isAnswer)
            #expect(try site.host.lan.ask(transport, family.host, 8888).server == "server")
        }
        #expect(try site.host.publishedPorts(of: "server") == ["8888->7777/tcp", "8888->7777/udp"])
        try site.expectHealth()
    }

    @Test func `chooses a port of the host that nobody has, and publishes ranges`() throws {
        let site = try Site()
        let output = try site.host.run("publish", "server", "7777", "5000-5003:7776-7779/udp")
        let chosen = try #require(
            output.split(separator: "\n").first?.split { !$0.isNumber }.first.flatMap { UInt16($0) }
        )
        #expect(output.hasPrefix("published *:\(chosen)->7777/tcp\npublished *:5000-5003->7776-7779/udp\n"))
        #expect(try site.host.lan.ask(.tcp, Family.ipv4.host, chosen).server == "server")
        #expect(try site.host.lan.ask(.udp, Family.ipv4.host, 5001).server == "server")
        try site.expectHealth()
        #expect(try site.host.refusal("publish", "server", "").contains("there is none to publish"))
        let refusal = try site.host.refusal("unpublish", "server", "5003-5004/udp")
        #expect(refusal.contains("*:5000-5003->7776-7779/udp"), "\(refusal)")
        let parts = try site.host.run("unpublish", "server", "5001/udp", "\(chosen)")
        #expect(parts == "unpublished *:5001->7777/udp\nunpublished *:\(chosen)->7777/tcp\n")
        #expect(try !site.host.lan.askInVain(.udp, Family.ipv4.host, 5001).isAnswer)
        try site.expectHealth()
        try site.host.run("publish", "server", "5001:7777/udp")
        #expect(try site.host.lan.ask(.udp, Family.ipv4.host, 5001).server == "server")
        try site.host.run("unpublish", "server", "5000-5003/udp")
        try site.expectHealth()
    }

    @Test(arguments: Backend.allCases)
    func `and unpublish take bare ranges, of which a part may go`(backend: Backend) throws {
        let site = try Site(backend, ports: [])
        try site.host.run("publish", "server", "8080-8090:7777-7787")
        #expect(try site.host.lan.ask(.tcp, Family.ipv4.host, 8080).server == "server")
        let part = try site.host.run("unpublish", "server", "8080-8084")
        #expect(part == "unpublished *:8080-8084->7777-7781/tcp\n")
        #expect(try !site.host.lan.askInVain(.tcp, Family.ipv4.host, 8080).isAnswer)
        try site.expectHealth()
        #expect(try site.host.run("unpublish", "server", "8085-8090") == "unpublished *:8085-8090->7782-7787/tcp\n")
        try site.expectHealth()
        let refusal = try site.host.refusal("unpublish", "server", "8090-8080")
        #expect(refusal.contains("hostPort[-hostPort]"), "\(refusal)")
    }

    @Test(arguments: Backend.allCases)
    func `publishes at the network's default address unless another is named`(backend: Backend) throws {
        let site = try Site(backend, ports: [], configure: { $0["defaultHostIP"] = .string(Family.ipv4.host) })
        let output = try site.host.run("publish", "server", "8888:7777", "0.0.0.0:8889:7777", "7777/udp")
        #expect(output.hasPrefix("published \(Family.ipv4.host):8888->7777/tcp\npublished 0.0.0.0:8889->7777/tcp\n"))
        #expect(output.contains("published \(Family.ipv4.host):") && output.hasSuffix("->7777/udp\n"), "\(output)")
        #expect(try site.host.lan.ask(.tcp, Family.ipv4.host, 8888).server == "server")
        #expect(try !site.host.lan.ask(.tcp, Family.ipv4.secondHost, 8888, limit: .seconds(1)).isAnswer)
        #expect(try site.host.lan.ask(.tcp, Family.ipv4.secondHost, 8889).server == "server")
        try site.expectHealth()
        try site.host.run("unpublish", "server", "8888", "8889")
        try site.expectHealth()
    }

    @Test func `leaves nothing of the last port but the network`() throws {
        let site = try Site(
            ports: [],
            configure: { configuration in
                configuration["ipMasq"] = false
                configuration["snat"] = false
            }
        )
        let before = try site.host.firewallRules()
        try site.host.run("publish", "server", "8888:7777")
        try site.host.run("unpublish", "server", "8888")
        #expect(try site.host.firewallRules().filter { $0.contains("plumb ") } == [])
        #expect(Set(before).isSubset(of: Set(try site.host.firewallRules())))
        try site.expectHealth()
        let other = try site.host.container("other")
        try site.host.attach(other, .network(Family.allCases, ports: JSON.ports(8888, 7777)))
    }

    @Test(arguments: Backend.allCases)
    func `and unpublish let connections that are under way go on`(backend: Backend) throws {
        let site = try Site(backend, ports: [JSON.port(8880, 7000)])
        let container = site.container.namespace
        func connect(_ hostPort: UInt16, _ port: UInt16) throws -> Connection {
            try Connection(from: site.host.lan, to: Family.ipv4.host, hostPort, servedBy: container, at: port)
        }
        let first = try connect(8880, 7000)
        #expect(first.transfer())
        try site.host.run("publish", "server", "8881:7001", "8882:7002")
        #expect(first.transfer())
        let others = try [connect(8881, 7001), connect(8882, 7002)]
        try site.host.run("publish", "server", "8883:7003")
        #expect(([first] + others).map { $0.transfer() } == [true, true, true])
        try site.host.run("unpublish", "server", "8881")
        #expect(([first] + others).map { $0.transfer() } == [true, true, true])
        #expect(try !site.host.lan.askInVain(.tcp, Family.ipv4.host, 8881).isAnswer)
    }

    @Test(arguments: Backend.allCases)
    func `and unpublish decide on UDP flows that never pause`(backend: Backend) throws {
        let site = try Site(backend, ports: [JSON.port(8880, 7777, .udp)])
        let stays = try Flow(to: Family.ipv4.host, 8880, in: site.host.lan)
        let comes = try Flow(to: Family.ipv4.host, 8881, in: site.host.lan)
        #expect(stays.ask().server == "server")
        #expect(!comes.ask(limit: .milliseconds(400)).isAnswer)
        try site.host.run("publish", "server", "8881:7777/udp")
        #expect(comes.ask().server == "server")
        let tracked = { try site.host.namespace.require("conntrack", "-L", "-o", "id", "-p", "udp", "--dport", "8880") }
        let before = try tracked().split(separator: " ").last
        try site.host.run("unpublish", "server", "8881/udp")
        #expect(!comes.ask(limit: .milliseconds(400)).isAnswer)
        #expect(try tracked().split(separator: " ").last == before)
        #expect(stays.ask().server == "server")
    }

    @Test func `refuses a port that somebody has, by the name of its holder`() throws {
        let site = try Site()
        let neighbour = try site.neighbour()
        let ofServer = try site.host.refusal("publish", "neighbour", "7000:7777", "8888:7777")
        #expect(ofServer.contains("8888/tcp is published by eth0 of container server"), "\(ofServer)")
        let own = try site.host.refusal("publish", "server", "127.0.0.1:8888:1")
        #expect(own.contains("*:8888->7777/tcp already"), "\(own)")
        let keeper = try PortKeeper(.tcp, "0.0.0.0", 7070, in: site.host.namespace, arguments: [])
        let ofHost = try site.host.refusal("publish", "server", "7070:7777")
        #expect(ofHost.contains("host port 7070/tcp is in use by"), "\(ofHost)")
        extendLifetime(keeper)
        extendLifetime(neighbour)
    }

    @Test func `takes a port from a dead container`() throws {
        let site = try Site(ports: [])
        let dead = try site.host.container("dead")
        try site.host.attach(dead, .network(Family.allCases, ports: JSON.ports(8888, 7777)))
        dead.namespace.close()
        try site.host.run("publish", "server", "8888:7777")
        #expect(try site.host.lan.ask(.tcp, Family.ipv4.host, 8888).server == "server")
        #expect(try site.host.publishedPorts(of: "dead") == [])
    }

    @Test func `names what is wrong with its arguments`() throws {
        let site = try Site()
        var other = JSON.otherNetwork
        other["runtimeConfig"] = .null
        try site.host.attach(site.container, other, interface: "eth1")
        let unknown = try site.host.refusal("publish", "nobody", "1:1")
        #expect(unknown.contains("\"nobody\"") && unknown.contains("eth1 of container server on network other"))
        let ambiguous = try site.host.refusal("publish", "server", "9999:7777")
        #expect(ambiguous.contains("eth0 of container server on network web"), "\(ambiguous)")
        #expect(ambiguous.contains("--network"))
        #expect(try site.host.refusal("publish", "server", "--network", "web", "99999:1").contains("99999"))
        let foreign = try site.host.refusal("unpublish", "server", "--interface", "eth0", "8889/udp")
        #expect(foreign.contains("\"8889/udp\" is not published"), "\(foreign)")
        #expect(foreign.contains("*:8888->7777/tcp"), "\(foreign)")
        #expect(try site.host.refusal("unpublish", "server", "--interface", "eth0", "8888:7777").contains("8888:7777"))
        try site.host.run("publish", "server", "--network", "other", "9999:7777")
        try site.host.run("unpublish", "server", "--interface", "eth1", "9999")
    }

    @Test func `needs a firewall and an address of the family`() throws {
        let site = try Site(
            ports: [],
            configure: { configuration in
                configuration["firewallBackend"] = "none"
                configuration["ipMasq"] = false
            }
        )
        #expect(try site.host.refusal("publish", "server", "8888:7777").contains("without a firewall"))
        let single = try TestHost()
        let container = try single.container("web")
        try single.attach(container, .network([.ipv4]))
        let refusal = try single.refusal("publish", "web", "[2001:db8::1]:8888:7777")
        #expect(refusal.contains("\"2001:db8::1\""), "\(refusal)")
        #expect(try single.refusal("publish", "web", "[::1]:8888:7777").contains("forwards nothing from there"))
    }
}
