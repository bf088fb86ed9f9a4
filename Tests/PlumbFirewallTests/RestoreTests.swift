import PlumbAddress
import PlumbTestSupport
import Testing

@testable import PlumbFirewall

/// Networks of two prefixes and families with attachments, in the order in which they were made.
private struct Estate {
    static let lan = network("br0", "10.88.0.0/24", "fd00:88::/64")
    static let closed = network("br1", "10.89.0.0/24", ingress: .protected)
    static let apart = network("br2", "10.90.0.0/24", ingress: .isolated)
    static let docker = network("docker0", "172.17.0.0/16", prefix: "DOCKER")

    static let all: [(attachment: AttachmentPolicy, network: NetworkPolicy)] = [
        (attachment("web", "10.88.0.2", "fd00:88::2", ports: [port(8888, 7777), port(53, 53, .udp)]), lan),
        (attachment("vault", "10.89.0.2", ports: [port(443, 443, on: "127.0.0.1")]), closed),
        (attachment("box", "172.17.0.2", ports: [port(80, 80)]), docker),
        (attachment("quiet", "10.88.0.3", "fd00:88::3"), lan),
        (attachment("cell", "10.90.0.2", ports: [port(9000, 9000), port(9001, 9000)]), apart),
        (attachment("db", "10.88.0.4", "fd00:88::4", ports: [port(5432, 5432, on: "fd00::1")]), lan),
    ]

    static let ids = Set(all.map(\.attachment.mark.id))

    let host: Host

    /// Attaches all, one after the other.
    init() throws {
        host = try Host()
        for (index, item) in Self.all.enumerated() {
            try host.attach(item.attachment, to: item.network, known: Self.all[..<index].map(\.attachment))
        }
    }

    func restore(dryRun: Bool = false, known: Set<UInt64> = ids) throws -> [String] {
        try host.firewall.restore(Self.all, dryRun: dryRun) { known }
    }

    /// What iptables-save prints of all tables of both families.
    func saved() throws -> [String] {
        try AddressFamily.allCases.flatMap { family in
            try ["raw", "nat", "filter"].flatMap { table in
                let lines = try host.saved(table, family, withComments: true) ?? []
                // Whether a table without rules exists does not matter.
                return lines.filter { !$0.hasSuffix(" ACCEPT") || $0.hasPrefix("-") }
                    .map { "\(family) \(table) \($0)" }
            }
        }
    }

    func damage(_ script: String) throws {
        for line in script.split(separator: ";") { try host.run(line.trimmed) }
    }

    /// What takes everything away: rules, then the chains that nothing leads to any more.
    static let flush = ["iptables-legacy", "ip6tables-legacy"].flatMap { program in
        ["raw", "nat", "filter"].flatMap { ["\(program) -t \($0) -F", "\(program) -t \($0) -X"] }
    }.joined(separator: ";")
}

extension Substring {
    fileprivate var trimmed: String { String(drop { $0 == " " }) }
}

@Suite(.isolatedNetwork) struct `Rules that are restored` {
    private let damages = [
        Estate.flush,
        "iptables-legacy -F",
        "iptables-legacy -t nat -F",
        "iptables-legacy -t raw -F",
        "iptables-legacy -D FORWARD -j PLUMB-ISOLATION-STAGE-1",
        "iptables-legacy -t nat -D PREROUTING -m addrtype --dst-type LOCAL -j PLUMB",
        "ip6tables-legacy -t nat -F PLUMB; iptables-legacy -F DOCKER",
        "iptables-legacy -D FORWARD -i br0 -o br0 -j ACCEPT; iptables-legacy -D FORWARD -i br2 -o br2 -j DROP",
    ]

    @Test func `are left alone when nothing is amiss, whatever stands on top`() throws {
        let estate = try Estate()
        let before = try estate.saved()
        let nothing = try estate.restore()
        #expect(nothing == [])
        try estate.host.detach([Estate.all[5].attachment], from: Estate.lan, known: Estate.all.map(\.attachment))
        try estate.host.attach(Estate.all[5].attachment, to: Estate.lan, known: Estate.all.map(\.attachment))
        let lines = try estate.restore()
        #expect(lines == [])
        #expect(try estate.saved().sorted() == before.sorted())
    }

    @Test func `from nothing are those that successive ADDs have left, in their order`() throws {
        let estate = try Estate()
        let before = try estate.saved()
        #expect(before.count > 100)
        try estate.damage(Estate.flush)
        #expect(try !estate.restore().isEmpty)
        let after = try estate.saved()
        #expect(after == before)
        #expect(try estate.restore() == [])
    }

    @Test(arguments: 0..<8) func `are complete after any damage, and then stay as they are`(index: Int) throws {
        let estate = try Estate()
        let before = try estate.saved()
        try estate.damage(damages[index])
        #expect(try !estate.restore().isEmpty)
        #expect(try estate.saved().sorted() == before.sorted())
        #expect(try estate.restore() == [])
    }

    @Test(arguments: 0..<8) func `would be so by the commands that a dry run lists`(index: Int) throws {
        let estate = try Estate()
        try estate.damage(damages[index])
        let damaged = try estate.saved()
        let commands = try estate.restore(dryRun: true)
        #expect(try estate.saved() == damaged)

        for line in commands {
            let result = try command(["sh", "-ec", line], lock: estate.host.lockPath)
            #expect(result.status == 0, "\(line): \(result.output)")
        }
        #expect(try estate.restore() == [])
    }

    @Test func `leave the rules of others, and the user's chain`() throws {
        let estate = try Estate()
        try estate.damage(Estate.flush)
        let foreign = [
            "-A FORWARD -s 10.1.0.0/16 -m limit --limit 3/min -j LOG", "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT",
        ]
        for rule in foreign { try estate.host.run("iptables-legacy \(rule)") }
        try estate.host.run("iptables-legacy -N PLUMB-USER")
        try estate.host.run("iptables-legacy -A PLUMB-USER -s 192.0.2.66 -j DROP")
        #expect(try !estate.restore().isEmpty)
        let saved = try estate.host.saved("filter") ?? []
        #expect(saved.filter { foreign.contains($0) }.sorted() == foreign.sorted())
        #expect(saved.first { $0.hasPrefix("-A PLUMB-USER") } == "-A PLUMB-USER -s 192.0.2.66/32 -j DROP")
        #expect(try estate.restore() == [])
    }

    @Test func `are not those of an attachment that has been removed meanwhile`() throws {
        let estate = try Estate()
        let gone = Estate.all[0].attachment.mark
        try estate.damage("iptables-legacy -F; iptables-legacy -t nat -F")
        #expect(try !estate.restore(known: Estate.ids.subtracting([gone.id])).isEmpty)
        #expect(try !estate.saved().contains { $0.contains(gone.comment) })
        #expect(try estate.saved().contains { $0.contains(Estate.all[1].attachment.mark.comment) })
        #expect(try estate.restore(known: Estate.ids.subtracting([gone.id])) == [])
    }

    @Test func `are none at all when somebody else publishes a port`() throws {
        let estate = try Estate()
        try estate.damage(Estate.flush)
        try estate.damage("iptables-legacy -t nat -N PLUMB")
        try estate.damage("iptables-legacy -t nat -A PLUMB -p tcp --dport 8888 -j DNAT --to-destination 10.9.9.9:1")
        let before = try estate.saved()
        let error = #expect(throws: FirewallError.self) { try estate.restore() }
        #expect(error?.kind == .refused)
        #expect(try estate.saved() == before)
    }
}
