import PlumbTestSupport
import Testing

/// Tables of others that are called like plumb's.
@Suite struct `A table of somebody else with the name of plumb's` {
    private var configuration: JSON {
        var configuration = JSON.network(Family.allCases, ports: JSON.ports(8888, 7777))
        configuration["firewallBackend"] = "nftables"
        configuration["removeWhenEmpty"] = true
        return configuration
    }

    private static let tables = [
        ("map ports4 { type inet_service : ipv4_addr; elements = { 80 : 192.0.2.9 }; }", "set ports4"),
        ("set bridges { type ipv4_addr; elements = { 192.0.2.9 }; }", "set bridges"),
        ("set bridges { type mark; elements = { 7 }; }", "set bridges"),
        ("set publishers { type ifname; elements = { \"eth7\" }; }", "set publishers"),
        ("chain forward { ip saddr 192.0.2.9 drop; }", "chain forward"),
        ("chain forward { type filter hook forward priority 7; ip saddr 192.0.2.9 drop; }", "chain forward"),
        ("chain forward { type filter hook forward priority 0; ip saddr 192.0.2.9 drop; }", "chain forward"),
        ("chain output { type route hook output priority -100; }", "chain output"),
        ("set bridges { type ifname; }; chain guard { tcp dport 22 accept; }", "chain guard"),
        ("flags dormant;", "set bridges"),
    ]

    @Test(arguments: tables.indices)
    func `is refused by name with the way out, and stays as it is`(index: Int) throws {
        let (content, object) = Self.tables[index]
        let host = try TestHost()
        try host.namespace.require("nft", "table inet plumb { \(content); }")
        let container = try host.container("web")
        let before = try host.namespace.require("nft", "-a", "list", "ruleset")
        let reply = try host.add(container, configuration)
        #expect(reply.code == 104)
        #expect(reply.message.contains("table inet plumb") && reply.message.contains(object), "\(reply)")
        #expect(reply.details.contains("chainPrefix") && !reply.details.contains("Taking back"), "\(reply)")
        #expect(try host.namespace.require("nft", "-a", "list", "ruleset") == before)
        #expect(try host.remains() == [])

        try host.detach(container, configuration)
        #expect(try host.repair() == [])
        _ = try host.plumb(PlumbCall(arguments: ["show", "rules"]))
        #expect(try host.namespace.require("nft", "-a", "list", "ruleset") == before)

        var elsewhere = configuration
        elsewhere["chainPrefix"] = "LAN"
        try host.attach(container, elsewhere)
        try host.detach(container, elsewhere)
        #expect(try host.namespace.require("nft", "-a", "list", "ruleset") == before)
    }

    @Test func `is used if it holds other things only, which stay`() throws {
        let host = try TestHost()
        let own = "set admins { type mark; elements = { 7 }; }; chain user { meta mark @admins accept; };"
        try host.namespace.require("nft", "table inet plumb { \(own) chain mine { tcp dport 22 accept; }; }")
        let before = try host.namespace.require("nft", "-a", "list", "chain", "inet", "plumb", "mine")
        let container = try host.container("web")
        try host.attach(container, configuration)
        let server = try Server("web", in: container.namespace, port: 7777, at: ["0.0.0.0"])
        #expect(try host.lan.ask(.tcp, Family.ipv4.host, 8888).server == server.name)
        try host.namespace.require("nft", "flush chain inet plumb user")
        try host.detach(container, configuration)
        #expect(try host.namespace.require("nft", "-a", "list", "chain", "inet", "plumb", "mine") == before)
        #expect(try host.namespace.require("nft", "list", "set", "inet", "plumb", "admins").contains("0x00000007"))
        #expect(try host.markedRules() == [])
    }

    @Test(arguments: ["plumb", "plumb-DOCKER"])
    func `may have the user chain before plumb is there, whose rules hold and stay`(table: String) throws {
        let host = try TestHost()
        let match = "meta l4proto tcp ct direction original ct original proto-dst 8888 ip saddr \(Family.ipv4.lan)"
        try host.namespace.require("nft", "table inet \(table) { chain user { \(match) drop; }; }")
        let container = try host.container("web")
        var configuration = configuration
        configuration["chainPrefix"] = table == "plumb" ? nil : "DOCKER"
        configuration["iptablesAdminChainName"] = "ADMIN"
        try host.attach(container, configuration)
        let server = try Server("web", in: container.namespace, port: 7777, at: ["0.0.0.0", "::"])
        #expect(try !host.lan.ask(.tcp, Family.ipv4.host, 8888, limit: .seconds(1)).isAnswer)
        #expect(try host.lan.ask(.udp, Family.ipv4.host, 8888).server == server.name)
        #expect(try host.lan.ask(.tcp, Family.ipv6.host, 8888).server == server.name)
        #expect(try host.namespace.ask(.tcp, Family.ipv4.host, 8888).server == server.name)
        try host.detach(container, configuration)
        #expect(try host.namespace.require("nft", "list", "chain", "inet", table, "user").contains("drop"))

        try host.namespace.require("nft", "flush", "chain", "inet", table, "user")
        try host.namespace.require("nft", "add", "rule", "inet", table, "user", "meta", "l4proto", "tcp", "accept")
        configuration["ingressPolicy"] = "protected"
        try host.attach(container, configuration)
        try host.lan.require("ip", "route", "add", Family.ipv4.subnet, "via", Family.ipv4.host)
        let address = try #require(container.namespace.ip("address", "show", "eth0")[0]["addr_info"][0]["local"].string)
        #expect(try host.lan.ask(.tcp, address, 7777).server == server.name)
        #expect(try !host.lan.ask(.udp, address, 7777, limit: .seconds(1)).isAnswer)
    }

    @Test func `in the family of bridges is refused and left as well`() throws {
        let host = try TestHost()
        try host.namespace.require("nft", "table bridge plumb { set ports { type mark; elements = { 7 }; }; }")
        let before = try host.namespace.require("nft", "-a", "list", "table", "bridge", "plumb")
        let container = try host.container("web")
        var checked = configuration
        checked["macspoofchk"] = true
        let reply = try host.add(container, checked)
        #expect(reply.code == 104)
        #expect(reply.message.contains("table bridge plumb") && reply.message.contains("set ports"), "\(reply)")
        #expect(try host.namespace.require("nft", "-a", "list", "table", "bridge", "plumb") == before)
        #expect(try host.remains() == [])
    }
}
