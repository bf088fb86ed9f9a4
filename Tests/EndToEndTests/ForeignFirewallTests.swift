import PlumbTestSupport
import Testing

/// plumb beside the firewall of another program that drops what it does not know.
@Suite struct `Beside a firewall that drops forwarded packets` {
    private static func site(_ backend: Backend, _ firewall: ForeignFirewall) throws -> Site {
        try Site(
            prepare: { try firewall.start(on: $0) },
            configure: { configuration in
                configuration["firewallBackend"] = .string(backend.rawValue)
                configuration["removeWhenEmpty"] = true
            }
        )
    }

    /// Asks for everything that should pass: to the published port from outside and from the host, and out again.
    private func expectPassage(_ site: Site, _ moment: String) throws {
        let outside = try Server("outside", in: site.host.lan, port: 80, at: Family.allCases.map(\.lan))
        for family in Family.allCases {
            for transport in Transport.allCases {
                let name = "\(moment): \(family) \(transport)"
                #expect(try site.host.lan.ask(transport, family.host, 8888).server == "server", "\(name), from outside")
                let answer = try site.container.namespace.ask(transport, family.lan, 80)
                #expect(answer == .from(outside.name, sawPeer: family.host), "\(name), from the container")
                #expect(try site.host.namespace.ask(transport, family.host, 8888).server == "server", "\(name), here")
            }
        }
        for transport in Transport.allCases {
            #expect(try site.host.namespace.ask(transport, "127.0.0.1", 8888).server == "server", "\(moment)")
        }
    }

    @Test(arguments: Backend.allCases, ForeignFirewall.allCases)
    func `published ports and the way out are open, and nothing else is`(
        backend: Backend,
        firewall: ForeignFirewall
    ) throws {
        let site = try Self.site(backend, firewall)
        try expectPassage(site, "after ADD")
        let unpublished = try Server("unpublished", in: site.container.namespace, port: 7778)
        for family in Family.allCases {
            #expect(try site.host.namespace.ask(.tcp, family.container(0), 7778).server == unpublished.name)
            try site.host.lan.require("ip", "route", "add", family.subnet, "via", family.host)
            for transport in Transport.allCases {
                let answer = try site.host.lan.askInVain(transport, family.container(0), 7778)
                #expect(!answer.isAnswer, "\(family) \(transport) to a port that is not published")
            }
        }
    }

    @Test(arguments: Backend.allCases, ForeignFirewall.allCases)
    func `its rules stay as they are, and plumb leaves none`(backend: Backend, firewall: ForeignFirewall) throws {
        let host = try TestHost()
        try firewall.start(on: host)
        let before = try firewall.rules(on: host)
        let everything = try host.rulesOfAll()
        let container = try host.container("web")
        var configuration = JSON.network(Family.allCases, ports: JSON.ports(8888, 7777))
        configuration["firewallBackend"] = .string(backend.rawValue)
        configuration["removeWhenEmpty"] = true
        try host.attach(container, configuration)
        if firewall != .legacy { #expect(try firewall.rules(on: host) == before) }
        #expect(try host.rulesOfAll() != everything)
        try host.detach(container, configuration)
        #expect(try host.rulesOfAll() == everything)
    }

    @Test(arguments: Backend.allCases, ForeignFirewall.allCases)
    func `a collection of garbage leaves none either`(backend: Backend, firewall: ForeignFirewall) throws {
        let site = try Self.site(backend, firewall)
        site.container.namespace.close()
        var configuration = site.configuration
        configuration["cniVersion"] = "1.1.0"
        configuration["cni.dev/valid-attachments"] = []
        let reply = try site.host.plumb(PlumbCall("GC", configuration: "\(configuration)"))
        #expect(reply.succeeded, "\(reply)")
        #expect(try !site.host.rulesOfAll().contains { $0.contains("web0") })
    }

    @Test(arguments: Backend.allCases, ForeignFirewall.allCases)
    func `the next ADD puts back what a reload took away`(backend: Backend, firewall: ForeignFirewall) throws {
        let site = try Self.site(backend, firewall)
        try firewall.restart(on: site.host)
        #expect(try !site.container.namespace.askInVain(.udp, Family.ipv4.lan, 80).isAnswer)
        _ = try site.neighbour()
        try expectPassage(site, "after a reload")
    }

    @Test(arguments: Backend.allCases, ForeignFirewall.allCases)
    func `the next ADD gets past a rule that was put on top`(backend: Backend, firewall: ForeignFirewall) throws {
        let site = try Self.site(backend, firewall)
        try firewall.close(on: site.host)
        let answer = try site.host.lan.askInVain(.tcp, Family.ipv4.host, 8888)
        #expect(!answer.isAnswer, "the rule should close")
        let check = try site.host.plumb(site.check)
        #expect(check.message.contains("a rule is missing"), "\(check)")

        _ = try site.neighbour()
        try expectPassage(site, "after an ADD")
        let next = try site.host.plumb(site.check)
        #expect(next.succeeded, "\(next)")
    }

    @Test(arguments: Backend.allCases, ForeignFirewall.allCases)
    func `repair puts back what a reload took away, and tells it before`(
        backend: Backend,
        firewall: ForeignFirewall
    ) throws {
        let site = try Self.site(backend, firewall)
        try firewall.restart(on: site.host)
        let dry = try site.host.plumb(PlumbCall(arguments: ["repair", "--dry-run"]))
        #expect(dry.succeeded && dry.result.output.contains("web0"), "\(dry)")
        #expect(try !site.container.namespace.askInVain(.udp, Family.ipv4.lan, 80).isAnswer)
        let repair = try site.host.plumb(PlumbCall(arguments: ["repair"]))
        #expect(repair.succeeded && repair.result.output.contains("web0"), "\(repair)")
        try expectPassage(site, "after a repair")
        let again = try site.host.plumb(PlumbCall(arguments: ["repair", "--dry-run"]))
        #expect(again.succeeded && !again.result.output.contains("web0"), "\(again)")
    }

    @Test(arguments: Backend.allCases, ForeignFirewall.allCases)
    func `an ADD that finds all in order changes nothing`(backend: Backend, firewall: ForeignFirewall) throws {
        let site = try Self.site(backend, firewall)
        let before = try site.host.rulesOfAll(withHandles: true)
        let neighbour = try site.neighbour()
        #expect(try site.host.rulesOfAll(withHandles: true) == before)
        try site.host.detach(neighbour, site.configuration)
        #expect(try site.host.rulesOfAll(withHandles: true) == before)
    }
}

/// Firewalls that plumb can't change, or that are not in the way of everything.
@Suite struct `Beside a firewall of another kind` {
    @Test(arguments: Backend.allCases)
    func `a table that belongs to its program is left alone, and what to do is told`(backend: Backend) throws {
        let host = try TestHost()
        // A table of firewalld 2.1 and later; it goes with the program that holds the socket.
        let commands = """
            add table inet firewalld { flags owner; }
            add chain inet firewalld filter_FORWARD { type filter hook forward priority 10; policy drop; }
            """
        let owner = try Background(["sh", "-c", "{ echo '\(commands)'; cat; } | nft -i"], in: host.namespace)
        let isUp = try eventually {
            try host.namespace.run("nft", "list", "chain", "inet", "firewalld", "filter_FORWARD").succeeded
        }
        #expect(isUp && owner.isRunning)
        let container = try host.container("web")
        let reply = try host.add(container, .network(backend))
        #expect(reply.succeeded, "\(reply)")
        #expect(
            reply.result.errors == """
                plumb: warning: the chain filter_FORWARD of the table inet firewalld drops packets of web0, and only the \
                program that made the table may change it; to let them pass have that program do: \
                firewall-cmd --permanent --zone=trusted --add-interface=web0 && firewall-cmd --reload

                """
        )
    }

    @Test(arguments: Backend.allCases)
    func `a chain between the ports of bridges is left alone, and what to do is told`(backend: Backend) throws {
        let host = try TestHost()
        let chain = "table bridge filter { chain forward { type filter hook forward priority 0; policy drop; }; }"
        try host.namespace.require("nft", "-f", "-", input: chain)
        let reply = try host.add(try host.container("web"), .network(backend))
        #expect(reply.succeeded, "\(reply)")
        #expect(
            reply.result.errors == """
                plumb: warning: the chain forward of the table bridge filter drops what containers on web0 send each other; \
                to let it pass: nft insert rule bridge filter forward meta ibrname "web0" accept

                """
        )
    }

    @Test(
        arguments: Backend.allCases,
        [
            "ct state invalid drop", "ip saddr 198.51.100.0/24 drop", "iifname \"web0\" tcp dport 25 reject",
            "jump some", "ct state vmap { invalid : drop }", "accept; drop",
        ]
    )
    func `a chain that drops only some packets is left alone`(backend: Backend, rules: String) throws {
        let host = try TestHost()
        let table = """
            table inet filter {
                chain some { ip daddr 192.0.2.99 drop; return; drop; }
                chain forward { type filter hook forward priority 0; policy accept; \(rules); }
            }
            """
        try host.namespace.require("nft", "-f", "-", input: table)
        let before = try host.namespace.require("nft", "--stateless", "list", "table", "inet", "filter")
        try host.attach(try host.container("web"), .network(backend))
        #expect(try host.namespace.require("nft", "--stateless", "list", "table", "inet", "filter") == before)
    }

    @Test(arguments: Backend.allCases)
    func `an internal network's packets pass within their bridge alone`(backend: Backend) throws {
        let host = try TestHost()
        try ForeignFirewall.nftables.start(on: host)
        var configuration = JSON.network(backend)
        configuration["internal"] = true
        try host.attach(try host.container("web"), configuration)
        let rules = try host.namespace.require("nft", "--stateless", "list", "chain", "inet", "filter", "forward")
        let own = rules.split(separator: "\n").filter { $0.contains("plumb bridge") }
        #expect(own == ["\t\tiifname \"web0\" oifname \"web0\" counter accept comment \"plumb bridge web0\""])
    }

    @Test(arguments: Backend.allCases)
    func `iptables-nft reads, saves and restores the rules that plumb puts into its chains`(backend: Backend) throws {
        let host = try TestHost()
        try ForeignFirewall.ufw.start(on: host)
        try host.attach(try host.container("web"), .network(backend))
        let rules = [
            "-A FORWARD -i web0 -m comment --comment \"plumb bridge web0\" -j ACCEPT",
            "-A FORWARD -o web0 -m conntrack --ctstate RELATED,ESTABLISHED,DNAT -m comment "
                + "--comment \"plumb bridge web0\" -j ACCEPT",
        ]
        for program in ["iptables-nft", "ip6tables-nft"] {
            let listing = try host.namespace.require(program, "-S", "FORWARD").split(separator: "\n").map(String.init)
            #expect(Array(listing.dropFirst().prefix(2)) == rules)
            let saved = try host.namespace.require("\(program)-save")
            try host.namespace.require("\(program)-restore", input: saved)
        }
        let before = try host.rulesOfAll(withHandles: true)
        try host.attach(try host.container("next"), .network(backend))
        #expect(try host.rulesOfAll(withHandles: true) == before, "the rules are known in the form of iptables-nft")
    }
}

extension JSON {
    fileprivate static func network(_ backend: Backend) -> JSON {
        var configuration = JSON.network(Family.allCases)
        configuration["firewallBackend"] = .string(backend.rawValue)
        return configuration
    }
}

extension Site {
    fileprivate var check: PlumbCall {
        var configuration = configuration
        configuration["prevResult"] = result
        return host.call("CHECK", container, configuration)
    }
}

extension TestHost {
    /// The rules of all tables of iptables and of nftables, without counters.
    fileprivate func rulesOfAll(withHandles: Bool = false) throws -> [String] {
        let options = withHandles ? ["--stateless", "--handle"] : ["--stateless"]
        let nftables = try Command(["nft"] + options + ["list", "ruleset"]).run(in: namespace).output
        let iptables = try ["iptables-nft-save", "ip6tables-nft-save"].flatMap { program in
            try namespace.require(program).split(separator: "\n").filter { $0.hasPrefix("-A") }
        }
        return try firewallRules() + (nftables.split(separator: "\n") + iptables).map(String.init)
    }
}
