import PlumbTestSupport
import Testing

@Suite struct `plumb show rules` {
    private func reply(_ host: TestHost, _ arguments: String...) throws -> PlumbReply {
        try host.plumb(PlumbCall(arguments: ["show", "rules"] + arguments))
    }

    @Test func `names the chain or the set of each rule of nftables`() throws {
        let site = try Site(.nftables)
        let report = try reply(site.host).result.output
        for place in ["postrouting", "@ports4"] { #expect(report.contains("  nft list table inet plumb: \(place)\n")) }
        #expect(!report.contains("Foreign:"))
        let listing = try reply(site.host, "--like-docker").result.output
        #expect(!listing.contains("-A"), "\(listing)")
        #expect(listing.contains("# The rules of nftables have no such form: nft list table inet plumb"))
    }

    @Test func `has none on a host without containers, and makes no tables`() throws {
        let host = try TestHost()
        let before = try host.state()
        #expect(try reply(host).result.output == "plumb has no rules here.\n")
        #expect(try reply(host, "--json").json == ["rules": []])
        #expect(try reply(host, "--like-docker").result.output == "# plumb has no rules here.\n")
        #expect(try host.state() == before)
    }

    @Test func `lists every rule that iptables has, by purpose and with counters`() throws {
        let site = try Site()
        #expect(try site.host.lan.ask(.tcp, Family.ipv4.host, 8888).server == site.server.name)
        let text = try reply(site.host).result.output
        for title in ["Loopback guard", "Published ports", "User chain", "Isolation", "Masquerade"] {
            #expect(text.contains("\n\(title): ") || text.hasPrefix("\(title): "), "\(title)")
        }
        #expect(text.hasSuffix("\nNo rule is missing.\n"))
        #expect(!text.contains("Foreign: ") && !text.contains("Unknown: "))

        let rules = try reply(site.host, "--json").json["rules"].elements
        let saved = try site.host.firewallRules().compactMap { line in
            line.split(separator: ": ", maxSplits: 1).last.map(String.init)
        }
        let listed = rules.compactMap { $0["rule"].string }
        #expect(listed.sorted() == saved.filter { $0.hasPrefix("-A") }.sorted())
        let translation = rules.first { $0["rule"].string?.contains("-j DNAT --to-destination 10.88.0.2") == true }
        #expect(translation?["purpose"] == "publishedPorts" && translation?["table"] == "iptables-legacy -t nat")
        #expect(translation?["attachment"] == "server eth0 web")
        #expect((translation?["packets"].int ?? 0) > 0)
    }

    @Test func `marks what is missing, and what is of others`() throws {
        let site = try Site()
        let host = site.host.namespace
        try host.require("iptables-legacy", "-t", "nat", "-F", "PLUMB")
        try host.require("iptables-legacy", "-A", "PLUMB", "-p", "icmp", "-j", "ACCEPT")
        try host.require("iptables-legacy", "-A", "FORWARD", "-i", "wg0", "-j", "DROP")
        let rules = try reply(site.host, "--json").json["rules"].elements
        func purposes(_ text: String) -> [String] {
            rules.filter { $0["rule"].string?.contains(text) == true }
                .map { "\($0["state"].string ?? "") \($0["purpose"].string ?? "")" }
        }
        #expect(purposes("--to-destination 10.88.0.2:7777") == ["missing publishedPorts", "missing publishedPorts"])
        #expect(purposes("-A FORWARD -i wg0 -j DROP") == ["foreign foreign"])
        #expect(purposes("-A PLUMB -p").contains("present unknown"))
        let text = try reply(site.host).result.output
        #expect(
            text.contains("missing  -A PLUMB -p tcp")
                && text.hasSuffix("\n2 rules are missing; plumb repair puts them back.\n")
        )
    }

    @Test func `counts only where the kernel does`() throws {
        let site = try Site(.nftables)
        let rules = try reply(site.host, "--json").json["rules"].elements
        let uncounted = rules.filter { $0["table"] == "nft list table inet plumb: prerouting" }
        #expect(
            !uncounted.isEmpty && uncounted.allSatisfy { $0["packets"] == .null && $0["bytes"] == .null },
            "\(rules)"
        )
        let port = rules.first { $0["table"] == "nft list table inet plumb: @ports4" }
        #expect(port?["packets"] == 0 && port?["bytes"] == 0, "\(rules)")
        #expect(try reply(site.host).result.output.contains("\n           -           -  fib daddr type local"))
        let detail = try site.host.plumb(PlumbCall(arguments: ["show", "network:web", "--json"]))
        #expect(detail.json["network"]["rules"].elements.contains { $0["packets"] == .null }, "\(detail)")
    }

    @Test func `tells of a rule too many, and of how it goes`() throws {
        let site = try Site(.nftables)
        try site.host.namespace.require("nft", "add", "rule", "inet", "plumb", "forward", "counter", "drop")
        let rules = try reply(site.host, "--json").json["rules"].elements
        let surplus = rules.filter { $0["state"] == "surplus" }
        #expect(surplus.count == 1 && surplus[0]["rule"].string?.hasPrefix("nft delete rule inet plumb") == true)
        #expect(rules.allSatisfy { $0["state"] != "missing" && $0["purpose"] != "foreign" }, "\(rules)")
        #expect(try reply(site.host).result.output.hasSuffix("\n1 rule is too many; plumb repair removes it.\n"))
        let overview = try site.host.plumb(PlumbCall(arguments: ["show"])).result.output
        #expect(
            overview.contains("a rule too many: nft delete rule") && !overview.contains("is missing"),
            "\(overview)"
        )
        var configuration = site.configuration
        configuration["prevResult"] = site.result
        let check = try site.host.plumb(site.host.call("CHECK", site.container, configuration))
        #expect(check.message.contains("a rule too many: ") && !check.message.contains("is missing"), "\(check)")
    }

    @Test func `tells of a table that is gone once`() throws {
        let site = try Site(.nftables)
        try site.host.namespace.require("nft", "flush", "ruleset")
        let problems = try site.host.plumb(PlumbCall(arguments: ["show", "--json"])).json["problems"].elements
        let texts = problems.compactMap { $0["text"].string }
        #expect(texts == ["the nftables table inet plumb is missing"])
        let rules = try reply(site.host, "--json").json["rules"].elements
        #expect(rules.count { $0["state"] == "missing" } == 1, "\(rules)")
        #expect(
            try reply(site.host).result.output
                .hasSuffix("\nThe nftables table inet plumb is missing; plumb repair puts it back.\n")
        )
        #expect(try site.host.plumb(PlumbCall(arguments: ["repair"])).succeeded)
        #expect(try reply(site.host).result.output.hasSuffix("\nNo rule is missing.\n"))
    }

    @Test func `misses nothing once plumb repair has run`() throws {
        let site = try Site()
        try site.host.namespace.require("iptables-legacy", "-t", "nat", "-F", "PLUMB")
        #expect(try site.host.plumb(PlumbCall(arguments: ["repair"])).succeeded)
        #expect(try reply(site.host).result.output.hasSuffix("\nNo rule is missing.\n"))
    }

    @Test func `shows the chains of every prefix in use, and each rule of the kernel's chains once`() throws {
        let site = try Site()
        var configuration = JSON.network([.ipv4], ports: JSON.ports(9999, 7777))
        configuration["name"] = "other"
        configuration["bridge"] = "other0"
        configuration["chainPrefix"] = "OTHER"
        configuration["ipam"]["ranges"] = [[["subnet": "10.99.0.0/24"]]]
        try site.host.attach(try site.host.container("second"), configuration)
        let rules = try reply(site.host, "--json").json["rules"].elements
        let listed = rules.compactMap { $0["rule"].string }
        #expect(listed.contains { $0.hasPrefix("-A OTHER ") } && listed.contains { $0.hasPrefix("-A PLUMB ") })
        #expect(!rules.contains { $0["purpose"] == "foreign" || $0["purpose"] == "unknown" })
        #expect(listed.count { $0 == "-A FORWARD -j OTHER-ISOLATION-STAGE-1" } == 1)
        let lines = try reply(site.host, "--like-docker").result.output.split(separator: "\n")
        #expect(lines.count { $0 == "# iptables-legacy -t nat -S" } == 1, "\(lines)")
        let docker = "-A DOCKER -p tcp -m tcp --dport 9999 -j DNAT --to-destination 10.99.0.2:7777"
        #expect(lines.contains { $0 == docker } && lines.contains("-N PLUMB"), "\(lines)")
        #expect(lines.count { $0 == "-A FORWARD -j DOCKER-ISOLATION-STAGE-1" } == 1)
    }

    @Test func `prints what users of Docker know`() throws {
        let site = try Site()
        let text = try reply(site.host, "--like-docker").result.output
        #expect(!text.contains("PLUMB") && !text.contains("--comment"))
        let nat = text.split(separator: "\n", omittingEmptySubsequences: false)
            .drop { $0 != "# iptables-legacy -t nat -S" }.dropFirst().prefix { !$0.isEmpty }
        #expect(nat.first == "-P PREROUTING ACCEPT" && nat.contains("-N DOCKER"))
        #expect(nat.contains("-A DOCKER -p tcp -m tcp --dport 8888 -j DNAT --to-destination 10.88.0.2:7777"))
        #expect(!(try reply(site.host, "--like-docker", "--json").succeeded))
    }

    /// What keeps a store from being read, and a word of the reason.
    private static let damages = [
        ("for file in *.sqlite; do printf garbage >$file; done", "damaged"),
        ("sqlite3 *.sqlite 'PRAGMA user_version = 99' && rm -f *-journal", "version 99"),
    ]

    @Test(arguments: damages, [Backend.iptables, .nftables])
    func `are shown under a store that can't be read, and nothing is said of the rest`(
        damage: (script: String, word: String),
        backend: Backend
    ) throws {
        let site = try Site(backend)
        try site.host.namespace.require("sh", "-c", "cd \(site.host.stateDirectory) && \(damage.script)")
        let document = try reply(site.host, "--json")
        #expect(document.result.status == .exited(2))
        let marked = document.json["rules"].elements.filter { $0["attachment"] == "server eth0 web" }
        #expect(marked.contains { $0["rule"].string?.contains("8888") == true }, "\(document)")
        #expect(document.json["problems"][0]["subject"] == "store", "\(document)")
        #expect(document.json["problems"][0]["text"].string?.contains(damage.word) == true, "\(document)")
        let text = try reply(site.host)
        #expect(text.result.status == .exited(2) && !text.result.output.contains("No rule is missing"))
        #expect(text.result.output.contains("Whether more are missing can't be told") && text.result.errors.isEmpty)
    }

    @Test func `names the right that a lock of root's takes`() throws {
        let site = try Site()
        let lock = "\(site.host.folder.path)/lock-of-others"
        try site.host.namespace.require("install", "-m", "600", "-o", "65534", "/dev/null", lock)
        var call = PlumbCall(environment: ["XTABLES_LOCKFILE": lock], arguments: ["show", "rules", "--json"])
        let rights = "-dac_override,-dac_read_search"
        call.launcher = ["setpriv", "--bounding-set=\(rights)", "--inh-caps=\(rights)"]
        let reply = try site.host.plumb(call)
        let problem = reply.json["problems"].elements.first { $0["text"].string?.contains(lock) == true }
        #expect(reply.result.status == .exited(2), "\(reply)")
        #expect(problem?["advice"][0].string?.contains("CAP_DAC_OVERRIDE") == true, "\(reply)")
    }

    @Test func `says what right it lacks`() throws {
        let site = try Site()
        for rights in ["-net_admin", "-all"] {
            func reply(_ arguments: String...) throws -> PlumbReply {
                var call = PlumbCall(arguments: ["show", "rules"] + arguments)
                call.launcher = ["setpriv", "--bounding-set=\(rights)", "--inh-caps=\(rights)"]
                return try site.host.plumb(call)
            }
            let text = try reply()
            #expect(text.result.status == .exited(2) && text.result.output.contains("CAP_NET_ADMIN"), "\(text)")
            #expect(!text.result.output.contains("No rule is missing") && !text.result.output.contains("has no rules"))
            let document = try reply("--json")
            #expect(document.result.status == .exited(2), "\(document)")
            let listing = try reply("--like-docker")
            #expect(
                listing.result.status == .exited(2) && listing.result.output.hasPrefix("# firewall: "),
                "\(listing)"
            )
            #expect(document.json["problems"].elements.contains { $0["subject"] == "firewall" }, "\(document)")
        }
    }
}
