import Glibc
import PlumbAddress
import PlumbLinux
import PlumbTestSupport
import Testing

@testable import PlumbFirewall

@Suite(.isolatedNetwork) struct `The table in the kernel` {
    let lan = network("br0", "10.88.0.0/24", "fd00:88::/64")
    let web = attachment(
        "web",
        "10.88.0.2",
        "fd00:88::2",
        ports: [port(8888, 7777), port(53, 53, .udp, on: "127.0.0.1"), port(53, 53, .udp, on: "2001:db8::10")]
    )
    let host: Host

    init() throws { host = try Host(.nftables) }

    private func ruleset() throws -> String { try host.run("nft list ruleset") }

    /// The number that every change of anything raises.
    private func generation() throws -> UInt32? {
        guard var socket = try NftablesSocket.open() else { return nil }
        return try socket.generation()
    }

    /// A network of each kind, and attachments with all kinds of ports and addresses.
    private func fill() throws {
        let networks = [
            lan, network("br1", "10.89.0.0/16", masquerade: false, ingress: .isolated),
            network("br2", "10.90.0.0/24", hairpin: false, ingress: .protected, randomizesPorts: false),
            network("br3", "10.91.0.0/24", isInternal: true),
        ]
        for (position, network) in networks.enumerated() {
            try host.attach(attachment("c\(position)", "10.\(88 + position).0.9"), to: network)
        }
        let checked = AttachmentPolicy(
            mark: web.mark,
            hostInterface: web.hostInterface,
            onlyMAC: MACAddress("02:42:0a:58:00:02"),
            addresses: web.addresses,
            ports: web.ports
        )
        try host.attach(checked, to: lan)
    }

    @Test func `is to plumb what it is to nft`() throws {
        try fill()
        let printed = try ruleset()
        let listings = try host.firewall.rules(of: "PLUMB")
        #expect(listings.map(\.table) == ["plumb", "plumb"])
        #expect(listings.map(\.syntax) == [.nftables(family: "inet"), .nftables(family: "bridge")])
        let texts = listings.flatMap(\.chains).flatMap(\.rules).map(\.text)
        #expect(texts.count > 60)
        for text in texts { #expect(printed.contains(text), "\(text)") }
        for line in NftablesLayout(prefix: "PLUMB").lines + SourceCheckLayout(prefix: "PLUMB").lines {
            #expect(printed.contains("\t\(line.text(.init()))\n"), "\(line.text())")
        }
        #expect(!printed.contains("@nh") && !printed.contains("@th"), "nft knows all fields by name")
    }

    @Test func `has as many rules as were counted`() {
        let lines = Dictionary(grouping: NftablesLayout(prefix: "PLUMB").lines, by: \.chain).mapValues {
            UInt32($0.count)
        }
        #expect(lines == NftablesLayout.ruleCounts)
    }

    @Test func `is brought up to date from another version of plumb`() throws {
        try host.attach(web, to: lan)
        let before = try ruleset()
        try host.run("nft delete element inet plumb bridges { br0 }")
        try host.run("nft add element inet plumb bridges { br0 }")
        try host.run("nft replace rule inet plumb guard handle \(try guardHandle()) accept")
        #expect(try ruleset() != before)
        try host.attach(web, to: lan)
        #expect(try ruleset() == before)
    }

    private func guardHandle() throws -> UInt64 {
        guard var socket = try NftablesSocket.open() else { return 0 }
        return try socket.rules(NftablesLayout(prefix: "PLUMB").table, chain: "guard").first?.handle ?? 0
    }

    @Test func `can be saved and loaded by nft`() throws {
        try fill()
        let before = try ruleset()
        let file = try TemporaryFile(before)
        try host.run("nft flush ruleset")
        try host.run("nft -f \(file.path)")
        #expect(try ruleset() == before)
        #expect(try host.firewall.differences(web, in: lan).isEmpty)
    }

    @Test func `is not written again when nothing changes`() throws {
        try host.attach(web, to: lan)
        let before = try generation()
        try host.attach(web, to: lan)
        try host.attach(attachment("other", "10.88.0.3"), to: lan, known: [web])
        try host.detach([attachment("other", "10.88.0.3")], from: lan, known: [web])
        #expect(try generation() == before, "a container without ports takes no change at all")
    }

    @Test func `takes one change for an attachment, and one for its end`() throws {
        try host.attach(web, to: lan)
        let before = try #require(try generation())
        let db = attachment("db", "10.88.0.3", ports: [port(5432, 5432), port(5433, 5433)])
        try host.attach(db, to: lan, known: [web])
        #expect(try generation() == before + 1)
        try host.detach([db], from: lan, known: [web])
        #expect(try generation() == before + 2)
    }

    @Test func `names the owner of each element`() throws {
        try host.attach(web, to: lan)
        let elements = try ruleset().split(separator: "\n").filter { $0.contains(web.mark.comment) }
        #expect(elements.count == 5, "two families, two bound ports, and the host end")
        let rules = try host.firewall.rules(of: "PLUMB").flatMap(\.chains).flatMap(\.rules)
        #expect(rules.filter { $0.mark == web.mark }.count == 5)
    }

    @Test func `has a name for each prefix`() throws {
        try host.attach(web, to: lan)
        let other = network("br9", "10.99.0.0/24", prefix: "LAN")
        try host.attach(attachment("c", "10.99.0.2", ports: [port(80, 80)]), to: other)
        #expect(try host.run("nft list tables") == "table inet plumb\ntable inet plumb-LAN\n")
        try host.firewall.removeNetwork(other)
        #expect(try host.run("nft list tables").contains("LAN"), "its containers are not gone")
        try host.detach([attachment("c", "10.99.0.2", ports: [port(80, 80)])], from: other)
        try host.firewall.removeNetwork(other)
        #expect(try host.run("nft list tables") == "table inet plumb\n")
    }

    /// Ways in which other programs and people take away what plumb made.
    static let losses = [
        "flush ruleset", "flush table inet plumb", "flush chain inet plumb forward", "flush map inet plumb ports4",
        "flush set inet plumb bridges", "delete set inet plumb publishers", "flush map inet plumb masquerade6",
        "add chain inet plumb forward { policy drop ; }", "insert rule inet plumb forward accept",
    ]

    @Test(arguments: losses) func `is back after a loss, and what is lost is named as commands`(loss: String) throws {
        try host.attach(web, to: lan)
        let before = try ruleset()
        try host.run("nft \(loss)")
        let missing = try host.firewall.differences(web, in: lan)
        #expect(!missing.isEmpty)
        let told = try host.firewall.restore([(web, lan)], dryRun: true, knownIDs: { [web.mark.id] })
        #expect(!told.isEmpty)
        #expect(try ruleset() != before)
        #expect(try host.firewall.restore([(web, lan)], dryRun: false, knownIDs: { [web.mark.id] }) == told)
        #expect(try ruleset().split(separator: "\n").sorted() == before.split(separator: "\n").sorted())
        #expect(try host.firewall.differences(web, in: lan).isEmpty)
        #expect(try host.firewall.restore([(web, lan)], dryRun: false, knownIDs: { [web.mark.id] }) == [])

        try host.run("nft \(loss)")
        for line in try host.firewall.restoringCommands(web, in: lan) {
            let result = try command(["sh", "-c", line])
            #expect(result.status == 0, "\(line): \(result.output)")
        }
        #expect(try host.firewall.differences(web, in: lan).isEmpty, "the commands do what they say")
    }

    @Test(arguments: losses.dropLast(2)) func `is back with the next attachment`(loss: String) throws {
        try host.attach(web, to: lan)
        let before = try ruleset()
        try host.run("nft \(loss)")
        try host.attach(web, to: lan)
        #expect(try ruleset().split(separator: "\n").sorted() == before.split(separator: "\n").sorted())
    }

    @Test func `follows the policy of the network`() throws {
        try host.attach(web, to: lan)
        let other = network(
            "br0",
            "10.88.0.0/24",
            "fd00:88::/64",
            masquerade: false,
            hairpin: false,
            ingress: .isolated
        )
        try host.attach(web, to: other)
        let isolated = try ruleset()
        #expect(isolated.contains("\"br0\" . \"br0\" : drop") && !isolated.contains("goto masquerade-random }"))
        try host.attach(web, to: lan)
        #expect(try ruleset().contains("\"br0\" . \"br0\" : accept"))
        #expect(try host.firewall.differences(web, in: lan).isEmpty)
    }

    @Test func `follows the ports that are published now`() throws {
        try host.attach(web, to: lan)
        let more = AttachmentPolicy(
            mark: web.mark,
            hostInterface: web.hostInterface,
            addresses: web.addresses,
            ports: [port(8889, 7777), port(53, 54, .udp, on: "127.0.0.1")]
        )
        try host.attach(more, to: lan)
        let texts = try host.firewall.rules(of: "PLUMB").flatMap(\.chains).flatMap(\.rules)
            .filter { $0.mark == web.mark }.map(\.text)
        #expect(texts.count == 4)
        #expect(!texts.contains { $0.contains("8888") })
        #expect(texts.contains { $0.hasSuffix("10.88.0.2 . 54") })
    }

    @Test func `is gone with the last network, but for rules of the administrator`() throws {
        let wan = network("br1", "10.89.0.0/24")
        try host.attach(web, to: lan)
        try host.attach(attachment("c", "10.89.0.2"), to: wan)
        try host.detach([web], from: lan)
        try host.firewall.removeNetwork(lan)
        let left = try ruleset()
        #expect(left.contains("br1") && !left.contains("br0"))
        try host.run("nft add rule inet plumb user ip saddr 192.0.2.66 drop")
        try host.firewall.removeNetwork(wan)
        #expect(try ruleset().contains("ip saddr 192.0.2.66 drop"))
        try host.attach(web, to: lan)
        #expect(try ruleset().contains("ip saddr 192.0.2.66 drop"))
        try host.detach([web], from: lan)
        try host.run("nft flush chain inet plumb user")
        try host.firewall.removeNetwork(lan)
        #expect(try ruleset() == "")
    }

    /// What is forgotten of flows after that stays forgotten, although a sender never pauses.
    @Test func `does not lead to ports of UDP any more when their attachment has gone`() throws {
        let dns = attachment("dns", "10.88.0.3", ports: [port(5353, 53, .udp), port(5353, 53, .sctp)])
        guard var socket = try NftablesSocket.open() else { return }
        let table = NftablesLayout(prefix: "PLUMB").table
        for _ in 0..<10 {
            try host.attach(dns, to: lan)
            #expect(try socket.elements(table, set: "ports4").count == 2)
            try host.detach([dns], from: lan)
            #expect(try socket.elements(table, set: "ports4").isEmpty)
        }
    }

    /// As on kernels that can't change the timeout of an element.
    @Test func `loses elements by deletion, too, whatever others have deleted of them`() throws {
        try host.attach(web, to: lan)
        let layout = NftablesLayout(prefix: "PLUMB")
        try host.run("nft flush map inet plumb ports6")
        guard var socket = try NftablesSocket.open() else { return }
        try socket.deleteAll(layout.entries(of: web), of: layout.table)
        #expect(try host.firewall.rules(of: "PLUMB").flatMap(\.chains).flatMap(\.rules).allSatisfy { $0.mark == nil })
        try socket.deleteAll(layout.entries(of: web), of: layout.table)
    }

    @Test func `may be gone before it is removed`() throws {
        try host.detach([web], from: lan)
        try host.firewall.detach([web.mark], from: lan) { [] }
        try host.firewall.removeNetwork(lan)
        #expect(try ruleset() == "")
    }

    @Test func `is of the thread's namespace only`() throws {
        try host.attach(web, to: lan)
        #expect(unshareNetwork() == 0)
        #expect(try ruleset() == "")
    }

    @Test func `outlines rules of the administrator`() throws {
        try host.attach(web, to: lan)
        try host.run("nft add rule inet plumb user iifname eth0 ip saddr 192.0.2.66 counter drop")
        let user = try host.firewall.rules(of: "PLUMB").flatMap(\.chains).first { $0.name == "user" }
        #expect(user?.rules.map(\.text) == ["iifname \"eth0\" meta nfproto ipv4 … counter packets 0 bytes 0 drop"])
    }
}

/// A file of one test.
private final class TemporaryFile {
    let path: String

    init(_ text: String) throws {
        var template = Array("/tmp/plumb-firewall-XXXXXX".utf8CString)
        let file = FileDescriptor(adopting: unsafe mkstemp(&template))
        guard file.number >= 0 else { throw SystemError("make a file") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        try file.writeAll(Array(text.utf8))
    }

    deinit { unsafe unlink(path) }
}

@Suite(.isolatedNetwork) struct `Elements of others` {
    let lan = network("br0", "10.88.0.0/24")
    let web = attachment("web", "10.88.0.2", ports: [port(8888, 7777)])
    let db = attachment("db", "10.88.0.3", ports: [port(5432, 5432)])
    let host: Host

    init() throws { host = try Host(.nftables) }

    private func marked() throws -> Set<String> {
        let rules = try host.firewall.rules(of: "PLUMB").flatMap(\.chains).flatMap(\.rules)
        return Set(rules.compactMap { $0.mark?.label })
    }

    @Test func `are refused by the holder's name, and nothing is changed`() throws {
        try host.attach(web, to: lan)
        let before = try host.firewall.rules(of: "PLUMB")
        let error = #expect(throws: FirewallError.self) {
            try host.attach(attachment("other", "10.88.0.3", ports: [port(8888, 80)]), to: lan, known: [web])
        }
        #expect(error?.kind == .refused)
        #expect(
            error?.description.hasPrefix("publish port 8888/tcp: the attachment web eth0 lan has it: nft get element")
                == true,
            "\(error.map { "\($0)" } ?? "")"
        )
        #expect(try host.firewall.rules(of: "PLUMB") == before)
    }

    @Test(arguments: [port(8888, 1, .udp), port(8889, 1), port(8888, 1, on: "192.0.2.10")])
    func `are not another protocol's, number's or address's`(port: PublishedPort) throws {
        try host.attach(web, to: lan)
        try host.attach(attachment("other", "10.88.0.3", ports: [port]), to: lan, known: [web])
    }

    @Test func `give their ports to a successor if their attachment is forgotten`() throws {
        try host.attach(web, to: lan)
        let successor = attachment("web2", "10.88.0.4", ports: web.ports)
        try host.attach(successor, to: lan)
        let ports = try host.firewall.rules(of: "PLUMB").flatMap(\.chains).first { $0.name == "@ports4" }
        #expect(ports?.rules.map(\.mark) == [successor.mark])
    }

    @Test func `are swept when all are read, if their attachment is forgotten`() throws {
        for sweep: () throws -> Void in [
            { try host.firewall.detach([attachment("x", "10.88.0.9").mark], from: lan) { [db.mark.id] } },
            { try host.attach(db, to: lan) },
            { _ = try host.firewall.restore([(db, lan)], dryRun: false, knownIDs: { [db.mark.id] }) },
        ] {
            try host.attach(db, to: lan)
            try host.attach(web, to: lan, known: [db])
            #expect(try marked() == ["web eth0 lan", "db eth0 lan"])
            try sweep()
            #expect(try marked() == ["db eth0 lan"])
        }
    }

    @Test func `are left alone if they are another store's`() throws {
        try host.attach(attachment("web", "10.88.0.2", ports: web.ports, storeDirectory: "/elsewhere"), to: lan)
        try host.attach(db, to: lan)
        _ = try host.firewall.restore([(db, lan)], dryRun: false, knownIDs: { [db.mark.id] })
        #expect(try marked() == ["web eth0 lan", "db eth0 lan"])
    }

    @Test func `are not asked about while nobody stands in the way`() throws {
        var questions = 0
        func known() -> Set<UInt64> {
            questions += 1
            return [web.mark.id]
        }
        try host.firewall.attach(web, to: lan, knownIDs: known)
        try host.firewall.attach(db, to: lan, knownIDs: known)
        #expect(questions == 0)
    }

    @Test func `of the same container wait for their turn`() throws {
        let wan = network("br1", "10.99.0.0/24")
        let second = AttachmentPolicy(
            mark: RuleMark(storeDirectory: "/run/plumb", network: "wan", container: "web", interface: "eth1"),
            hostInterface: "vethweb1",
            addresses: [try #require(IPAddress("10.99.0.2"))],
            ports: web.ports
        )
        try host.attach(web, to: lan)
        try host.attach(second, to: wan, known: [web])
        func leads() throws -> [String: [String]] {
            let chains = try host.firewall.rules(of: "PLUMB").flatMap(\.chains).filter { $0.name.hasSuffix("ports4") }
            return Dictionary(chains.map { ($0.name, $0.rules.compactMap(\.mark?.label)) }, uniquingKeysWith: { $1 })
        }
        #expect(try leads() == ["@ports4": ["web eth0 lan"], "@spare-ports4": ["web eth1 wan"]])
        let both = [(second, wan), (web, lan)]
        let known = Set([web.mark.id, second.mark.id])
        #expect(try host.firewall.restore(both, dryRun: false, knownIDs: { known }) == [], "who has it keeps it")
        #expect(try host.firewall.differences(second, in: wan) == [])

        try host.detach([web], from: lan, known: [second])
        #expect(try leads() == ["@spare-ports4": ["web eth1 wan"]])
        try host.detach([second], from: wan)
        #expect(try leads() == [:])
    }

    @Test func `are put back all at once`() throws {
        let many = (0..<20).map { attachment("c\($0)", "10.88.0.\(10 + $0)", ports: [port(UInt16(2000 + $0), 80)]) }
        for attachment in many { try host.attach(attachment, to: lan, known: many) }
        let before = try host.run("nft list ruleset").split(separator: "\n").sorted()
        try host.run("nft flush ruleset")
        let all = many.map { (attachment: $0, network: lan) }
        let known = Set(many.map(\.mark.id))
        let told = try host.firewall.restore(all, dryRun: true, knownIDs: { known })
        #expect(told.contains { $0.contains("2019") })
        #expect(try host.run("nft list ruleset") == "")
        #expect(try host.firewall.restore(all, dryRun: false, knownIDs: { known }) == told)
        #expect(try host.run("nft list ruleset").split(separator: "\n").sorted() == before)
        #expect(try host.firewall.restore(all, dryRun: false, knownIDs: { known }) == [])
    }
}
