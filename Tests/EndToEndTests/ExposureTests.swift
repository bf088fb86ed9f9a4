import PlumbTestSupport
import Testing

@Suite struct `What must stay closed` {
    @Test(arguments: Transport.allCases)
    func `ports at 127-0-0-1 are not reached from the LAN`(transport: Transport) throws {
        let site = try Site(ports: JSON.ports(8888, 7777, at: "127.0.0.1") + JSON.ports(9999, 7777))
        try site.host.lan.sendLoopback(to: Family.ipv4.host)
        func ask(_ port: UInt16) throws -> Answer {
            try site.host.lan.askInVain(transport, "127.0.0.1", port, from: Family.ipv4.lan)
        }
        for port: UInt16 in [8888, 9999] { #expect(try ask(port) == .silence, "port \(port)") }
        #expect(try site.host.namespace.ask(transport, "127.0.0.1", 8888).server == "server")

        try site.host.namespace.require("iptables-legacy", "-t", "raw", "-F")
        #expect(try ask(8888).isAnswer, "without plumb's rule the test would have found it open")
    }

    @Test(arguments: Transport.allCases)
    func `services of the host at 127-0-0-1 are not reached from containers`(transport: Transport) throws {
        let site = try Site()
        let service = try Server("service", in: site.host.namespace, port: 80, at: ["127.0.0.1"])
        #expect(try site.host.namespace.ask(transport, "127.0.0.1", 80).server == service.name)
        try site.container.namespace.sendLoopback(to: Family.ipv4.gateway)
        func ask() throws -> Answer {
            try site.container.namespace.askInVain(transport, "127.0.0.1", 80, from: Family.ipv4.container(0))
        }
        #expect(try ask() == .silence)

        try site.host.namespace.require("iptables-legacy", "-t", "raw", "-F")
        #expect(try ask().isAnswer, "without plumb's rule the test would have found it open")
    }

    @Test(arguments: Family.allCases, Transport.allCases)
    func `containers of a protected network are not reached by a route to their subnet`(
        family: Family,
        transport: Transport
    ) throws {
        let site = try Site(configure: { $0["ingressPolicy"] = "protected" })
        try site.host.lan.require("ip", "route", "add", family.subnet, "via", family.host)
        let unpublished = try Server("unpublished", in: site.container.namespace, port: 7000)
        for port: UInt16 in [7000, 7777] {
            #expect(try !site.host.lan.askInVain(transport, family.container(0), port).isAnswer, "port \(port)")
        }
        #expect(try site.host.namespace.ask(transport, family.container(0), 7000).server == unpublished.name)
        #expect(try site.host.lan.ask(transport, family.host, 8888).server == "server")
        let outside = try Server("outside", in: site.host.lan, port: 80, at: [family.lan])
        #expect(try site.container.namespace.ask(transport, family.lan, 80).server == outside.name)
    }

    /// What the host's own address does not answer, the container's must not either.
    @Test(arguments: Transport.allCases)
    func `ports at 127-0-0-1 of a protected network are not reached by a route to the container`(
        transport: Transport
    ) throws {
        let site = try Site(
            ports: JSON.ports(8888, 7777, at: "127.0.0.1"),
            configure: { $0["ingressPolicy"] = "protected" }
        )
        let family = Family.ipv4
        try site.host.lan.require("ip", "route", "add", family.subnet, "via", family.host)
        for (address, port): (String, UInt16) in [(family.container(0), 7777), (family.gateway, 8888)] {
            #expect(try !site.host.lan.askInVain(transport, address, port).isAnswer, "\(address):\(port)")
        }
        #expect(try site.host.namespace.ask(transport, "127.0.0.1", 8888).server == "server")
    }

    @Test(arguments: Family.allCases, Transport.allCases)
    func `containers of an open network are reached by a route to their subnet`(
        family: Family,
        transport: Transport
    ) throws {
        let site = try Site()
        try site.host.lan.require("ip", "route", "add", family.subnet, "via", family.host)
        #expect(try site.host.lan.ask(transport, family.container(0), 7777).server == "server")
    }

    /// A rule above plumb's own that lets a connection in, and one behind it that closes everything else.
    @Test(arguments: Family.allCases)
    func `what the administrator decides in the user chain goes before what plumb decides`(family: Family) throws {
        let site = try Site(configure: { $0["ingressPolicy"] = "protected" })
        try site.host.lan.require("ip", "route", "add", family.subnet, "via", family.host)
        let program = family == .ipv4 ? "iptables-legacy" : "ip6tables-legacy"
        let rule = ["-i", "uplink0", "-p", "tcp", "--dport", "7777", "-j", "ACCEPT"]
        #expect(try !site.host.lan.askInVain(.tcp, family.container(0), 7777).isAnswer)
        let insertion = Command([program, "-I", "PLUMB-USER"] + rule)
        #expect(try insertion.run(in: site.host.namespace).succeeded)
        #expect(try site.host.lan.ask(.tcp, family.container(0), 7777).server == "server")

        // Neither a network that comes and goes nor the end of the last one touches the chain.
        let other = try site.host.container("other")
        var configuration = JSON.otherNetwork
        configuration["removeWhenEmpty"] = true
        try site.host.attach(other, configuration)
        try site.host.detach(other, configuration)
        #expect(try site.host.lan.ask(.tcp, family.container(0), 7777).server == "server")
        #expect(try site.host.namespace.require(program, "-S", "PLUMB-USER").contains("--dport 7777 -j ACCEPT"))
    }

    @Test(arguments: Family.allCases)
    func `ports that the administrator has closed in the user chain`(family: Family) throws {
        let site = try Site()
        let program = family == .ipv4 ? "iptables-legacy" : "ip6tables-legacy"
        try site.host.namespace.require(
            program,
            "-I",
            "PLUMB-USER",
            "-i",
            "uplink0",
            "-p",
            "tcp",
            "-m",
            "conntrack",
            "--ctorigdstport",
            "8888",
            "-j",
            "DROP"
        )
        let other = try site.host.container("other")
        try site.host.attach(other, .network(Family.allCases, ports: [.port(9999, 80)]))
        try site.host.detach(other, .network(Family.allCases))
        #expect(try !site.host.lan.askInVain(.tcp, family.host, 8888).isAnswer)
        #expect(try site.host.namespace.ask(.tcp, family.host, 8888).server == "server")
        #expect(try site.host.lan.ask(.udp, family.host, 8888).server == "server")
    }
}

extension Namespace {
    /// Sends packets for 127.0.0.1 to somebody else, as an attacker on the same link can.
    fileprivate func sendLoopback(to address: String) throws {
        for interface in ["all", "default"] { try setSysctl("ipv4/conf/\(interface)/route_localnet", "1") }
        // 127/8 is a host's own in the table "local", which would be asked first.
        try require("ip", "rule", "add", "pref", "100", "lookup", "local")
        try require("ip", "rule", "del", "pref", "0")
        try require("ip", "rule", "add", "pref", "10", "to", "127.0.0.1", "lookup", "10")
        try require("ip", "route", "add", "127.0.0.1", "via", address, "table", "10")
    }
}
