import PlumbTestSupport
import Testing

@Suite struct `The bridge of a network` {
    @Test func `keeps its MAC address and its addresses whoever comes and goes`() throws {
        let site = try Site()
        let bridge = try site.host.namespace.ip("address", "show", "web0")[0]
        let neighbour = try site.neighbour()
        try site.host.detach(neighbour, site.configuration)
        try site.host.detach(site.container, site.configuration)
        let later = try site.host.namespace.ip("address", "show", "web0")[0]
        #expect(later["address"] == bridge["address"])
        for address in ["\(Family.ipv4.gateway)", "\(Family.ipv6.gateway)"] {
            #expect(later["addr_info"].elements.contains { $0["local"].string == address })
        }
    }

    @Test func `is taken over with its ports, addresses and MAC address when it exists`() throws {
        let host = try TestHost()
        try host.namespace.require(
            "ip",
            "-batch",
            "-",
            input: """
                link add web0 address 02:00:00:00:00:77 type bridge
                link add dev0 type veth peer name dev1
                link set dev0 master web0
                address add 10.77.0.1/24 dev web0
                address add 10.88.0.1/24 dev web0
                link set web0 up
                """
        )
        let container = try host.container("web")
        let result = try host.attach(container, .network())
        #expect(result["interfaces"][0]["mac"] == "02:00:00:00:00:77")
        let bridge = try host.namespace.ip("-4", "address", "show", "web0")[0]
        #expect(bridge["addr_info"].elements.compactMap { $0["local"].string } == ["10.77.0.1", "10.88.0.1"])
        #expect(try host.namespace.ip("link", "show", "master", "web0").elements.count == 2)
        try host.detach(container, .network())
        #expect(try host.namespace.ip("link", "show", "master", "web0").elements.count == 1)
    }

    @Test func `loses another address of its subnet only by force`() throws {
        let host = try TestHost()
        try host.namespace.require(
            "ip",
            "-batch",
            "-",
            input: """
                link add web0 type bridge
                address add 10.88.0.9/24 dev web0
                """
        )
        var configuration = JSON.network()
        configuration["forceAddress"] = true
        try host.attach(try host.container("web"), configuration)
        let bridge = try host.namespace.ip("-4", "address", "show", "web0")[0]
        #expect(bridge["addr_info"].elements.compactMap { $0["local"].string } == ["10.88.0.1"])
    }

    @Test func `may be shared by two networks`() throws {
        let site = try Site()
        var configuration = JSON.otherNetwork
        configuration["bridge"] = "web0"
        let other = try site.host.container("other")
        try site.host.attach(other, configuration)
        try site.host.detach(other, configuration)
        #expect(try site.host.lan.ask(.tcp, Family.ipv4.host, 8888).server == "server")
    }
}

@Suite struct `Rules of others` {
    @Test func `stay as they are and where they are`() throws {
        let host = try TestHost()
        for program in ["iptables-legacy", "ip6tables-legacy"] {
            for rule in [
                "-t filter -N CUSTOM", "-t filter -A CUSTOM -p tcp --dport 22 -j ACCEPT",
                "-t filter -A INPUT -j CUSTOM",
                "-t filter -A FORWARD -p tcp --dport 4000 -m comment --comment \"not plumb's\" -j DROP",
                "-t nat -A PREROUTING -p tcp --dport 4001 -j REDIRECT --to-ports 4002",
                "-t nat -A POSTROUTING -p udp -m multiport --dports 4003,4004 -j MASQUERADE --random",
                "-t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu",
            ] {
                try host.namespace.require("sh", "-c", "\(program) \(rule)")
            }
        }
        let rules = try host.firewallRules()
        let container = try host.container("web")
        let configuration = JSON.network(Family.allCases, ports: JSON.ports(8888, 7777))
        for _ in 0..<3 {
            try host.attach(container, configuration)
            let during = try host.firewallRules()
            #expect(during.filter(Set(rules).contains) == rules)
            try host.detach(container, configuration)
        }
        let after = try host.firewallRules()
        #expect(after.filter(Set(rules).contains) == rules)
        #expect(!after.contains { $0.contains("8888") || $0.contains("7777") })
    }
}
