import PlumbTestSupport
import Testing

@Suite struct `Traffic of containers` {
    @Test(arguments: Family.allCases, Way.allCases)
    func `goes from one to another as it is`(family: Family, way: Way) throws {
        let site = try Site(way.backend, ports: [])
        let neighbour = try site.neighbour()
        let answer = try neighbour.namespace.ask(way.transport, family.container(0), 7777)
        #expect(answer == .from("server", sawPeer: family.container(1)))
    }

    @Test(arguments: Family.allCases, Way.allCases)
    func `leaves the host with the host's address`(family: Family, way: Way) throws {
        let site = try Site(way.backend, ports: [])
        let outside = try Server("outside", in: site.host.lan, port: 80, at: [family.lan, family.internet])
        let answer = Answer.from(outside.name, sawPeer: family.host)
        #expect(try site.container.namespace.ask(way.transport, family.lan, 80) == answer)
        #expect(try site.container.namespace.ask(way.transport, family.internet, 80) == answer)
    }

    /// A port of the container's choice may stay by chance, but not three of them.
    @Test(arguments: Backend.allCases, [true, false])
    func `leaves the host from random ports unless that is switched off`(backend: Backend, isRandom: Bool) throws {
        for family in Family.allCases { try expectPorts(of: family, backend, areRandom: isRandom) }
    }

    private func expectPorts(of family: Family, _ backend: Backend, areRandom isRandom: Bool) throws {
        let site = try Site(backend, ports: [], configure: { $0["ipMasqRandomFully"] = .bool(isRandom) })
        let outside = try Server("outside", in: site.host.lan, port: 80, at: [family.lan])
        for _ in 0..<3 {
            #expect(try site.container.namespace.ask(.tcp, family.lan, 80).server == outside.name)
        }
        let program = ["conntrack", "-L", "-p", "tcp", "-f", "\(family)"]
        let connections = try Command(program).run(in: site.host.namespace).output.split(separator: "\n")
        let isKept = connections.map { connection in
            // The tuple of the way there comes first, then that of the answers.
            let fields = connection.split(separator: " ")
            let source = fields.first { $0.hasPrefix("sport=") }?.dropFirst("sport=".count)
            let answered = fields.last { $0.hasPrefix("dport=") }?.dropFirst("dport=".count)
            return source == answered
        }
        #expect(isKept.count == 3 && isKept.contains(false) == isRandom, "\(connections)")
    }

    @Test(arguments: Family.allCases, Way.allCases)
    func `leaves the host as it is without masquerading`(family: Family, way: Way) throws {
        let site = try Site(way.backend, ports: [], configure: { $0["ipMasq"] = false })
        try site.host.lan.require("ip", "route", "add", family.subnet, "via", family.host)
        let outside = try Server("outside", in: site.host.lan, port: 80, at: [family.lan])
        let answer = try site.container.namespace.ask(way.transport, family.lan, 80)
        #expect(answer == .from(outside.name, sawPeer: family.container(0)))
    }

    @Test(arguments: Family.allCases, Way.allCases)
    func `reaches the host, and the host reaches them`(family: Family, way: Way) throws {
        let site = try Site(way.backend, ports: [])
        let server = try Server("host", in: site.host.namespace, port: 80, at: [family.gateway, family.host])
        #expect(try site.container.namespace.ask(way.transport, family.gateway, 80).server == server.name)
        #expect(try site.container.namespace.ask(way.transport, family.host, 80).server == server.name)
        #expect(try site.host.namespace.ask(way.transport, family.container(0), 7777).server == "server")
    }

    @Test(arguments: Family.allCases, Backend.allCases)
    func `is kept apart between networks`(family: Family, backend: Backend) throws {
        let site = try Site(backend, ports: [])
        let stranger = try site.host.container("stranger")
        try site.host.attach(stranger, site.otherNetwork)
        #expect(try !stranger.namespace.askInVain(.tcp, family.container(0), 7777).isAnswer)
    }

    @Test(arguments: Family.allCases, Backend.allCases)
    func `is kept apart on a network that isolates its containers`(family: Family, backend: Backend) throws {
        let site = try Site(backend, configure: { $0["ingressPolicy"] = "isolated" })
        let neighbour = try site.neighbour()
        for (address, port): (String, UInt16) in [(family.container(0), 7777), (family.host, 8888)] {
            let answer = try neighbour.namespace.askInVain(.tcp, address, port)
            #expect(!answer.isAnswer, "\(address):\(port)")
        }
        #expect(try site.host.lan.ask(.tcp, family.host, 8888).server == "server")
        let outside = try Server("outside", in: site.host.lan, port: 80, at: [family.lan])
        #expect(try neighbour.namespace.ask(.tcp, family.lan, 80) == .from(outside.name, sawPeer: family.host))
    }

    @Test(arguments: Backend.allCases, ["open", "same-bridge", "protected"])
    func `flows within a network and not between two, but for published ports`(
        backend: Backend,
        policy: String
    ) throws {
        for family in Family.allCases { try expectFlows(of: family, backend, policy: policy) }
    }

    private func expectFlows(of family: Family, _ backend: Backend, policy: String) throws {
        let site = try Site(backend, configure: { $0["ingressPolicy"] = .string(policy) })
        let neighbour = try site.neighbour()
        #expect(try neighbour.namespace.ask(.tcp, family.container(0), 7777).server == "server")
        let stranger = try site.host.container("stranger")
        try site.host.attach(stranger, site.otherNetwork)
        #expect(try !stranger.namespace.askInVain(.tcp, family.container(0), 7777).isAnswer)
        #expect(try stranger.namespace.ask(.tcp, family.host, 8888).server == "server")
        #expect(try stranger.namespace.ask(.tcp, family.gateway, 8888).server == "server")
    }

    @Test(arguments: Family.allCases, Backend.allCases)
    func `is kept apart on a network with port isolation`(family: Family, backend: Backend) throws {
        let site = try Site(backend, ports: JSON.ports(8888, 7777), configure: { $0["portIsolation"] = true })
        let neighbour = try site.neighbour()
        #expect(try !neighbour.namespace.askInVain(.tcp, family.container(0), 7777).isAnswer)
        #expect(try site.host.lan.ask(.tcp, family.host, 8888).server == "server")
    }
}
