import PlumbTestSupport
import Testing

/// Something that another program or a careless hand takes away.
private enum Loss: String, CaseIterable, CustomTestStringConvertible {
    case rules, rulesAndChains, oneJump, loopbackGuard
    case forwarding, routeLocalnet
    case bridge, bridgeUp, gatewayAddresses
    case port, hostLinkUp, hairpin, hostMTU, mark
    case containerLinkUp, addresses, routes, loopbackUp, ipv6
    case pair

    var testDescription: String { rawValue }

    func apply(_ site: Site) throws {
        let host = site.host.namespace
        let inside = site.container.namespace
        let end = site.hostEnd
        switch self {
        case .rules: try site.host.flush("-F")
        case .rulesAndChains: try site.host.flush("-F", "-X")
        case .oneJump: try host.require("iptables-legacy", "-t", "nat", "-D", "PREROUTING", "1")
        case .loopbackGuard: try host.require("iptables-legacy", "-t", "raw", "-F", "PREROUTING")
        case .forwarding:
            try host.setSysctl("ipv4/ip_forward", "0")
            try host.setSysctl("ipv6/conf/all/forwarding", "0")
        case .routeLocalnet: try host.setSysctl("ipv4/conf/web0/route_localnet", "0")
        case .bridge: try host.require("ip", "link", "delete", "web0")
        case .bridgeUp: try host.require("ip", "link", "set", "web0", "down")
        case .gatewayAddresses: try host.require("ip", "address", "flush", "dev", "web0", "scope", "global")
        case .port: try host.require("ip", "link", "set", end, "nomaster")
        case .hostLinkUp: try host.require("ip", "link", "set", end, "down")
        case .hairpin: try host.require("ip", "link", "set", end, "type", "bridge_slave", "hairpin", "off")
        case .hostMTU: try host.require("ip", "link", "set", end, "mtu", "1300")
        case .mark: try host.require("ip", "link", "set", end, "alias", "")
        case .containerLinkUp: try inside.require("ip", "link", "set", "eth0", "down")
        case .addresses: try inside.require("ip", "address", "flush", "dev", "eth0", "scope", "global")
        case .routes:
            try inside.require("ip", "-4", "route", "flush", "default")
            try inside.require("ip", "-6", "route", "flush", "default")
        case .loopbackUp: try inside.require("ip", "link", "set", "lo", "down")
        case .ipv6: try inside.setSysctl("ipv6/conf/eth0/disable_ipv6", "1")
        case .pair: try host.require("ip", "link", "delete", end)
        }
    }
}

extension Site {
    fileprivate var hostEnd: String { result["interfaces"][1]["name"].string ?? "" }

    /// What does not work of all that a container with a published port can do.
    fileprivate func faults() throws -> [String] {
        var faults: [String] = []
        func expect(_ name: String, _ answer: Answer, from server: Server) {
            if answer.server != server.name { faults.append("\(name): \(answer)") }
        }
        let outside = try Server("outside", in: host.lan, port: 80, at: Family.allCases.map(\.lan))
        for family in Family.allCases {
            for transport in Transport.allCases {
                let fromLAN = try host.lan.ask(transport, family.host, 8888, limit: .seconds(2))
                expect("\(family) \(transport) from the LAN", fromLAN, from: server)
            }
            let fromItself = try container.namespace.ask(.tcp, family.host, 8888, limit: .seconds(2))
            expect("\(family) from itself", fromItself, from: server)
            let egress = try container.namespace.ask(.tcp, family.lan, 80, limit: .seconds(2))
            expect("\(family) to the LAN", egress, from: outside)
        }
        expect("127.0.0.1", try host.namespace.ask(.tcp, "127.0.0.1", 8888, limit: .seconds(2)), from: server)
        let local = try container.namespace.ask(.tcp, "127.0.0.1", 7777, limit: .seconds(2))
        expect("127.0.0.1 in the sandbox", local, from: server)
        var checked = configuration
        checked["cniVersion"] = "1.0.0"
        checked["prevResult"] = result
        let check = try host.plumb(host.call("CHECK", container, checked))
        if !check.succeeded { faults.append("CHECK: \(check)") }
        return faults
    }
}

extension TestHost {
    /// What `plumb repair` prints; it has to succeed.
    func repair(_ arguments: String...) throws -> [String] {
        let reply = try plumb(PlumbCall(arguments: ["repair"] + arguments))
        guard reply.succeeded, reply.result.errors.isEmpty else { throw TestFailure("plumb repair: \(reply)") }
        return reply.result.output.split(separator: "\n").map(String.init)
    }

    /// Takes rules away in all tables of both families, by options of iptables.
    func flush(_ options: String...) throws {
        for program in ["iptables-legacy", "ip6tables-legacy"] {
            for table in ["raw", "nat", "filter"] {
                for option in options { try namespace.require(program, "-t", table, option) }
            }
        }
    }
}

@Suite struct `plumb repair` {
    @Test func `has nothing to do after ADD, nor without a store`() throws {
        #expect(try TestHost().repair() == [])
        let site = try Site()
        let before = try site.host.state(with: [site.container])
        #expect(try site.host.repair() == [])
        #expect(try site.host.state(with: [site.container]).changes(since: before) == [])
    }

    @Test(arguments: Loss.allCases)
    private func `brings back what was lost, and a dry run only says so`(loss: Loss) throws {
        let site = try Site()
        try loss.apply(site)
        let damaged = try site.host.state(with: [site.container])
        let announced = try site.host.repair("--dry-run")
        #expect(!announced.isEmpty)
        #expect(try site.host.state(with: [site.container]).changes(since: damaged) == [])

        let done = try site.host.repair()
        #expect(done == announced)
        let faults = try site.faults()
        #expect(faults == [])
        #expect(try site.host.repair() == [])
    }

    @Test(arguments: ["delete table inet plumb", "flush ruleset", "flush chain inet plumb forward"])
    func `brings the rules of nftables back`(script: String) throws {
        let site = try Site(.nftables)
        #expect(try site.host.repair() == [])
        let foreign = "add table inet other; add chain inet other input { type filter hook input priority 0; }"
        if script != "flush ruleset" { try site.host.namespace.require("nft", foreign) }
        let before = try site.host.namespace.require("nft", "-s", "list", "ruleset")
        try site.host.namespace.require("nft", script)
        let announced = try site.host.repair("--dry-run")
        #expect(!announced.isEmpty)
        #expect(try site.host.repair() == announced)
        let faults = try site.faults()
        #expect(faults == [])
        #expect(try site.host.repair() == [])
        let after = try site.host.namespace.require("nft", "-s", "list", "ruleset")
        #expect(after.contains("inet other") == before.contains("inet other"))
    }

    @Test func `brings back everything at once`() throws {
        let site = try Site()
        for loss in [Loss.rulesAndChains, .forwarding, .hostMTU, .addresses, .loopbackUp, .bridge] {
            try loss.apply(site)
        }
        let announced = try site.host.repair("--dry-run")
        #expect(try site.host.repair() == announced)
        let faults = try site.faults()
        #expect(faults == [])
        #expect(try site.host.repair() == [])
    }

    @Test func `tells commands that would have done the same`() throws {
        let site = try Site()
        for loss in [Loss.rulesAndChains, .bridge, .addresses, .forwarding, .loopbackUp] { try loss.apply(site) }
        for command in try site.host.repair("--dry-run") {
            try site.host.namespace.require("sh", "-ec", command)
        }
        let faults = try site.faults()
        #expect(faults == [])
        #expect(try site.host.repair() == [])
    }

    @Test func `brings the rules of all networks back in the order of their attachments`() throws {
        let site = try Site()
        let other = try site.host.container("other")
        var configuration = JSON.otherNetwork
        configuration["runtimeConfig"]["portMappings"] = .array(JSON.ports(9999, 7777))
        try site.host.attach(other, configuration)
        let neighbour = try site.neighbour()
        let before = try site.host.firewallRules()
        try site.host.flush("-F", "-X")
        #expect(try !site.host.repair().isEmpty)
        #expect(try site.host.firewallRules() == before)
        extendLifetime(neighbour)
    }

    @Test(arguments: [[Family.ipv4], Family.allCases])
    func `names nothing beside what is different`(families: [Family]) throws {
        let host = try TestHost()
        let container = try host.container("web")
        defer { extendLifetime(container) }
        try host.attach(container, .network(families, ports: JSON.ports(8888, 7777)))
        try host.namespace.require("ip", "link", "set", "web0", "down")
        let setUp = "ip link set dev web0 up"
        let lost = ["ip address add fd00:88::1/64 dev web0 nodad"]
        let lines = try host.repair("--dry-run")
        #expect(lines == [setUp] + (families.contains(.ipv6) ? lost : []), "\(lines)")
    }

    @Test func `leaves rules of others where they are`() throws {
        let site = try Site()
        try site.host.flush("-F")
        let foreign = ["-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT", "-A FORWARD -s 10.1.0.0/16 -j DROP"]
        for rule in foreign {
            try site.host.namespace.require("sh", "-ec", "iptables-legacy \(rule)")
        }
        #expect(try !site.host.repair().isEmpty)
        let rules = try site.host.firewallRules()
        for rule in foreign { #expect(rules.contains("ipv4 filter: \(rule)")) }
        #expect(try site.host.repair() == [])
    }

    @Test func `keeps to the attachments that are named`() throws {
        let site = try Site()
        let neighbour = try site.neighbour()
        for container in [site.container, neighbour] {
            try container.namespace.require("ip", "link", "set", "lo", "down")
        }
        let lines = try site.host.repair("neigh")
        #expect(lines == ["nsenter --net=\(neighbour.namespace.path) ip link set dev lo up"])
        #expect(try site.host.repair(site.hostEnd).count == 1)
        let unknown = try site.host.plumb(PlumbCall(arguments: ["repair", "nobody"]))
        #expect(unknown.result.status == .exited(1))
        #expect(unknown.result.errors.contains("\"nobody\""), "\(unknown)")
        #expect(unknown.result.errors.contains("container neighbour on network web"), "\(unknown)")
    }

    @Test func `refuses a state directory that is none, by name`() throws {
        let host = try TestHost()
        for path in ["/nonexistent/plumb", "/etc/hostname"] {
            let reply = try host.plumb(PlumbCall(arguments: ["repair", "--state-dir", path]))
            #expect(reply.result.status == .exited(1) && reply.result.output.isEmpty, "\(reply)")
            #expect(reply.result.errors.contains("\"\(path)\""), "\(reply)")
        }
        let site = try Site()
        #expect(try site.host.repair("--state-dir", site.host.stateDirectory) == [])
        #expect(try host.repair() == [], "the directory that is usual need not be there yet")
    }

    @Test func `goes on after an error and reports it at the end`() throws {
        let site = try Site()
        let neighbour = try site.neighbour()
        try site.host.flush("-F")
        let claim = "iptables-legacy -t nat -A PLUMB -p tcp --dport 8888 -j DNAT --to-destination 192.0.2.99:1"
        try site.host.namespace.require("sh", "-ec", claim)
        try neighbour.namespace.require("ip", "link", "set", "lo", "down")
        let reply = try site.host.plumb(PlumbCall(arguments: ["repair"]))
        #expect(reply.result.status == .exited(1))
        #expect(reply.result.errors.contains("8888/tcp"), "\(reply)")
        #expect(reply.result.output.contains("ip link set dev lo up"), "\(reply)")
        let outside = try Server("outside", in: site.host.lan, port: 81, at: [Family.ipv4.lan])
        #expect(try neighbour.namespace.ask(.tcp, Family.ipv4.lan, 81).server == outside.name)

        try site.host.namespace.require("sh", "-ec", claim.replacing("-A PLUMB", with: "-D PLUMB"))
        #expect(try !site.host.repair().isEmpty)
        let faults = try site.faults()
        #expect(faults == [])
    }

    @Test func `removes attachments whose sandbox is gone, and gives their addresses back`() throws {
        let host = try TestHost()
        let container = try host.container("web")
        try host.attach(container, .network(Family.allCases, ports: JSON.ports(8888, 7777)))
        container.namespace.close()
        #expect(try eventually { try host.namespace.ip("link", "show", "type", "veth").elements.count == 1 })
        let expected = ["remove eth0 of container web on network web: its sandbox is gone"]
        #expect(try host.repair("--dry-run") == expected)
        #expect(try host.remains() != [])
        #expect(try host.repair() == expected)
        #expect(try host.remains() == [])
        #expect(try host.repair() == [])
    }

    @Test func `lets a UDP flow that went astray meanwhile find its way again`() throws {
        let site = try Site()
        try site.host.flush("-F")
        let client = try Flow(to: Family.ipv4.host, 8888, in: site.host.lan)
        #expect(!client.ask(limit: .milliseconds(400)).isAnswer)
        #expect(try !site.host.repair().isEmpty)
        #expect(client.ask().server == "server")
    }
}
