import Glibc
import PlumbAddress
import PlumbLinux
import PlumbTestSupport
import Testing

@testable import PlumbFirewall

@Suite(.isolatedNetwork) struct `The rules in the kernel` {
    let lan = network("br0", "10.88.0.0/24")
    let web = attachment("web", "10.88.0.2", ports: [port(8888, 7777)])
    let db = attachment("db", "10.88.0.3", ports: [port(5432, 5432, on: "127.0.0.1")])
    let host: Host

    init() throws { host = try Host() }

    private func text(_ table: String, withComments: Bool = false) throws -> String {
        try (host.saved(table, withComments: withComments) ?? []).joined(separator: "\n")
    }

    @Test func `carry a comment that people can read`() throws {
        try host.attach(web, to: lan)
        let rules = try host.saved("nat", withComments: true) ?? []
        let rule = try #require(rules.first { $0.contains("-j DNAT") })
        #expect(rule.contains("--comment \"plumb "))
        #expect(rule.contains(" web eth0 lan\" -j DNAT --to-destination 10.88.0.2:7777"))
    }

    @Test(arguments: IngressPolicy.allCases) func `are not written again when nothing changes`(
        ingress: IngressPolicy
    ) throws {
        let lan = network("br0", "10.88.0.0/24", "fd00:88::/64", ingress: ingress)
        let web = attachment("web", "10.88.0.2", "fd00:88::2", ports: [port(8888, 7777), port(53, 53, .udp)])
        try host.attach(web, to: lan)
        for family in AddressFamily.allCases {
            for table in [TableName.raw, .nat, .filter] {
                let rules = IptablesNetwork(lan, family)
                let snapshot = try IptablesTable.snapshot(table, family)
                var plan = snapshot.plan(reading: rules.chains(of: table), interest: .init(ids: [web.mark.id]))
                if table == .raw { rules.ensureGuard(in: &plan) }
                rules.ensure(table, in: &plan)
                plan.ensure(IptablesPorts(attachment: web, network: lan, family: family), in: table)
                #expect(plan.edits == [], "\(family) \(table)")
            }
        }
    }

    @Test func `of others stay, and stay in order`() throws {
        let foreign = [
            "-A FORWARD -s 10.1.0.0/16 -m limit --limit 3/min -j LOG",
            "-A FORWARD -i wg+ -j ACCEPT",
            "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT",
            "-A FORWARD -p icmp -j ACCEPT",
        ]
        for rule in foreign { try host.run("iptables-legacy \(rule)") }
        try host.run("iptables-legacy -P FORWARD DROP")
        try host.run("iptables-legacy -t nat -A POSTROUTING -o wg0 -j MASQUERADE")
        let nat = try text("nat")
        let filter = try text("filter")

        try host.attach(web, to: lan)
        let saved = try host.saved("filter") ?? []
        let forward = saved.filter { $0.hasPrefix("-A FORWARD") }
        #expect(forward.suffix(3) == foreign.filter { $0.hasPrefix("-A FORWARD") }[...])
        #expect(saved.contains(":FORWARD DROP"))
        let postrouting = (try host.saved("nat") ?? []).filter { $0.hasPrefix("-A POSTROUTING") }
        #expect(postrouting.suffix(2).first == "-A POSTROUTING -o wg0 -j MASQUERADE")

        try host.detach([web], from: lan)
        try host.firewall.removeNetwork(lan)
        #expect(try text("nat") == nat)
        #expect(try text("filter") == filter)
    }

    @Test func `are back on top of FORWARD after another program went there`() throws {
        try host.attach(web, to: lan)
        let before = try host.saved("filter") ?? []
        try host.run("iptables-legacy -I FORWARD -j ACCEPT")
        try host.attach(db, to: lan, known: [web])
        let forward = (try host.saved("filter") ?? []).filter { $0.hasPrefix("-A FORWARD") }
        #expect(
            forward.prefix(3) == [
                "-A FORWARD -j PLUMB-USER", "-A FORWARD -j PLUMB-ISOLATION-STAGE-1", "-A FORWARD -j ACCEPT",
            ]
        )
        #expect(forward.count == before.filter { $0.hasPrefix("-A FORWARD") }.count + 1)
    }

    @Test(arguments: ["-F", "-X"]) func `are back after a flush`(flush: String) throws {
        try host.attach(web, to: lan)
        let before = try (text("raw"), text("nat"), text("filter"))
        for table in ["raw", "nat", "filter"] {
            try host.run("iptables-legacy -t \(table) -F")
            if flush == "-X" { try host.run("iptables-legacy -t \(table) -X") }
        }
        #expect(try !host.firewall.differences(web, in: lan).isEmpty)
        try host.attach(web, to: lan)
        #expect(try (text("raw"), text("nat"), text("filter")) == before)
        #expect(try host.firewall.differences(web, in: lan).isEmpty)
    }

    @Test func `that are missing are named as commands`() throws {
        try host.attach(web, to: lan)
        try host.run("iptables-legacy -t nat -F PLUMB")
        try host.run("iptables-legacy -D FORWARD -i br0 -o br0 -j ACCEPT")
        let missing = try host.firewall.differences(web, in: lan)
        #expect(
            missing.map(withoutComment) == [
                "iptables-legacy -t filter -A FORWARD -i br0 -o br0 -j ACCEPT",
                "iptables-legacy -t nat -A PLUMB -p tcp -m tcp --dport 8888 -j DNAT --to-destination 10.88.0.2:7777",
            ]
        )
    }

    @Test func `are gone with the attachment and the network`() throws {
        let lan = network("br0", "10.88.0.0/24", "fd00:88::/64")
        let web = attachment("web", "10.88.0.2", "fd00:88::2", ports: [port(8888, 7777), port(53, 53, .udp)])
        try host.attach(web, to: lan)
        try host.detach([web], from: lan)
        try host.firewall.removeNetwork(lan)
        for family in AddressFamily.allCases {
            for table in ["raw", "nat", "filter"] {
                let saved = try host.saved(table, family) ?? []
                #expect(saved.allSatisfy { $0.hasPrefix(":") && !$0.contains("PLUMB") }, "\(family) \(table)")
            }
        }
        #expect(try host.firewall.rules(of: "PLUMB").isEmpty)
    }

    @Test func `may be gone before they are removed`() throws {
        try host.detach([web], from: lan)
        try host.firewall.removeNetwork(lan)
        #expect(try host.saved("filter") == nil, "reading would have made the table")
    }

    @Test func `of the user stay for ever`() throws {
        try host.attach(web, to: lan)
        try host.run("iptables-legacy -I PLUMB-USER -s 192.0.2.66 -j DROP")
        try host.detach([web], from: lan)
        try host.firewall.removeNetwork(lan)
        #expect(
            try host.saved("filter")?.filter { $0.hasPrefix("-A") } == [
                "-A FORWARD -j PLUMB-USER", "-A PLUMB-USER -s 192.0.2.66/32 -j DROP", "-A PLUMB-USER -j RETURN",
            ]
        )
    }

    @Test func `follow the ports that are published now`() throws {
        try host.attach(web, to: lan)
        let more = AttachmentPolicy(
            mark: web.mark,
            hostInterface: web.hostInterface,
            addresses: web.addresses,
            ports: [port(8889, 7777), port(8890, 7777)]
        )
        try host.attach(more, to: lan)
        let rules = (try host.saved("nat") ?? []) + (try host.saved("filter") ?? [])
        #expect(rules.filter { $0.contains("-j DNAT") }.count == 2)
        #expect(!rules.contains { $0.contains("--dport 8888") })
        #expect(rules.filter { $0.hasPrefix("-A PLUMB -d 10.88.0.2/32") }.count == 1, "one for both ports")
    }

    @Test func `are those of the thread's namespace only`() throws {
        try host.attach(web, to: lan)
        let here = try NetworkNamespace.current()
        #expect(unshareNetwork() == 0)
        let other = try NetworkNamespace.current()
        #expect(try host.saved("nat") == nil)
        try host.attach(db, to: network("br9", "10.88.0.0/24"))
        let nat = try here.enter(from: other) { try text("nat") }
        #expect(nat.contains("8888"))
        #expect(!nat.contains("5432"))
    }
}
