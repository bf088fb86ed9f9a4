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
        #expect(purposes("-A FORWARD -i wg0 -j DROP") == ["present foreign"])
        #expect(purposes("-A PLUMB -p").contains("present unknown"))
        let text = try reply(site.host).result.output
        #expect(
            text.contains("missing  -A PLUMB -p tcp")
                && text.hasSuffix("\n2 rules are missing; plumb repair puts them back.\n")
        )
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

    @Test func `says what right it lacks`() throws {
        let site = try Site()
        let unprivileged = ["setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw"]
        var call = PlumbCall(arguments: ["show", "rules"])
        call.launcher = unprivileged
        let reply = try site.host.plumb(call)
        #expect(!reply.succeeded && reply.result.errors.contains("CAP_NET_RAW"), "\(reply)")
    }
}
