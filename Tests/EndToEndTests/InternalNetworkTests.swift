import PlumbTestSupport
import Testing

/// An internal network, with chains of plumb's own and of Docker's names.
@Suite struct `An internal network` {
    static let prefixes = ["PLUMB", "DOCKER"]

    private static func site(_ prefix: String = "PLUMB") throws -> Site {
        try Site(
            ports: [],
            configure: { configuration in
                configuration["internal"] = true
                configuration["chainPrefix"] = .string(prefix)
            }
        )
    }

    /// Attaches a container to another network, which publishes 8888; so the host forwards packets.
    private static func publisher(_ host: TestHost, _ prefix: String) throws -> Container {
        let container = try host.container("publisher")
        var configuration = JSON.otherNetwork
        configuration["chainPrefix"] = .string(prefix)
        configuration["runtimeConfig"]["portMappings"] = .array(JSON.ports(8888, 7777))
        try host.attach(container, configuration)
        return container
    }

    @Test(arguments: Family.allCases, Transport.allCases)
    func `lets its containers and the host reach each other`(family: Family, transport: Transport) throws {
        let site = try Self.site()
        let neighbour = try site.neighbour()
        let answer = try neighbour.namespace.ask(transport, family.container(0), 7777)
        #expect(answer == .from("server", sawPeer: family.container(1)))
        #expect(try site.host.namespace.ask(transport, family.container(0), 7777).server == "server")
        let server = try Server("host", in: site.host.namespace, port: 80, at: [family.gateway])
        #expect(try neighbour.namespace.ask(transport, family.gateway, 80).server == server.name)
    }

    @Test(arguments: prefixes, Family.allCases)
    func `lets its containers reach nothing else, whatever their routes are`(prefix: String, family: Family) throws {
        let site = try Self.site(prefix)
        let publisher = try Self.publisher(site.host, prefix)
        let others = [
            try Server("outside", in: site.host.lan, port: 80, at: [family.lan, family.internet]),
            try Server("publisher", in: publisher.namespace, port: 7777),
        ]
        try site.container.namespace.require("ip", "route", "add", family.everything, "via", family.gateway)
        try site.host.lan.require("ip", "route", "add", family.subnet, "via", family.host)
        let targets: [(String, UInt16)] = [
            (family.lan, 80), (family.internet, 80), (family == .ipv4 ? "10.99.0.2" : "fd00:99::2", 7777),
            (family.host, 8888), (family.gateway, 8888),
        ]
        for (address, port) in targets {
            let answer = try site.container.namespace.askInVain(.tcp, address, port)
            #expect(!answer.isAnswer, "\(address):\(port)")
        }
        #expect(try site.host.lan.ask(.tcp, family.host, 8888).server == others[1].name)

        try Self.openStage1(of: prefix, family, on: site.host)
        let answer = try site.container.namespace.ask(.udp, family.lan, 80)
        #expect(answer.isAnswer, "without plumb's rules the test would have found it open")
    }

    @Test(arguments: prefixes, Family.allCases)
    func `lets nobody else reach its containers, whatever their routes are`(prefix: String, family: Family) throws {
        let site = try Self.site(prefix)
        let publisher = try Self.publisher(site.host, prefix)
        try site.container.namespace.require("ip", "route", "add", family.everything, "via", family.gateway)
        try site.host.lan.require("ip", "route", "add", family.subnet, "via", family.host)
        for transport in Transport.allCases {
            let address = family.container(0)
            #expect(try !site.host.lan.askInVain(transport, address, 7777).isAnswer, "from the LAN")
            #expect(try !publisher.namespace.askInVain(transport, address, 7777).isAnswer, "from another network")
        }

        try Self.openStage1(of: prefix, family, on: site.host)
        let answer = try site.host.lan.ask(.udp, family.container(0), 7777)
        #expect(answer.isAnswer, "without plumb's rules the test would have found it open")
    }

    private static func openStage1(of prefix: String, _ family: Family, on host: TestHost) throws {
        let program = family == .ipv4 ? "iptables-legacy" : "ip6tables-legacy"
        try host.namespace.require(program, "-F", "\(prefix)-ISOLATION-STAGE-1")
    }

    @Test func `needs no forwarding, no translation and no default route`() throws {
        let site = try Self.site()
        #expect(try site.host.namespace.sysctl("ipv4/ip_forward") == "0")
        #expect(try site.host.namespace.sysctl("ipv4/conf/web0/route_localnet") == "0")
        #expect(try !site.host.firewallRules().contains { $0.contains(" nat: ") || $0.contains(" raw: ") })
        for family in Family.allCases {
            let routes = try site.container.namespace.ip(family == .ipv4 ? "-4" : "-6", "route", "show", "default")
            #expect(routes.elements.isEmpty, "\(family): \(routes)")
        }
        var configuration = site.configuration
        configuration["cniVersion"] = "1.1.0"
        let status = try site.host.plumb(PlumbCall("STATUS", configuration: "\(configuration)"))
        #expect(status.succeeded, "\(status)")
    }

    @Test(arguments: Family.allCases)
    func `leaves the default route to another network of the container`(family: Family) throws {
        let site = try Self.site()
        try site.host.attach(site.container, .otherNetwork, interface: "eth1")
        let outside = try Server("outside", in: site.host.lan, port: 80, at: [family.lan])
        #expect(try site.container.namespace.ask(.tcp, family.lan, 80) == .from(outside.name, sawPeer: family.host))
    }

    @Test(arguments: prefixes) func `leaves nothing when it goes`(prefix: String) throws {
        let host = try TestHost()
        let before = try host.firewallRules()
        let container = try host.container("web")
        var configuration = JSON.network(Family.allCases)
        configuration["internal"] = true
        configuration["chainPrefix"] = .string(prefix)
        configuration["removeWhenEmpty"] = true
        try host.attach(container, configuration)
        #expect(try host.firewallRules() != before)
        try host.detach(container, configuration)
        #expect(try host.firewallRules() == before)
    }

    @Test func `can be made by a variable`() throws {
        let host = try TestHost()
        let container = try host.container("web")
        var call = PlumbCall("ADD", container: container.id, environment: ["PLUMB_INTERNAL": "true"])
        call.sandbox = "\(container.namespace.pid)"
        let reply = try host.plumb(call)
        #expect(reply.succeeded, "\(reply)")
        #expect(try host.firewallRules().contains { $0.hasSuffix("! -i plumb0 -o plumb0 -j DROP") })
    }
}
