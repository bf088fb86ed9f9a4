import Glibc
import PlumbTestSupport
import Testing

/// Rules that are not the host's for IP: those of the sandbox, and those that interfaces and bridges have.
@Suite struct `A path leads through` {
    @Test(arguments: Family.allCases)
    func `the sandbox's own nftables, which drop what comes in`(family: Family) throws {
        let site = try Site()
        try breaking("sandbox firewall", "the sandbox's own firewall drops packets to", site, family) {
            try site.container.namespace.require(
                "nft",
                "add table inet own; add chain inet own in { type filter hook input priority 0; }; "
                    + "add rule inet own in tcp dport 7777 drop"
            )
        }
    }

    @Test func `the sandbox's own nftables, whose policy drops all but what is known`() throws {
        let site = try Site()
        try breaking("sandbox firewall", "the policy of the chain in in the nftables table inet own", site) {
            try site.container.namespace.require(
                "nft",
                "add table inet own; add chain inet own in { type filter hook input priority 0; policy drop; }; "
                    + "add rule inet own in ct state established accept"
            )
        }
    }

    @Test(arguments: [
        "-A INPUT -p tcp --dport 7777 -j DROP", "-P INPUT DROP", "-t mangle -A PREROUTING -i eth0 -j DROP",
    ])
    func `the sandbox's own iptables, which drop what comes in`(rule: String) throws {
        let site = try Site()
        try breaking("sandbox firewall", "the sandbox's own firewall drops packets to 10.88.0.2:7777", site) {
            try site.container.namespace.require("sh", "-c", "iptables-legacy \(rule)")
        }
    }

    @Test func `the sandbox's own iptables, which drop the answer`() throws {
        let site = try Site()
        try breaking("way back", "drops the answers of 10.88.0.2:7777, by rule 1 of the chain OUTPUT", site) {
            try site.container.namespace.require("sh", "-c", "iptables-legacy -A OUTPUT -p tcp --sport 7777 -j REJECT")
        }
    }

    @Test func `the sandbox's own firewall, which sends it elsewhere`() throws {
        let site = try Site()
        let redirect = "iptables-legacy -t nat -A PREROUTING -p tcp --dport 7777 -j REDIRECT --to-ports 7000"
        try site.container.namespace.require("sh", "-c", redirect)
        try site.expectUnknown("sandbox firewall", "sends packets to 10.88.0.2:7777 on to another")
    }

    @Test func `the sandbox's own firewall, which lets it pass`() throws {
        let site = try Site()
        try site.container.namespace.require(
            "nft",
            "add table inet own; add chain inet own in { type filter hook input priority 0; policy drop; }; "
                + "add rule inet own in ct state established accept; add rule inet own in tcp dport 7777 accept"
        )
        #expect(try site.answers())
        try site.expectWhole()
    }

    private static let hasBridgeNetfilter = unsafe access("/proc/sys/net/bridge/bridge-nf-call-iptables", F_OK) == 0

    /// Where a rule or a policy may stand that sees frames, by the hop that it belongs to.
    private static let places = [
        ("prerouting", "netdev", "ingress device uplink0"), ("host veth", "netdev", "egress device web0"),
        ("host veth", "netdev", "egress device VETH"), ("answer", "netdev", "ingress device VETH"),
        ("answer", "netdev", "ingress devices = { lo, web0 }"), ("answer", "netdev", "egress device uplink0"),
        ("prerouting", "inet", "ingress device uplink0"),
        ("host veth", "bridge", "output"), ("host veth", "bridge", "postrouting"),
        ("answer", "bridge", "prerouting"), ("answer", "bridge", "input"),
    ]

    private func table(_ family: String, _ hook: String, _ rule: String, _ site: Site) throws {
        let veth = try #require(site.result["interfaces"][1]["name"].string)
        let hook = hook.replacing("VETH", with: veth)
        try site.host.namespace.require(
            "nft",
            "add table \(family) other; add chain \(family) other frames { type filter hook \(hook) priority 0; }; "
                + "add rule \(family) other frames \(rule)"
        )
    }

    @Test(arguments: places)
    func `rules for frames, which drop it`(hop: String, family: String, hook: String) throws {
        let site = try Site()
        try breaking(hop, "of the chain frames in the nftables table \(family) other drops", site) {
            let port =
                switch hop {
                case "prerouting": "dport 8888"
                case "host veth": "dport 7777"
                default: hook.contains("egress") ? "sport 8888" : "sport 7777"
                }
            try table(family, hook, "tcp \(port) counter drop", site)
        }
    }

    @Test(arguments: places)
    func `rules for frames, which plumb can't follow`(hop: String, family: String, hook: String) throws {
        let site = try Site()
        try table(family, hook, "meta mark 7 drop", site)
        #expect(try site.answers())
        try site.expectUnknown(hop, "of the chain frames in the nftables table \(family) other")
    }

    @Test(arguments: places)
    func `rules for frames, which have nothing to do with it`(hop: String, family: String, hook: String) throws {
        let site = try Site()
        try table(family, hook, "udp dport 53 drop", site)
        #expect(try site.answers())
        try site.expectWhole()
    }

    @Test(arguments: hasBridgeNetfilter ? [true, false] : [false])
    func `a bridge to the LAN, whose ports have rules`(translates: Bool) throws {
        let site = try Site()
        if Self.hasBridgeNetfilter {
            try site.host.namespace.setSysctl("bridge/bridge-nf-call-iptables", translates ? "1" : "0")
        }
        let commands = [
            "link add lanbr0 type bridge", "link set uplink0 master lanbr0", "link set lanbr0 up",
            "address flush dev uplink0", "address add 192.0.2.10/24 dev lanbr0",
            "-6 address add 2001:db8:c0::10/64 dev lanbr0 nodad", "route replace default via 192.0.2.1",
        ]
        for command in commands { try site.run("ip \(command)") }
        for (hop, family, hook, port) in [
            ("prerouting", "netdev", "ingress device uplink0", "dport 8888"),
            ("answer", "netdev", "egress device uplink0", "sport 8888"),
            ("prerouting", "bridge", "input", "iifname uplink0 tcp dport \(translates ? 7777 : 8888)"),
            ("answer", "bridge", "output", "oifname uplink0 tcp sport 8888"),
        ] {
            try breaking(hop, "of the chain frames in the nftables table \(family) other drops", site) {
                try table(family, hook, (family == "netdev" ? "tcp " : "") + "\(port) drop", site)
            }
            try site.run("nft delete table \(family) other")
        }
        try table("bridge", "prerouting", "iifname uplink0 tcp dport 8888 drop", site)
        if translates {
            try site.expectUnknown("prerouting", "can't be told whether br_netfilter translates packets first")
        } else {
            try site.expectBroken(at: "prerouting", "of the chain frames in the nftables table bridge other drops")
        }
        try site.run("nft delete table bridge other")
        try site.run("ip link add tap0 type veth peer name tap1 && ip link set tap0 master lanbr0")
        try table("netdev", "ingress device tap0", "tcp dport 8888 drop", site)
        #expect(try site.answers())
        try site.expectUnknown("prerouting", "which port leads to the client can't be told")
    }

    @Test func `chains for frames, which are empty, or of other interfaces, or not on the way`() throws {
        let site = try Site()
        for (family, hook) in [("netdev", "ingress device uplink0"), ("bridge", "prerouting"), ("bridge", "forward")] {
            try site.host.namespace.require(
                "nft",
                "add table \(family) none; add chain \(family) none \(hook.prefix(4)) "
                    + "{ type filter hook \(hook) priority 0; }"
            )
        }
        try table("netdev", "ingress device lo", "meta mark 7 drop", site)
        try table("bridge", "forward", "meta mark 7 drop", site)
        #expect(try site.answers())
        try site.expectWhole()
    }

    @Test func `a policy for frames, which no command opens`() throws {
        let site = try Site()
        try site.host.namespace.require(
            "nft",
            "add table netdev other; "
                + "add chain netdev other frames { type filter hook ingress device uplink0 priority 0; policy drop; }; "
                + "add rule netdev other frames ether type arp accept"
        )
        #expect(try site.isSilent())
        #expect(try site.expectBroken(at: "prerouting", "the policy of the chain frames in the nftables") == [])
        #expect(try site.path().advice?.contains("whoever made the chain") == true)
    }

    @Test(arguments: ["lan", "localhost", "server", "neighbour"])
    func `plumb's own check of what containers send as`(client: String) throws {
        let site = try Site(configure: { $0["macspoofchk"] = true })
        let neighbour = try site.neighbour()
        for family in Family.allCases where client != "localhost" || family == .ipv4 {
            try site.expectWhole(from: client, family)
        }
        withExtendedLifetime(neighbour) {}
    }

    @Test func `plumb's own check, which the container's new MAC address does not pass`() throws {
        let site = try Site(configure: { $0["macspoofchk"] = true })
        try site.container.namespace.require("ip", "link", "set", "eth0", "address", "02:00:00:00:00:77")
        try site.run("ip neighbour replace 10.88.0.2 lladdr 02:00:00:00:00:77 dev web0 nud permanent")
        #expect(try site.isSilent())
        try site.expectBroken(at: "answer", "in the nftables table bridge plumb drops")
    }
}
