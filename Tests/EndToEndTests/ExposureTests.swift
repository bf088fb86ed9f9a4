import PlumbTestSupport
import Testing

@Suite struct `What must stay closed` {
    @Test(arguments: Way.allCases)
    func `ports at 127-0-0-1 are not reached from the LAN`(way: Way) throws {
        let site = try Site(way.backend, ports: JSON.ports(8888, 7777, at: "127.0.0.1") + JSON.ports(9999, 7777))
        try site.host.lan.sendLoopback(to: Family.ipv4.host)
        func ask(_ port: UInt16) throws -> Answer {
            try site.host.lan.askInVain(way.transport, "127.0.0.1", port, from: Family.ipv4.lan)
        }
        for port: UInt16 in [8888, 9999] { #expect(try ask(port) == .silence, "port \(port)") }
        #expect(try site.host.namespace.ask(way.transport, "127.0.0.1", 8888).server == "server")

        try site.host.namespace.openLoopback(way.backend)
        #expect(try ask(8888).isAnswer, "without plumb's rule the test would have found it open")
    }

    @Test(arguments: Way.allCases)
    func `services of the host at 127-0-0-1 are not reached from containers`(way: Way) throws {
        let site = try Site(way.backend)
        let service = try Server("service", in: site.host.namespace, port: 80, at: ["127.0.0.1"])
        #expect(try site.host.namespace.ask(way.transport, "127.0.0.1", 80).server == service.name)
        try site.container.namespace.sendLoopback(to: Family.ipv4.gateway)
        func ask() throws -> Answer {
            try site.container.namespace.askInVain(way.transport, "127.0.0.1", 80, from: Family.ipv4.container(0))
        }
        #expect(try ask() == .silence)

        try site.host.namespace.openLoopback(way.backend)
        #expect(try ask().isAnswer, "without plumb's rule the test would have found it open")
    }

    @Test(arguments: Family.allCases, Way.allCases)
    func `containers of a protected network are not reached by a route to their subnet`(
        family: Family,
        way: Way
    ) throws {
        let site = try Site(way.backend, configure: { $0["ingressPolicy"] = "protected" })
        try site.host.lan.require("ip", "route", "add", family.subnet, "via", family.host)
        let unpublished = try Server("unpublished", in: site.container.namespace, port: 7000)
        for port: UInt16 in [7000, 7777] {
            #expect(try !site.host.lan.askInVain(way.transport, family.container(0), port).isAnswer, "port \(port)")
        }
        #expect(try site.host.namespace.ask(way.transport, family.container(0), 7000).server == unpublished.name)
        #expect(try site.host.lan.ask(way.transport, family.host, 8888).server == "server")
        let outside = try Server("outside", in: site.host.lan, port: 80, at: [family.lan])
        #expect(try site.container.namespace.ask(way.transport, family.lan, 80).server == outside.name)
    }

    /// What the host's own address does not answer, the container's must not either.
    @Test(arguments: Way.allCases)
    func `ports at 127-0-0-1 of a protected network are not reached by a route to the container`(
        way: Way
    ) throws {
        let site = try Site(
            way.backend,
            ports: JSON.ports(8888, 7777, at: "127.0.0.1"),
            configure: { $0["ingressPolicy"] = "protected" }
        )
        let family = Family.ipv4
        try site.host.lan.require("ip", "route", "add", family.subnet, "via", family.host)
        for (address, port): (String, UInt16) in [(family.container(0), 7777), (family.gateway, 8888)] {
            #expect(try !site.host.lan.askInVain(way.transport, address, port).isAnswer, "\(address):\(port)")
        }
        #expect(try site.host.namespace.ask(way.transport, "127.0.0.1", 8888).server == "server")
    }

    @Test(arguments: Family.allCases, Way.allCases)
    func `containers of an open network are reached by a route to their subnet`(
        family: Family,
        way: Way
    ) throws {
        let site = try Site(way.backend)
        try site.host.lan.require("ip", "route", "add", family.subnet, "via", family.host)
        #expect(try site.host.lan.ask(way.transport, family.container(0), 7777).server == "server")
    }

    /// A rule above plumb's own that lets a connection in, and one behind it that closes everything else.
    @Test(arguments: Family.allCases, Backend.allCases)
    func `what the administrator decides in the user chain goes before what plumb decides`(
        family: Family,
        backend: Backend
    ) throws {
        let site = try Site(backend, configure: { $0["ingressPolicy"] = "protected" })
        try site.host.lan.require("ip", "route", "add", family.subnet, "via", family.host)
        #expect(try !site.host.lan.askInVain(.tcp, family.container(0), 7777).isAnswer)
        let chain = UserChain(backend, family, site.host.namespace)
        try chain.insert(
            iptables: "-i uplink0 -p tcp --dport 7777 -j ACCEPT",
            nft: "iifname uplink0 tcp dport 7777 accept"
        )
        #expect(try site.host.lan.ask(.tcp, family.container(0), 7777).server == "server")

        // Neither a network that comes and goes nor the end of the last one touches the chain.
        let other = try site.host.container("other")
        var configuration = site.otherNetwork
        configuration["removeWhenEmpty"] = true
        try site.host.attach(other, configuration)
        try site.host.detach(other, configuration)
        #expect(try site.host.lan.ask(.tcp, family.container(0), 7777).server == "server")
        #expect(try chain.rules().contains("dport 7777"))
    }

    @Test(arguments: Family.allCases, Backend.allCases)
    func `the user chain stays as long as it has rules of the administrator`(
        family: Family,
        backend: Backend
    ) throws {
        let site = try Site(backend, configure: { $0["removeWhenEmpty"] = true })
        let chain = UserChain(backend, family, site.host.namespace)
        try chain.insert(iptables: "-i uplink0 -j DROP", nft: "iifname uplink0 drop")
        try site.host.detach(site.container, site.configuration)
        #expect(try chain.rules().contains("uplink0"))
        try site.host.attach(site.container, site.configuration)
        #expect(try !site.host.lan.askInVain(.tcp, family.host, 8888).isAnswer)
    }

    @Test(arguments: Family.allCases, Backend.allCases)
    func `ports that the administrator has closed in the user chain`(family: Family, backend: Backend) throws {
        let site = try Site(backend)
        try UserChain(backend, family, site.host.namespace).insert(
            iptables: "-i uplink0 -p tcp -m conntrack --ctorigdstport 8888 -j DROP",
            nft: "iifname uplink0 meta l4proto tcp ct original proto-dst 8888 drop"
        )
        let other = try site.host.container("other")
        var configuration = site.configuration
        configuration["runtimeConfig"]["portMappings"] = [.port(9999, 80)]
        try site.host.attach(other, configuration)
        try site.host.detach(other, configuration)
        #expect(try !site.host.lan.askInVain(.tcp, family.host, 8888).isAnswer)
        #expect(try site.host.namespace.ask(.tcp, family.host, 8888).server == "server")
        #expect(try site.host.lan.ask(.udp, family.host, 8888).server == "server")
    }
}

/// The chain for rules of the administrator.
private struct UserChain {
    private let backend: Backend
    private let program: String
    private let namespace: Namespace

    init(_ backend: Backend, _ family: Family, _ namespace: Namespace) {
        self.backend = backend
        self.namespace = namespace
        program = family == .ipv4 ? "iptables-legacy" : "ip6tables-legacy"
    }

    func insert(iptables: String, nft: String) throws {
        let words =
            switch backend {
            case .iptables: [program, "-I", "PLUMB-USER"] + iptables.split(separator: " ").map(String.init)
            case .nftables:
                ["nft", "insert", "rule", "inet", "plumb", "user"] + nft.split(separator: " ").map(String.init)
            }
        let insertion = try Command(words).run(in: namespace)
        guard insertion.succeeded else { throw TestFailure("\(words): \(insertion)") }
    }

    func rules() throws -> String {
        switch backend {
        case .iptables: try namespace.require(program, "-S", "PLUMB-USER")
        case .nftables: try namespace.require("nft", "list", "chain", "inet", "plumb", "user")
        }
    }
}

extension Namespace {
    /// Takes away what guards 127.0.0.0/8.
    fileprivate func openLoopback(_ backend: Backend) throws {
        switch backend {
        case .iptables: try require("iptables-legacy", "-t", "raw", "-F")
        case .nftables: try require("nft", "flush", "chain", "inet", "plumb", "guard")
        }
    }

    /// Sends packets for 127.0.0.1 to somebody else, as an attacker on the same link can.
    func sendLoopback(to address: String) throws {
        for interface in ["all", "default"] { try setSysctl("ipv4/conf/\(interface)/route_localnet", "1") }
        // 127/8 is a host's own in the table "local", which would be asked first.
        try require("ip", "rule", "add", "pref", "100", "lookup", "local")
        try require("ip", "rule", "del", "pref", "0")
        try require("ip", "rule", "add", "pref", "10", "to", "127.0.0.1", "lookup", "10")
        try require("ip", "route", "add", "127.0.0.1", "via", address, "table", "10")
    }
}
