import PlumbLinux
import PlumbTestSupport
import Testing

/// Each hop is broken in turn: a client gets no answer, the hop is named, and its commands bring the answers back.
@Suite struct `A path is broken where` {
    @Test(arguments: ["lan", "host"])
    func `a rule of somebody else's keeps packets from plumb's rules, none of which is missing`(client: String) throws {
        let site = try Site()
        let chain = client == "lan" ? "PREROUTING" : "OUTPUT"
        try site.run("iptables-legacy -t nat -I \(chain) -p tcp --dport 8888 -j ACCEPT")
        #expect(try site.expectBroken(at: "translation", "translated by no rule", from: client) == [])
        let advice = try #require(try site.path(from: client).advice)
        #expect(advice.hasSuffix("See iptables-legacy -t nat -S \(chain)."), "\(advice)")
        try site.run("iptables-legacy -t nat -D \(chain) 1")
        try site.expectWhole(from: client)
    }

    @Test func `the host does not forward IPv6`() throws {
        let site = try Site()
        try breaking("forwarding", "net.ipv6.conf.all.forwarding is 0", site, .ipv6) {
            try site.host.namespace.setSysctl("ipv6/conf/all/forwarding", "0")
        }
    }

    @Test func `the host does not forward`() throws {
        let site = try Site()
        try breaking("forwarding", "net.ipv4.ip_forward is 0", site) {
            try site.host.namespace.setSysctl("ipv4/ip_forward", "0")
        }
    }

    @Test func `one interface does not forward`() throws {
        let site = try Site()
        try breaking("forwarding", "net.ipv4.conf.uplink0.forwarding is 0", site) {
            try site.host.namespace.setSysctl("ipv4/conf/uplink0/forwarding", "0")
        }
    }

    @Test func `the policy of FORWARD is DROP and plumb's rules are gone`() throws {
        let site = try Site()
        try breaking("forward", "the policy of the chain FORWARD in the iptables table filter drops", site) {
            try site.run("iptables-legacy -P FORWARD DROP")
            try site.run("iptables-legacy -F FORWARD")
        }
    }

    @Test func `a rule in the user's chain drops it`() throws {
        let site = try Site()
        let rule = "rule 1 of the chain PLUMB-USER in the iptables table filter drops"
        try breaking("forward", rule, site) {
            let match = "-p tcp -m conntrack --ctorigdstport 8888 --ctdir ORIGINAL"
            try site.run("iptables-legacy -I PLUMB-USER \(match) -j REJECT")
        }
    }

    @Test func `the jump to the published ports is gone`() throws {
        let site = try Site()
        try breaking("translation", "translated by no rule", site) {
            try site.run("iptables-legacy -t nat -D PREROUTING -m addrtype --dst-type LOCAL -j PLUMB")
        }
    }

    @Test func `the rule of the port is gone`() throws {
        let site = try Site()
        try breaking("translation", "translated by no rule", site) {
            try site.run("iptables-legacy -t nat -F PLUMB")
        }
    }

    @Test func `another rule translates the port`() throws {
        let site = try Site()
        try breaking("translation", "becomes 10.88.0.77:1 and not 10.88.0.2:7777", site) {
            let target = "-j DNAT --to-destination 10.88.0.77:1"
            try site.run("iptables-legacy -t nat -I PREROUTING -p tcp --dport 8888 \(target)")
        }
    }

    @Test func `the bridge is down`() throws {
        let site = try Site()
        try breaking("bridge", "web0 is down", site) {
            try site.run("ip link set web0 down")
        }
    }

    @Test func `the bridge has lost its address`() throws {
        let site = try Site()
        try breaking("bridge", "lacks its address 10.88.0.1/24", site) {
            try site.run("ip address del 10.88.0.1/24 dev web0")
        }
    }

    @Test func `the host's end is no port of the bridge`() throws {
        let site = try Site()
        let veth = try #require(site.result["interfaces"][1]["name"].string)
        try breaking("host veth", "\(veth) is no port of the bridge web0", site) {
            try site.run("ip link set \(veth) nomaster")
        }
    }

    @Test func `the port of the bridge is blocked`() throws {
        let site = try Site()
        let veth = try #require(site.result["interfaces"][1]["name"].string)
        try breaking("host veth", "in the state disabled", site) {
            try site.run("bridge link set dev \(veth) state 0")
        }
    }

    @Test func `the container's address is gone`() throws {
        let site = try Site()
        try breaking("interface", "lacks the address 10.88.0.2/24", site) {
            try site.container.namespace.require("ip", "address", "del", "10.88.0.2/24", "dev", "eth0")
        }
    }

    @Test func `the container's interface is down`() throws {
        let site = try Site()
        try breaking("interface", "eth0 is down in the container", site) {
            try site.container.namespace.require("ip", "link", "set", "eth0", "down")
        }
    }

    @Test func `the container's default route leads elsewhere`() throws {
        let site = try Site()
        try breaking("way back", "to 10.88.0.9, which is not the host", site) {
            try site.container.namespace.require("ip", "route", "replace", "default", "via", "10.88.0.9")
        }
    }

    @Test func `the container answers by another network, which the reverse path filter does not expect`() throws {
        let site = try Site()
        try site.host.attach(site.container, .otherNetwork, interface: "eth1")
        for name in ["all", "uplink0", "web0", "other0"] {
            try site.host.namespace.setSysctl("ipv4/conf/\(name)/rp_filter", "0")
        }
        try site.container.namespace.require("ip", "route", "replace", "default", "via", "10.99.0.1", "dev", "eth1")
        try breaking("answer", "drops packets from 10.88.0.2 that come in by other0", site) {
            try site.host.namespace.setSysctl("ipv4/conf/other0/rp_filter", "1")
        }
        try breaking("answer", "rule 1 of the chain FORWARD", site) {
            try site.run("iptables-legacy -I FORWARD -i other0 -o uplink0 -j DROP")
        }
    }

    @Test func `the container sends its answers elsewhere by a route of their own`() throws {
        let site = try Site()
        try breaking("way back", "to 10.88.0.9, which is not the host", site) {
            try site.container.namespace.require("ip", "route", "add", "192.0.2.0/24", "via", "10.88.0.9")
        }
    }

    @Test(arguments: ["default", "192.0.2.0/24"])
    func `another container sends its packets elsewhere`(destination: String) throws {
        let site = try Site()
        let stranger = try site.host.container("stranger")
        try site.host.attach(stranger, .otherNetwork)
        let ask: (Duration) throws -> Bool = {
            try stranger.namespace.ask(.tcp, Family.ipv4.host, 8888, limit: $0).isAnswer
        }
        #expect(try ask(.seconds(5)))
        try site.expectWhole(from: "stranger")
        try stranger.namespace.require("ip", "route", "replace", destination, "via", "10.99.0.9")
        #expect(try !ask(.milliseconds(400)))
        let text = "stranger sends packets to 192.0.2.10 to 10.99.0.9, which is not the host"
        try site.mend(try site.expectBroken(at: "client", text, from: "stranger"))
        #expect(try ask(.seconds(5)))
        try site.expectWhole(from: "stranger")
    }

    @Test func `another container has no route to the host`() throws {
        let site = try Site()
        let stranger = try site.host.container("stranger")
        try site.host.attach(stranger, .otherNetwork)
        try stranger.namespace.require("ip", "route", "del", "default")
        try site.mend(try site.expectBroken(at: "client", "has no route to 192.0.2.10", from: "stranger"))
        #expect(try stranger.namespace.ask(.tcp, Family.ipv4.host, 8888).isAnswer)
        try site.expectWhole(from: "stranger")
    }

    @Test func `the container has no route back`() throws {
        let site = try Site()
        try breaking("way back", "has no route back to 192.0.2.1", site) {
            try site.container.namespace.require("ip", "route", "del", "default")
        }
    }

    @Test func `the host takes another for the container`() throws {
        let site = try Site()
        try breaking("neighbour", "takes 02:00:00:00:00:01 for 10.88.0.2", site) {
            try site.run("ip neighbour replace 10.88.0.2 lladdr 02:00:00:00:00:01 dev web0 nud permanent")
        }
    }

    @Test func `a rule in the user's chain of nftables drops it, whose removal opens no other port`() throws {
        let site = try Site(.nftables, configure: { $0["ingressPolicy"] = "protected" })
        let other = try Server("other", in: site.container.namespace, port: 7000)
        try site.host.lan.require("ip", "route", "add", "10.88.0.0/24", "via", Family.ipv4.host)
        func isClosed() throws -> Bool { try !site.host.lan.askInVain(.tcp, "10.88.0.2", 7000).isAnswer }
        #expect(try isClosed())
        try breaking("forward", "of the chain user in the nftables table inet plumb drops", site) {
            try site.run("nft insert rule inet plumb user ip saddr 192.0.2.1 tcp dport 7777 counter drop")
        }
        #expect(try isClosed(), "the commands open a port that is not published")
        withExtendedLifetime(other) {}
    }

    @Test func `a rule of somebody else's drops it before it is routed`() throws {
        let site = try Site()
        try breaking("prerouting", "of the chain pre in the nftables table inet foreign drops", site) {
            let table = """
                table inet foreign {
                    chain pre {
                        type filter hook prerouting priority -150;
                        tcp dport 8888 drop
                    }
                }
                """
            try site.host.namespace.require("nft", "-f", "-", input: table)
        }
    }

    @Test func `a policy of somebody else's drops it before it is routed`() throws {
        let site = try Site()
        let table = """
            table inet foreign {
                chain pre {
                    type filter hook prerouting priority -150; policy drop;
                    ct state established accept
                    meta l4proto ipv6-icmp accept
                }
            }
            """
        try breaking("prerouting", "the policy of the chain pre in the nftables table inet foreign drops", site) {
            try site.host.namespace.require("nft", "-f", "-", input: table)
        }
    }

    @Test func `a table of somebody else's drops what it does not know`() throws {
        let site = try Site()
        try breaking("forward", "the policy of the chain forward in the nftables table inet foreign drops", site) {
            try site.host.namespace.require("nft", "-f", "-", input: foreignTable)
        }
    }

    @Test(arguments: Family.allCases)
    func `the packet is dropped before it is translated`(family: Family) throws {
        let site = try Site()
        let program = family == .ipv4 ? "iptables-legacy" : "ip6tables-legacy"
        try breaking("prerouting", "in the \(program.dropLast(7)) table raw drops packets to", site, family) {
            try site.run("\(program) -t raw -A PREROUTING -i uplink0 -p tcp --dport 8888 -j DROP")
        }
    }

    @Test(arguments: Family.allCases)
    func `the answer is dropped`(family: Family) throws {
        let site = try Site()
        let program = family == .ipv4 ? "iptables-legacy" : "ip6tables-legacy"
        try breaking("answer", "rule 1 of the chain FORWARD", site, family) {
            try site.run("\(program) -I FORWARD -i web0 -o uplink0 -j DROP")
        }
    }

    @Test func `the host sends packets for the container elsewhere`() throws {
        let site = try Site()
        try breaking("route", "leaves by uplink0 and not by web0", site) {
            try site.run("ip route add 10.88.0.2 dev uplink0")
        }
    }

    @Test func `the bridge routes nothing from 127-0-0-1`() throws {
        let site = try Site()
        try breaking("route", "net.ipv4.conf.web0.route_localnet is 0", site, from: "localhost") {
            try site.host.namespace.setSysctl("ipv4/conf/web0/route_localnet", "0")
        }
    }

    @Test func `nothing masquerades localhost`() throws {
        let site = try Site()
        try breaking("masquerade", "keeps its source 127.0.0.1", site, from: "localhost") {
            try site.run("iptables-legacy -t nat -F POSTROUTING")
        }
    }

    @Test(.enabled(if: hasBridgeNetfilter, "the kernel passes no bridged packets to its firewall"))
    func `the bridge sends nothing back by the port that it came in by`() throws {
        let site = try Site()
        let veth = try #require(site.result["interfaces"][1]["name"].string)
        try site.host.namespace.setSysctl("bridge/bridge-nf-call-iptables", "1")
        try breaking("host veth", "sends no frame back by \(veth)", site, from: "server") {
            try site.run("ip link set \(veth) type bridge_slave hairpin off")
        }
    }

    private static let hasBridgeNetfilter: Bool = {
        do {
            return try Sysctl("net/bridge/bridge-nf-call-iptables").read() != nil
        } catch {
            return false
        }
    }()

    @Test func `the reverse path filter does not know the way back`() throws {
        let site = try Site()
        let host = site.host
        try site.run("ip link add uplink1 type veth peer name lan1 netns \(host.lan.pid)")
        for name in ["all", "uplink0", "uplink1", "web0"] {
            try host.namespace.setSysctl("ipv4/conf/\(name)/rp_filter", "0")
        }
        for name in ["all", "lan1"] { try host.lan.setSysctl("ipv4/conf/\(name)/rp_filter", "0") }
        try host.lan.require("ip", "link", "set", "lan1", "up")
        try site.run("ip link set uplink1 up")
        try site.run("ip route add 192.0.2.1 dev uplink1 src 192.0.2.10")
        try breaking("reverse path", "net.ipv4.conf.uplink0.rp_filter is 1", site) {
            try host.namespace.setSysctl("ipv4/conf/uplink0/rp_filter", "1")
        }
    }
}

/// A firewall of the kind that people write for a host without containers.
private let foreignTable = """
    table inet foreign {
        chain forward {
            type filter hook forward priority 10; policy drop;
            ct state { established, related } accept
            iifname "lo" accept
            tcp dport { 22, 80 } accept
        }
    }
    """
