import PlumbTestSupport
import Testing

@Suite struct `A bridge that plumb does not have to itself` {
    @Test(arguments: Backend.allCases)
    func `keeps the rules of a network when another one on it ends`(backend: Backend) throws {
        let site = try Site(backend, configure: { $0["ingressPolicy"] = "protected" })
        let lan = site.host.lan
        try lan.require("ip", "route", "add", Family.ipv4.subnet, "via", Family.ipv4.host)
        var configuration = site.configuration
        configuration["name"] = "guests"
        configuration["removeWhenEmpty"] = true
        configuration["runtimeConfig"] = .null
        configuration["ipam"] = ["ranges": [[["subnet": "10.88.0.0/24", "rangeStart": "10.88.0.100"]]]]
        let guest = try site.host.container("guest")
        try site.host.attach(guest, configuration)
        try site.host.detach(guest, configuration)

        #expect(try !lan.askInVain(.tcp, Family.ipv4.container(0), 7777).isAnswer)
        #expect(try lan.ask(.tcp, Family.ipv4.host, 8888).server == "server")
        let outside = try Server("outside", in: lan, port: 80, at: [Family.ipv4.lan])
        let answer = try site.container.namespace.ask(.tcp, Family.ipv4.lan, 80)
        #expect(answer == .from(outside.name, sawPeer: Family.ipv4.host))
    }

    @Test(arguments: Backend.allCases)
    func `keeps the guard of 127-0-0-0 while somebody else is a port of it`(backend: Backend) throws {
        let host = try TestHost()
        let (container, stranger) = (try host.container("web"), try host.container("stranger"))
        try host.namespace.require("ip", "link", "add", "web0", "type", "bridge")
        let link = ["ip", "link", "add", "strange0", "master", "web0", "type", "veth", "peer", "name", "eth0"]
        try host.namespace.requireAll([
            link + ["netns", "\(stranger.namespace.pid)"], ["ip", "link", "set", "strange0", "up"],
        ])
        try stranger.namespace.requireAll([
            ["ip", "address", "add", "10.88.0.200/24", "dev", "eth0"], ["ip", "link", "set", "eth0", "up"],
        ])
        var configuration = JSON.network(ports: JSON.ports(8888, 7777))
        configuration["firewallBackend"] = .string(backend.rawValue)
        configuration["removeWhenEmpty"] = true
        let service = try Server("service", in: host.namespace, port: 80, at: ["127.0.0.1"])
        try host.attach(container, configuration)
        try host.detach(container, configuration)

        try stranger.namespace.sendLoopback(to: Family.ipv4.gateway)
        func ask() throws -> Answer {
            try stranger.namespace.askInVain(.tcp, "127.0.0.1", 80, from: "10.88.0.200")
        }
        #expect(try ask() == .silence)
        try host.namespace.require("iptables-legacy", "-t", "raw", "-F")
        try host.namespace.require("nft", "flush", "ruleset")
        #expect(try ask().server == service.name, "without plumb's rule the test would have found it open")
    }

    @Test func `is not removed when it was there before`() throws {
        let host = try TestHost()
        try host.namespace.require("ip", "link", "add", "web0", "type", "bridge")
        let container = try host.container("web")
        var configuration = JSON.network(ports: JSON.ports(8888, 7777))
        configuration["removeWhenEmpty"] = true
        try host.attach(container, configuration)
        try host.detach(container, configuration)
        #expect(try host.namespace.ip("link", "show", "web0").elements.count == 1)
        #expect(try host.namespace.require("sysctl", "-n", "net.ipv4.conf.web0.route_localnet") == "0\n")
        #expect(try host.firewallRules() == [])
    }

    @Test(arguments: Backend.allCases)
    func `is made again when the last of the dead took it along`(backend: Backend) throws {
        let host = try TestHost()
        let first = try host.container("first")
        var configuration = JSON.network(Family.allCases, ports: JSON.ports(8888, 7777))
        configuration["firewallBackend"] = .string(backend.rawValue)
        configuration["removeWhenEmpty"] = true
        try host.attach(first, configuration)
        first.namespace.close()
        let second = try host.container("second")
        try host.attach(second, configuration)
        let server = try Server("second", in: second.namespace, port: 7777)
        #expect(try host.lan.ask(.tcp, Family.ipv4.host, 8888).server == server.name)
    }
}

extension Namespace {
    fileprivate func requireAll(_ commands: [[String]]) throws {
        for command in commands {
            let result = try Command(command).run(in: self)
            guard result.succeeded else { throw TestFailure("\(command.joined(separator: " ")): \(result.errors)") }
        }
    }
}
