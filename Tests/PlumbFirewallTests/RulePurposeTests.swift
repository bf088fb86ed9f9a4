import PlumbAddress
import PlumbTestSupport
import Testing

@testable import PlumbFirewall

@Suite(.isolatedNetwork) struct `The purpose of a rule` {
    let host: Host

    init() throws { host = try Host() }

    private func rules(of prefix: String = "PLUMB") throws -> [(place: String, rule: ListedRule)] {
        try host.firewall.rules(of: prefix).flatMap { table in
            table.chains.flatMap { chain in
                chain.rules.map { ("\(table.command.split(separator: " ")[0]) \(table.table) \(chain.name)", $0) }
            }
        }
    }

    @Test(arguments: IngressPolicy.allCases, ["PLUMB", "DOCKER"])
    func `is told of each rule that plumb makes`(ingress: IngressPolicy, prefix: String) throws {
        let lan = network("br0", "10.88.0.0/24", "fd00:88::/64", ingress: ingress, prefix: prefix)
        let secluded = NetworkPolicy(
            bridge: "br1",
            subnets: [try #require(Prefix("10.89.0.0/24"))],
            masquerade: true,
            hairpin: true,
            ingressPolicy: ingress,
            isInternal: true,
            chainPrefix: prefix
        )
        let ports = [port(8888, 7777), port(53, 53, .udp, on: "127.0.0.1"), port(9899, 9899, .sctp)]
        let web = attachment("web", "10.88.0.2", "fd00:88::2", ports: ports)
        let db = attachment("db", "10.89.0.2")
        try host.attach(web, to: lan, known: [db])
        try host.attach(db, to: secluded, known: [web])

        for (place, rule) in try rules(of: prefix) {
            #expect(rule.purpose != nil, "\(place): \(rule.text)")
        }
        let purposes = Set(try rules(of: prefix).compactMap(\.rule.purpose))
        #expect(purposes == Set(RulePurpose.allCases))
    }

    @Test func `is none for rules of others, wherever they stand`() throws {
        let foreign = [
            "filter -A FORWARD -i br0 -s 10.1.0.0/16 -j ACCEPT",
            "filter -A FORWARD -i docker0 ! -o docker0 -j ACCEPT",
            "filter -A FORWARD -i wg+ -j ACCEPT",
            "filter -A PLUMB -p tcp -j ACCEPT",
            "filter -A PLUMB-ISOLATION-STAGE-2 -o br7 -j ACCEPT",
            "nat -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE",
            "nat -A PLUMB -p tcp -m tcp --dport 22 -j DNAT --to-destination 10.1.0.1:22",
        ]
        let lan = network("br0", "10.88.0.0/24", ingress: .protected)
        try host.attach(attachment("web", "10.88.0.2", ports: [port(8888, 7777)]), to: lan)
        let own = try rules().map(\.rule.text)
        for rule in foreign { try host.run("iptables-legacy -t \(rule)") }
        for (place, rule) in try rules() {
            #expect((rule.purpose == nil) == !own.contains(rule.text), "\(place): \(rule.text)")
        }
        #expect(try rules().count { $0.rule.purpose == nil } == foreign.count)
    }

    @Test func `is that of the user chain for all that is in it, whatever its name`() throws {
        let lan = NetworkPolicy(
            bridge: "br0",
            subnets: [try #require(Prefix("10.88.0.0/24"))],
            masquerade: true,
            hairpin: true,
            ingressPolicy: .open,
            userChain: "CNI-ADMIN"
        )
        try host.attach(attachment("web", "10.88.0.2"), to: lan)
        try host.run("iptables-legacy -I CNI-ADMIN -s 192.0.2.7 -j DROP")
        let own = try rules().filter { $0.place == "iptables-legacy filter CNI-ADMIN" }
        #expect(own.map(\.rule.text) == ["-A CNI-ADMIN -s 192.0.2.7/32 -j DROP", "-A CNI-ADMIN -j RETURN"])
        #expect(own.allSatisfy { $0.rule.purpose == .userChain })
        #expect(try rules().contains { $0.rule.text == "-A FORWARD -j CNI-ADMIN" && $0.rule.purpose == .userChain })
    }

    @Test func `outlives the network's last attachment`() throws {
        let lan = network("br0", "10.88.0.0/24")
        let web = attachment("web", "10.88.0.2", ports: [port(8888, 7777)])
        try host.attach(web, to: lan)
        try host.detach([web], from: lan)
        #expect(try rules().allSatisfy { $0.rule.purpose != nil })
    }

    @Test func `is told by the command for a rule that is missing`() throws {
        let lan = network("br0", "10.88.0.0/24", ingress: .protected)
        let web = attachment("web", "10.88.0.2", ports: [port(8888, 7777)])
        let missing = try host.firewall.differences(web, in: lan)
        let purposes = RulePurpose.byCommand([web], in: lan)
        #expect(!missing.isEmpty)
        for command in missing { #expect(purposes[command] != nil, "\(command)") }
    }

    @Test func `is told quickly for a hundred networks`() throws {
        for number in 0..<100 {
            let lan = network("br\(number)", "10.\(number).0.0/24")
            try host.attach(attachment("web\(number)", "10.\(number).0.2"), to: lan)
        }
        let time = try ContinuousClock().measure { _ = try rules() }
        #expect(time < .seconds(5))
    }

    @Test func `does not hinder a listing in Docker's words`() throws {
        let lan = network("docker0", "172.17.0.0/16")
        let web = attachment("web", "172.17.0.2", ports: [port(8888, 7777)])
        try host.attach(web, to: lan)
        try host.run("iptables-legacy -A PLUMB-USER -m limit --limit 3/min -j LOG")
        let listings = TableListing.likeDocker(try host.firewall.rules(of: "PLUMB"), prefixes: ["PLUMB"])
        let lines = listings.flatMap(\.chains).flatMap(\.rules).map(\.text)
        #expect(!lines.contains { $0.contains("PLUMB") || $0.contains("plumb") })
        for rule in [
            "-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER",
            "-A DOCKER -p tcp -m tcp --dport 8888 -j DNAT --to-destination 172.17.0.2:7777",
            "-A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 7777 -j ACCEPT",
            "-A FORWARD -j DOCKER-USER", "-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP",
        ] {
            #expect(lines.contains(rule), "\(rule)")
        }
        #expect(lines.contains { $0.hasPrefix("-A DOCKER-USER -m limit") })
    }
}
