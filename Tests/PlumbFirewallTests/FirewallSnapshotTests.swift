import PlumbAddress
import PlumbLinux
import PlumbTestSupport
import Testing

@testable import PlumbFirewall

/// Rules of all kinds are set by the programs that people use, read from the kernel, and asked about a packet.
@Suite(.isolatedNetwork) struct `The rules of the kernel` {
    /// A packet from the LAN to a container, as it stands at the hook for forwarding.
    private var packet: Packet {
        get throws {
            let client = try #require(IPAddress("192.0.2.1"))
            let container = try #require(IPAddress("10.88.0.2"))
            var packet = Packet(from: client, to: container, port: 7777, over: .tcp, input: "uplink0")
            packet.output = "web0"
            packet.calledPort = 8888
            packet.isDestinationTranslated = true
            return packet
        }
    }

    /// What becomes of the packet after some commands.
    private func fate(after commands: [String], at hook: Hook = .forward) throws -> Passage {
        let host = try Host()
        for command in commands { try host.run(command) }
        let snapshot = try FirewallSnapshot.take(lockPath: host.lockPath, lockTimeout: .seconds(5))
        return snapshot.passage(of: try packet, at: hook, local: [try #require(IPAddress("192.0.2.10"))])
    }

    @Test func `let everything pass where there are none`() throws {
        #expect(try fate(after: []).end == .passes)
        #expect(try IptablesTable.loaded(.ipv4).isEmpty, "reading has made a table")
    }

    @Test(arguments: [
        "-p tcp --dport 7777", "-p tcp --dport 7000:8000", "-p tcp ! --dport 80", "! -p udp", "-s 192.0.2.0/24",
        "! -s 10.0.0.0/8", "-i uplink0", "-i up+", "-i uplink0 -o web0", "! -o eth0", "-p tcp --syn",
        "-p tcp -m multiport --dports 80,443,7000:8000", "-p tcp -m multiport ! --dports 80,443",
        "-m conntrack --ctstate NEW", "-m conntrack --ctstate DNAT", "-m conntrack ! --ctstate ESTABLISHED",
        "-p tcp -m conntrack --ctorigdstport 8888 --ctdir ORIGINAL", "-m state --state NEW,INVALID",
        "-m addrtype ! --dst-type LOCAL", "-m addrtype --src-type UNICAST", "-m comment --comment drop",
        "-p tcp --sport 1024:65535",
    ])
    func `of iptables drop what their conditions hold for`(condition: String) throws {
        for program in ["iptables-legacy", "iptables-nft"] {
            let dropped = try fate(after: ["\(program) -A FORWARD \(condition) -j DROP"])
            guard case .dropped(let place) = dropped.end else {
                Issue.record("\(program) \(condition): \(dropped.end)")
                continue
            }
            #expect((place.iptablesProgram != nil) == (program == "iptables-legacy"))
            try Host().run("\(program) -F FORWARD")
        }
    }

    @Test(arguments: [
        "-p tcp --dport 80", "-p udp", "-p tcp ! --dport 7777", "-s 10.0.0.0/8", "! -s 192.0.2.0/24", "-i web0",
        "-i web+", "-o uplink0", "-p tcp ! --syn", "-p tcp -m multiport --dports 80,443", "-p tcp --sport 53",
        "-m conntrack --ctstate ESTABLISHED,RELATED", "-m conntrack ! --ctstate NEW", "-m state --state ESTABLISHED",
        "-p tcp -m conntrack --ctorigdstport 8889", "-m conntrack --ctdir REPLY", "-m addrtype --dst-type LOCAL",
        "-p icmp", "-p tcp --sport 2000:3000", "-p tcp --dport 80 -m limit --limit 1/s",
    ])
    func `of iptables let pass what a condition does not hold for`(condition: String) throws {
        for program in ["iptables-legacy", "iptables-nft"] {
            let passed = try fate(after: ["\(program) -A FORWARD \(condition) -j DROP"])
            #expect(passed.end == .passes, "\(program) \(condition)")
            try Host().run("\(program) -F FORWARD")
        }
    }

    @Test(arguments: [
        "-m limit --limit 1/s -j DROP", "-m mark --mark 7 -j DROP", "-p tcp --sport 40000:50000 -j DROP",
        "-p tcp --dport 7777 -j NFQUEUE", "-m statistic --mode random --probability 0.5 -j REJECT",
    ])
    func `that hinge on something unknown leave it open`(rule: String) throws {
        for program in ["iptables-legacy", "iptables-nft"] {
            let open = try fate(after: ["\(program) -A FORWARD \(rule)"])
            guard case .doubtful(let places) = open.end else {
                Issue.record("\(program) \(rule): \(open.end)")
                continue
            }
            #expect(places.count == 1)
            // What is dropped whatever the answer is dropped for sure.
            let closed = try fate(after: ["\(program) -A FORWARD -j DROP"])
            let isDropped = if case .dropped = closed.end { true } else { false }
            #expect(isDropped != rule.hasSuffix("QUEUE"), "\(program) \(rule), then DROP: \(closed.end)")
            try Host().run("\(program) -F FORWARD")
        }
    }

    @Test func `are followed through jumps, gotos and returns`() throws {
        let chains = ["-N one", "-N two", "-N three"]
        let rules = [
            "-A one -p udp -j DROP", "-A one -i uplink0 -j RETURN", "-A one -j DROP",
            "-A two -j MARK --set-mark 1", "-A two -j LOG", "-A two",
            "-A FORWARD -j one", "-A FORWARD -g two", "-A FORWARD -j DROP",
        ]
        #expect(try fate(after: (chains + rules).map { "iptables-legacy \($0)" }).end == .passes)
        let dropped = try fate(after: ["iptables-legacy -A two -o web0 -j three", "iptables-legacy -A three -j REJECT"])
        guard case .dropped(let place) = dropped.end else {
            Issue.record("\(dropped.end)")
            return
        }
        #expect(place.description == "rule 1 of the chain three in the iptables table filter")
        #expect(
            place.commandsOpening(for: try packet, at: .forward, bridge: "web0") == [
                "iptables-legacy -t filter -D three 1"
            ]
        )
    }

    @Test func `drop by the policy what no rule decides on`() throws {
        let dropped = try fate(after: [
            "iptables-legacy -A FORWARD -p udp -j ACCEPT", "iptables-legacy -P FORWARD DROP",
        ])
        guard case .dropped(let place) = dropped.end else {
            Issue.record("\(dropped.end)")
            return
        }
        #expect(place.text == "-P FORWARD DROP")
        #expect(
            place.commandsOpening(for: try packet, at: .forward, bridge: "web0") == [
                "iptables-legacy -t filter -I FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
                "iptables-legacy -t filter -I FORWARD -o web0 -m conntrack --ctstate DNAT -j ACCEPT",
            ]
        )
        #expect(try fate(after: ["iptables-legacy -A FORWARD -o web0 -j ACCEPT"]).end == .passes)
    }

    @Test(arguments: [
        ("10.88.0.9:7777", "10.88.0.9", 7777), ("10.88.0.9", "10.88.0.9", 8888), (":80", "192.0.2.10", 80),
    ])
    func `translate where they say`(target: String, address: String, port: UInt16) throws {
        let rules = [
            "iptables-legacy -t nat -N PORTS",
            "iptables-legacy -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j PORTS",
            "iptables-legacy -t nat -A PORTS -p tcp --dport 8888 -j DNAT --to-destination \(target)",
        ]
        let host = try Host()
        for rule in rules { try host.run(rule) }
        let snapshot = try FirewallSnapshot.take(lockPath: host.lockPath, lockTimeout: .seconds(5))
        let client = try #require(IPAddress("192.0.2.1"))
        let called = try #require(IPAddress("192.0.2.10"))
        let packet = Packet(from: client, to: called, port: 8888, over: .tcp, input: "uplink0")
        let passage = snapshot.passage(of: packet, at: .prerouting, local: [called])
        #expect(passage.end == .passes)
        #expect(passage.packet.destination == IPAddress(address))
        #expect(passage.packet.destinationPort == port)
        #expect(passage.packet.isDestinationTranslated)
        // Only a host's own address is translated, and only once.
        #expect(!snapshot.passage(of: packet, at: .prerouting, local: []).packet.isDestinationTranslated)
        #expect(!snapshot.passage(of: packet.answer, at: .prerouting, local: [called]).packet.isSourceTranslated)
    }

    @Test(arguments: [("10.88.0.9:80", false), ("10.88.0.2:7777", true)])
    func `that translate elsewhere at the same priority leave it open`(target: String, isCertain: Bool) throws {
        let host = try Host()
        for rule in [
            "iptables-legacy -t nat -A PREROUTING -p tcp --dport 8888 -j DNAT --to-destination 10.88.0.2:7777",
            "iptables-nft -t nat -A PREROUTING -p tcp --dport 8888 -j DNAT --to-destination \(target)",
        ] { try host.run(rule) }
        let snapshot = try FirewallSnapshot.take(lockPath: host.lockPath, lockTimeout: .seconds(5))
        let client = try #require(IPAddress("192.0.2.1"))
        let called = try #require(IPAddress("192.0.2.10"))
        let packet = Packet(from: client, to: called, port: 8888, over: .tcp, input: "uplink0")
        let passage = snapshot.passage(of: packet, at: .prerouting, local: [called])
        #expect((passage.end == .passes) == isCertain, "\(passage.end)")
    }

    @Test(arguments: [
        "tcp dport 7777", "tcp dport 7000-8000", "tcp dport { 80, 443, 7777 }", "tcp dport { 1-1023, 7000-7777 }",
        "tcp dport != { 80, 443 }", "tcp dport > 1024", "tcp sport >= 1024", "ip daddr 10.88.0.0/16",
        "ip daddr 10.88.0.0/22",
        "ip daddr { 10.0.0.0/8, 172.16.0.0/12 }", "ip saddr != 10.0.0.0/8", "iifname uplink0", "iifname \"up*\"",
        "iifname { lo, uplink0 } oifname web0", "ct state new", "ct state { new, invalid }", "ct status dnat",
        "meta l4proto tcp ct original proto-dst 8888", "ct direction original", "meta l4proto tcp", "meta nfproto ipv4",
        "ip daddr . tcp dport { 10.88.0.2 . 7777, 10.88.0.3 . 80 }", "fib daddr type != local",
        "tcp flags & (syn|ack) == syn", "ip protocol tcp log counter",
    ])
    func `of nftables drop what their steps match`(condition: String) throws {
        for verdict in ["drop", "reject"] {
            let dropped = try fate(after: nftables(rule: "\(condition) \(verdict)"))
            guard case .dropped(let place) = dropped.end else {
                Issue.record("\(condition) \(verdict): \(dropped.end)")
                continue
            }
            let commands = place.commandsOpening(for: try packet, at: .forward, bridge: "web0")
            #expect(commands.count == 1)
            for command in commands {
                #expect(command.hasPrefix("nft delete rule inet foreign forward handle "))
                try Host().run(command)
            }
            #expect(try fate(after: []).end == .passes)
            try Host().run("nft delete table inet foreign")
        }
    }

    @Test(arguments: [
        "tcp dport 80", "tcp dport { 80, 443 }", "tcp dport != { 80, 7777 }", "tcp dport { 1-1023, 7778-8000 }",
        "udp dport 7777", "ip daddr 10.99.0.0/16", "ip daddr { 10.88.0.3-10.88.0.9, 172.16.0.0/12 }",
        "ip6 daddr fd00::/8", "iifname web0", "iifname \"web*\"", "ct state established,related", "ct status snat",
        "ct direction reply", "meta nfproto ipv6", "fib daddr type local", "tcp dport 80 limit rate 1/second",
        "tcp sport 53", "tcp sport < 1024", "ip daddr . tcp dport { 10.88.0.2 . 80 }",
        "tcp flags & (syn|ack) == syn|ack",
    ])
    func `of nftables let pass what a step does not match`(condition: String) throws {
        #expect(try fate(after: nftables(rule: "\(condition) drop")).end == .passes, "\(condition)")
    }

    @Test(arguments: [
        "limit rate 1/second drop", "meta mark 7 drop", "tcp sport 40000-50000 drop",
        "ip dscp af11 drop", "tcp option maxseg size 1000-1500 drop",
    ])
    func `of nftables that hinge on something unknown leave it open`(rule: String) throws {
        let open = try fate(after: nftables(rule: rule))
        if case .doubtful = open.end { return }
        Issue.record("\(rule): \(open.end)")
    }

    @Test func `of nftables are followed through maps of verdicts`() throws {
        let map = "ct state vmap { established : accept, new : jump other }"
        let chain = "nft add chain inet foreign other"
        let commands = nftables(policy: "drop", rule: nil) + [chain]
        let rules = ["other tcp dport vmap { 80 : accept, 7777 : goto last }", "last oifname web0 accept"]
        let adding = ["nft add chain inet foreign last"] + rules.map { "nft add rule inet foreign \($0)" }
        #expect(try fate(after: commands + adding + ["nft add rule inet foreign forward \(map)"]).end == .passes)
        let answer = try FirewallSnapshot.take(lockPath: Host().lockPath, lockTimeout: .seconds(5))
            .passage(of: try packet.answer, at: .forward, local: [])
        #expect(answer.end == .passes)
        let shut = try fate(after: ["nft insert rule inet foreign last ip daddr 10.88.0.2 drop"])
        guard case .dropped(let place) = shut.end else {
            Issue.record("\(shut.end)")
            return
        }
        #expect(place.description.hasSuffix("of the chain last in the nftables table inet foreign"))
    }

    @Test func `of nftables translate by maps`() throws {
        let commands = [
            "nft add table ip ports", "nft add chain ip ports pre { type nat hook prerouting priority dstnat ; }",
            "nft add map ip ports to { type inet_service : ipv4_addr . inet_service ; }",
            "nft add element ip ports to { 8888 : 10.88.0.2 . 7777 , 9999 : 10.88.0.3 . 80 }",
            "nft add rule ip ports pre fib daddr type local dnat to tcp dport map @to",
        ]
        let host = try Host()
        for command in commands { try host.run(command) }
        let snapshot = try FirewallSnapshot.take(lockPath: host.lockPath, lockTimeout: .seconds(5))
        let client = try #require(IPAddress("192.0.2.1"))
        let called = try #require(IPAddress("192.0.2.10"))
        let packet = Packet(from: client, to: called, port: 8888, over: .tcp, input: "uplink0")
        let passage = snapshot.passage(of: packet, at: .prerouting, local: [called])
        #expect(passage.packet.destination == IPAddress("10.88.0.2"))
        #expect(passage.packet.destinationPort == 7777)
    }

    private func nftables(policy: String = "accept", rule: String?) -> [String] {
        let chain = "{ type filter hook forward priority 10 ; policy \(policy) ; }"
        let base = ["nft add table inet foreign", "nft add chain inet foreign forward \(chain)"]
        return base + (rule.map { ["nft add rule inet foreign forward \($0)"] } ?? [])
    }
}
