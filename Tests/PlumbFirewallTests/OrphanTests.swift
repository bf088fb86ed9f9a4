import Glibc
import PlumbAddress
import PlumbLinux
import PlumbTestSupport
import Testing

@testable import PlumbFirewall

@Suite(.isolatedNetwork) struct `Rules whose attachment the store has forgotten` {
    let lan = network("br0", "10.88.0.0/24")
    let web = attachment("web", "10.88.0.2", ports: [port(8888, 7777)])
    let db = attachment("db", "10.88.0.3", ports: [port(5432, 5432)])
    let host: Host

    init() throws { host = try Host() }

    private func marked() throws -> Set<String> {
        let rules = try host.firewall.rules(of: "PLUMB").flatMap(\.chains).flatMap(\.rules)
        return Set(rules.compactMap { $0.mark?.label })
    }

    @Test func `are swept when another comes`() throws {
        try host.attach(web, to: lan)
        try host.attach(db, to: lan, known: [])
        #expect(try marked() == ["db eth0 lan"])
    }

    @Test func `are swept when another goes`() throws {
        try host.attach(web, to: lan)
        try host.attach(db, to: lan, known: [web])
        try host.detach([db], from: lan)
        #expect(try marked() == [])
    }

    @Test func `give their ports to a successor`() throws {
        try host.attach(web, to: lan)
        let successor = attachment("web2", "10.88.0.4", ports: web.ports)
        try host.attach(successor, to: lan)
        #expect(try marked() == ["web2 eth0 lan"])
    }

    @Test func `are left alone if they are another store's`() throws {
        try host.attach(attachment("web", "10.88.0.2", ports: web.ports, storeDirectory: "/elsewhere"), to: lan)
        try host.attach(db, to: lan)
        #expect(try marked() == ["web eth0 lan", "db eth0 lan"])
    }

    @Test func `are looked for once, and only if rules carry unknown marks`() throws {
        var questions = 0
        func known() -> Set<UInt64> {
            questions += 1
            return [web.mark.id]
        }
        try host.firewall.attach(web, to: lan, knownIDs: known)
        #expect(questions == 0)
        try host.firewall.attach(db, to: lan, knownIDs: known)
        #expect(questions == 1)
    }

    @Test func `can't be told if the store is broken`() throws {
        try host.attach(web, to: lan)
        let error = #expect(throws: FirewallError.self) {
            try host.firewall.attach(db, to: lan) { throw SystemError("read the store", errno: EIO) }
        }
        #expect(error?.description.contains("read the store: Input/output error") == true)
        #expect(try marked() == ["web eth0 lan"])
    }
}

@Suite(.isolatedNetwork) struct `A port that somebody else publishes` {
    let lan = network("br0", "10.88.0.0/24")
    let web = attachment("web", "10.88.0.2", ports: [port(8888, 7777)])
    let host: Host

    init() throws { host = try Host() }

    @Test func `is refused by the holder's name, and nothing is changed`() throws {
        try host.attach(web, to: lan)
        let before = try host.firewall.rules(of: "PLUMB")
        let error = #expect(throws: FirewallError.self) {
            try host.attach(attachment("other", "10.88.0.3", ports: [port(8888, 80)]), to: lan, known: [web])
        }
        #expect(error?.kind == .refused)
        #expect(
            error?.description.hasPrefix("publish port 8888/tcp: the attachment web eth0 lan has it: -A PLUMB") == true
        )
        #expect(try host.firewall.rules(of: "PLUMB") == before)
    }

    @Test func `may be the same container's on another network`() throws {
        try host.attach(web, to: lan)
        let second = AttachmentPolicy(
            mark: RuleMark(storeDirectory: "/run/plumb", network: "wan", container: "web", interface: "eth1"),
            hostInterface: "vethweb1",
            addresses: [try #require(IPAddress("10.99.0.2"))],
            ports: web.ports
        )
        try host.attach(second, to: network("br1", "10.99.0.0/24"), known: [web])
        let rules = try host.firewall.rules(of: "PLUMB").flatMap(\.chains).flatMap(\.rules).map(\.text)
        let leads = rules.filter { $0.contains("--dport 8888") }
        #expect(leads.map { $0.contains("10.88.0.2:7777") } == [true, false], "\(leads)")
    }

    @Test func `is refused if the rule carries no mark`() throws {
        try host.attach(attachment("none", "10.88.0.9"), to: lan)
        try host.run("iptables-legacy -t nat -A PLUMB -p tcp --dport 8888 -j DNAT --to-destination 10.0.0.1:1")
        let error = #expect(throws: FirewallError.self) { try host.attach(web, to: lan) }
        #expect(error?.reason.hasPrefix("a rule of another program has it") == true)
    }

    @Test(arguments: [port(8888, 1, .udp), port(8889, 1), port(8888, 1, on: "192.0.2.10")])
    func `is not another protocol's, number's or address's`(port: PublishedPort) throws {
        try host.attach(web, to: lan)
        try host.attach(attachment("other", "10.88.0.3", ports: [port]), to: lan, known: [web])
    }
}
