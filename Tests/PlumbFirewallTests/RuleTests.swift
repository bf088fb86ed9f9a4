import PlumbAddress
import PlumbTestSupport
import Testing

@testable import PlumbFirewall

/// Rules as iptables prints them, each made without it.
private let rules: [(AddressFamily, Rule, String)] = [
    (.ipv4, Rule(target: .return), "-A FORWARD -j RETURN"),
    (
        .ipv4,
        Rule(source: .equal(prefix("10.0.0.0/8")), destination: .not(prefix("10.1.0.0/16")), target: .drop),
        "-A FORWARD -s 10.0.0.0/8 ! -d 10.1.0.0/16 -j DROP"
    ),
    (
        .ipv4,
        Rule(input: .not("eth0"), output: .equal("wg+"), transport: .tcp, target: .accept),
        "-A FORWARD ! -i eth0 -o wg+ -p tcp -j ACCEPT"
    ),
    (
        .ipv4,
        Rule(output: .equal("fifteen-letters"), transport: .udp, destinationPorts: 1...65535, target: .accept),
        "-A FORWARD -o fifteen-letters -p udp -m udp --dport 1:65535 -j ACCEPT"
    ),
    (
        .ipv4,
        Rule(transport: .sctp, destinationPorts: 7...7, target: .accept),
        "-A FORWARD -p sctp -m sctp --dport 7 -j ACCEPT"
    ),
    (
        .ipv4,
        Rule(transport: .sctp, sourcePorts: 7...7, target: .accept),
        "-A FORWARD -p sctp -m sctp --sport 7 -j ACCEPT"
    ),
    (
        .ipv4,
        Rule(transport: .udp, sourcePorts: 5...6, destinationPorts: 7...7, target: .drop),
        "-A FORWARD -p udp -m udp --sport 5:6 --dport 7 -j DROP"
    ),
    (
        .ipv4,
        Rule(local: [.source, .destination], states: [.related, .established, .dnat], target: .accept),
        "-A FORWARD -m addrtype --src-type LOCAL --dst-type LOCAL -m conntrack --ctstate RELATED,ESTABLISHED,DNAT "
            + "-j ACCEPT"
    ),
    (
        .ipv4,
        Rule(comment: #"it's "quoted" \ here"#, target: .drop),
        #"-A FORWARD -m comment --comment "it\'s \"quoted\" \\ here" -j DROP"#
    ),
    (.ipv4, Rule(comment: "plain_word-1", target: .drop), "-A FORWARD -m comment --comment plain_word-1 -j DROP"),
    (
        .ipv6,
        Rule(
            source: .equal(prefix("fd00::/64")),
            destination: .not(prefix("::1/128")),
            input: .equal("br0"),
            transport: .tcp,
            destinationPorts: 80...81,
            states: .dnat,
            comment: "a b",
            target: .accept
        ),
        "-A FORWARD -s fd00::/64 ! -d ::1/128 -i br0 -p tcp -m tcp --dport 80:81 -m conntrack --ctstate DNAT "
            + "-m comment --comment \"a b\" -j ACCEPT"
    ),
]

private func prefix(_ text: String) -> Prefix {
    guard let prefix = Prefix(text) else { preconditionFailure(text) }
    return prefix
}

@Suite(.isolatedNetwork) struct `A rule` {
    let host: Host

    init() throws { host = try Host() }

    @Test(arguments: rules) func `is to iptables and to itself what it was made as`(
        family: AddressFamily,
        rule: Rule,
        text: String
    ) throws {
        #expect(rule.text(in: "FORWARD") == text)
        let snapshot = try IptablesTable.snapshot(.filter, family)
        #expect(try snapshot.commit([.insert(rule, chain: "FORWARD", at: 0)]))

        #expect(try host.saved("filter", family, withComments: true)?.last == text)
        let plan = try IptablesTable.snapshot(.filter, family).plan(reading: ["FORWARD"], interest: .init())
        #expect(plan.entries(of: "FORWARD").map(\.rule) == [rule])
    }

    /// Targets that belong to one table and are laid out by family.
    @Test(
        arguments: [
            (TableName.nat, Rule.Target.masquerade(randomPort: false), "MASQUERADE"),
            (.nat, .masquerade(randomPort: true), "MASQUERADE --random-fully"),
            (.mangle, .fillChecksum, "CHECKSUM --checksum-fill"),
        ],
        AddressFamily.allCases
    )
    func `has the target that it was given`(what: (TableName, Rule.Target, String), family: AddressFamily) throws {
        let (table, target, text) = what
        let rule = Rule(transport: .sctp, sourcePorts: 7...7, target: target)
        let snapshot = try IptablesTable.snapshot(table, family)
        #expect(try snapshot.commit([.insert(rule, chain: "POSTROUTING", at: 0)]))

        let line = "-A POSTROUTING -p sctp -m sctp --sport 7 -j \(text)"
        #expect(rule.text(in: "POSTROUTING") == line)
        #expect(try host.saved(table.rawValue, family)?.last == line)
        let plan = try IptablesTable.snapshot(table, family).plan(reading: ["POSTROUTING"], interest: .init())
        #expect(plan.entries(of: "POSTROUTING").map(\.rule) == [rule])
        let program = family == .ipv4 ? "iptables" : "ip6tables"
        try host.run("\(program)-legacy -t \(table.rawValue) -D \(line.dropFirst(3))")
    }

    @Test(arguments: ["MASQUERADE --random", "MASQUERADE -p tcp --to-ports 1024-2047", "SNAT --to-source 192.0.2.1"])
    func `that translates otherwise is foreign`(target: String) throws {
        try host.run("iptables-legacy -t nat -A POSTROUTING -j \(target)")
        let plan = try IptablesTable.snapshot(.nat, .ipv4).plan(reading: ["POSTROUTING"], interest: .init())
        #expect(plan.entries(of: "POSTROUTING").map(\.rule) == [nil])
    }

    @Test(arguments: rules) func `is found by iptables under its text`(
        family: AddressFamily,
        rule: Rule,
        text: String
    ) throws {
        guard !text.contains("\"") else { return }
        let snapshot = try IptablesTable.snapshot(.filter, family)
        #expect(try snapshot.commit([.insert(rule, chain: "FORWARD", at: 0)]))
        try host.run("\(family == .ipv4 ? "iptables" : "ip6tables")-legacy -D \(text.dropFirst(3))")
    }

    @Test(arguments: [
        ("-p icmp -j ACCEPT", "-A FORWARD -p icmp -j ACCEPT"),
        ("-p 200 -j DROP", "-A FORWARD -p 200 -j DROP"),
        ("-m limit --limit 1/s -j LOG", "-A FORWARD -m limit … -j LOG …"),
        ("-s 10.0.0.0/255.0.0.255 -j DROP", "-A FORWARD … -j DROP"),
        ("-i br0 -p tcp -m tcp ! --sport 80 -j DROP", "-A FORWARD -i br0 -p tcp -m tcp … -j DROP"),
        ("-p tcp -m tcp --dport 80 --syn -j DROP", "-A FORWARD -p tcp -m tcp … -j DROP"),
        ("-m conntrack ! --ctstate RELATED -j DROP", "-A FORWARD -m conntrack … -j DROP"),
        ("-m conntrack --ctstate NEW -j DROP", "-A FORWARD -m conntrack … -j DROP"),
        ("-m addrtype ! --dst-type LOCAL -j DROP", "-A FORWARD -m addrtype … -j DROP"),
        ("-f -j DROP", "-A FORWARD … -j DROP"),
        ("! -p tcp -j DROP", "-A FORWARD … -j DROP"),
        ("-s 10.1.1.1", "-A FORWARD -s 10.1.1.1/32"),
    ])
    func `that plumb never makes is foreign, and is outlined`(options: String, outline: String) throws {
        try host.run("iptables-legacy -A FORWARD \(options)")
        let snapshot = try IptablesTable.snapshot(.filter, .ipv4)
        let plan = snapshot.plan(reading: ["FORWARD"], interest: .init())
        #expect(plan.entries(of: "FORWARD").map(\.rule) == [nil])
        let listing = snapshot.listing { $0 == "FORWARD" }
        #expect(listing.chains.first?.rules.map(\.text) == [outline])
        #expect(listing.chains.first?.policy == "ACCEPT")
    }
}
