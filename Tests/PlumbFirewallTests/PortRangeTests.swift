import Glibc
import PlumbAddress
import PlumbLinux
import PlumbTestSupport
import Testing

@testable import PlumbFirewall

private func range(
    _ hostPort: UInt16,
    _ containerPort: UInt16,
    count: UInt16,
    _ transport: TransportProtocol = .tcp,
    on hostAddress: String? = nil
) -> PublishedPort {
    PublishedPort(
        hostAddress: hostAddress.flatMap { IPAddress($0) },
        hostPort: hostPort,
        containerPort: containerPort,
        count: count,
        transport: transport
    )
}

/// What a line of iptables-save says behind `--dport`.
private func destinationPorts(_ line: String) -> String? {
    let words = line.split(separator: " ")
    return words.firstIndex(of: "--dport").map { String(words[$0 + 1]) }
}

/// Targets as iptables prints them, each made without it.
private let translations: [(String, Rule.Translation, String)] = [
    ("10.88.0.2", .same, "10.88.0.2"),
    ("10.88.0.2", .port(7777), "10.88.0.2:7777"),
    ("10.88.0.2", .moved(from: 5000, to: 6000...6003), "10.88.0.2:6000-6003/5000"),
    ("10.88.0.2", .moved(from: 65534, to: 1...2), "10.88.0.2:1-2/65534"),
    ("fd00::2", .same, "fd00::2"),
    ("fd00::2", .port(7777), "[fd00::2]:7777"),
    ("fd00::2", .moved(from: 5000, to: 6000...6003), "[fd00::2]:6000-6003/5000"),
]

@Suite(.isolatedNetwork) struct `A rule that translates` {
    let host: Host

    init() throws { host = try Host() }

    @Test(arguments: translations) func `is to iptables and to itself what it was made as`(
        address: String,
        translation: Rule.Translation,
        text: String
    ) throws {
        let address = try #require(IPAddress(address))
        let rule = Rule(transport: .udp, destinationPorts: 5000...5003, target: .dnat(address, translation))
        let line = "-A PREROUTING -p udp -m udp --dport 5000:5003 -j DNAT --to-destination \(text)"
        #expect(rule.text(in: "PREROUTING") == line)
        let snapshot = try IptablesTable.snapshot(.nat, address.family)
        #expect(try snapshot.commit([.insert(rule, chain: "PREROUTING", at: 0)]))

        #expect(try host.saved("nat", address.family)?.last == line)
        let plan = try IptablesTable.snapshot(.nat, address.family).plan(reading: ["PREROUTING"], interest: .init())
        #expect(plan.entries(of: "PREROUTING").map(\.rule) == [rule])
        let program = address.family == .ipv4 ? "iptables-legacy" : "ip6tables-legacy"
        try host.run("\(program) -t nat -D \(line.dropFirst(3))")
    }

    @Test(arguments: ["10.88.0.2-10.88.0.9", "10.88.0.2:1-9", "10.88.0.2 --random", "10.88.0.2 --persistent"])
    func `in a way that plumb never does is foreign`(options: String) throws {
        try host.run("iptables-legacy -t nat -A PREROUTING -p tcp -j DNAT --to-destination \(options)")
        let plan = try IptablesTable.snapshot(.nat, .ipv4).plan(reading: ["PREROUTING"], interest: .init())
        #expect(plan.entries(of: "PREROUTING").map(\.rule) == [nil])
    }
}

@Suite(.isolatedNetwork) struct `A range of published ports` {
    let host: Host

    init() throws { host = try Host() }

    @Test func `takes one rule of each kind`() throws {
        let lan = network("br0", "10.88.0.0/24", "fd00:88::/64")
        let ports = [range(5000, 6000, count: 4), range(7000, 7000, count: 1000, .udp)]
        let web = attachment("web", "10.88.0.2", "fd00:88::2", ports: ports)
        try host.attach(web, to: lan)
        for (family, address, moved) in [
            (AddressFamily.ipv4, "10.88.0.2", "10.88.0.2:6000-6003/5000"),
            (.ipv6, "fd00:88::2", "[fd00:88::2]:6000-6003/5000"),
        ] {
            let nat = try host.saved("nat", family) ?? []
            #expect(
                nat.filter { $0.contains("DNAT --to") } == [
                    "-A PLUMB -p tcp -m tcp --dport 5000:5003 -j DNAT --to-destination \(moved)",
                    "-A PLUMB -p udp -m udp --dport 7000:7999 -j DNAT --to-destination \(address)",
                ]
            )
            let own = nat.filter { $0.contains("POSTROUTING -s \(address)/") }
            #expect(own.map(destinationPorts) == ["6000:6003", "7000:7999"])
            let accepted = try (host.saved("filter", family) ?? []).filter { $0.contains("-A PLUMB ") }
            #expect(accepted.map(destinationPorts) == ["6000:6003", "7000:7999"])
        }
        #expect(try host.firewall.differences(web, in: lan).isEmpty)
        try host.detach([web], from: lan)
        #expect(try host.saved("nat")?.contains { $0.contains("dport") } == false)
    }

    @Test(
        arguments: [
            (range(5003, 80, count: 8), "publish port 5003/tcp"),
            (range(4000, 80, count: 2000), "publish ports 5000-5003/tcp"),
            (port(5001, 80), "publish port 5001/tcp"), (range(5000, 6000, count: 4), "publish ports 5000-5003/tcp"),
            (range(4000, 80, count: 1000), nil), (range(5004, 80, count: 1000), nil),
            (range(5000, 80, count: 4, .udp), nil),
            (range(5000, 80, count: 4, on: "192.0.2.1"), nil),
        ] as [(PublishedPort, String?)]
    )
    func `is refused where a rule of somebody else takes a part of it`(asked: PublishedPort, operation: String?) throws
    {
        let lan = network("br0", "10.88.0.0/24")
        let other = attachment("other", "10.88.0.2", ports: [range(5000, 6000, count: 4)])
        let web = attachment("web", "10.88.0.3", ports: [asked])
        try host.attach(other, to: lan)
        do {
            try host.attach(web, to: lan, known: [other])
            #expect(operation == nil)
        } catch let error as FirewallError {
            #expect(error.operation == operation)
            #expect(error.reason.contains("the attachment other eth0 lan has"))
            #expect(error.reason.contains("--dport 5000:5003"))
        }
    }

    @Test func `takes a rule for each port where the rules are Docker's own`() throws {
        let docker0 = network("docker0", "172.17.0.0/16", prefix: "DOCKER")
        let ports = [port(80, 80), range(5000, 6000, count: 4)]
        try host.attach(attachment("c1", "172.17.0.2", ports: ports), to: docker0)
        let nat = try host.saved("nat") ?? []
        let translated = [(5003, 6003), (5002, 6002), (5001, 6001), (5000, 6000), (80, 80)].map { host, container in
            "-A DOCKER -p tcp -m tcp --dport \(host) -j DNAT --to-destination 172.17.0.2:\(container)"
        }
        #expect(nat.filter { $0.contains("-j DNAT") } == translated)
        let order = ["6003", "6002", "6001", "6000", "80"]
        let own = nat.filter { $0.contains("-A POSTROUTING -s 172.17.0.2/32") }
        #expect(own.map(destinationPorts) == order)
        let accepted = (try host.saved("filter") ?? []).filter { $0.contains("-A DOCKER -d") }
        #expect(accepted.map(destinationPorts) == order)
    }
}

@Suite(.isolatedNetwork) struct `Packets to a range of ports` {
    @Test(arguments: ["PLUMB", "DOCKER"], [6000, 5000] as [UInt16])
    func `arrive each at its own port of the container`(prefix: String, containerPort: UInt16) throws {
        let lab = try Laboratory(prefix: prefix)
        let ports = [range(5000, containerPort, count: 4), range(5000, containerPort, count: 4, .udp)]
        try lab.host.attach(attachment("web", "10.88.0.2", ports: ports), to: lab.network)
        let inOrder = Array(0..<4 as Range<UInt16>)
        let listeners = try inOrder.map { try lab.listen(containerPort + $0, at: lab.first) }
        let receivers = try inOrder.map { try lab.listen(containerPort + $0, .udp, at: lab.first) }
        // From the last to the first, as the kernel would give the first free one to the first who comes otherwise.
        for offset in inOrder.reversed() {
            #expect(try lab.reaches(from: lab.neighbour, to: "192.0.2.10", 5000 + offset))
            #expect(try listeners[Int(offset)].acceptPeer() == IPAddress("192.0.2.1"))
            for (node, address) in [(lab.neighbour, "192.0.2.10"), (lab.here, "127.0.0.1"), (lab.first, "10.88.0.1")] {
                try lab.connect(from: node, to: address, 5000 + offset, .udp).send()
                #expect(try receivers[Int(offset)].receives(), "\(address) \(offset)")
            }
        }
        for outside in [4999, 5004] as [UInt16] {
            #expect(try !lab.reaches(from: lab.neighbour, to: "192.0.2.10", outside))
        }
    }

    /// A flow to the first port of a range, and one to a port beside it.
    @Test(arguments: [2, 16, 17, 1000] as [UInt16])
    func `go to the new container once the old one's are forgotten, and no others do`(count: UInt16) throws {
        let lab = try Laboratory()
        let moved = range(5000, 6000, count: count, .udp)
        let beside = port(5000 + count, 53, .udp)
        let old = attachment("old", "10.88.0.2", ports: [moved, beside])
        let receivers = try [lab.first, lab.second].map { try lab.listen(6000, .udp, at: $0) }
        let bystanders = try [lab.first, lab.second].map { try lab.listen(53, .udp, at: $0) }
        try lab.host.attach(old, to: lab.network)
        let client = try lab.connect(from: lab.neighbour, to: "192.0.2.10", 5000, .udp)
        let bystander = try lab.connect(from: lab.neighbour, to: "192.0.2.10", 5000 + count, .udp)
        try client.send()
        try bystander.send()
        #expect(try receivers[0].receives())
        #expect(try bystanders[0].receives())

        try lab.host.detach([old], from: lab.network)
        try lab.host.attach(attachment("new", "10.88.0.3", ports: [moved, beside]), to: lab.network)
        try flushConntrack(ports: [moved], addresses: [])
        try client.send()
        try bystander.send()
        #expect(try receivers[1].receives())
        #expect(try bystanders[0].receives())
    }
}

@Suite struct `Questions for connections` {
    private func all(_ ports: [PublishedPort], _ families: [AddressFamily] = [.ipv4]) -> [ConntrackQuery] {
        ConntrackQuery.all(ports: ports, addresses: [], families: families)
    }

    @Test func `are one for each port while these are few, and one for all otherwise`() {
        let few = range(5000, 6000, count: 16, .udp)
        let many = range(5000, 6000, count: 17, .udp)
        #expect(all([few]).count == 16)
        #expect(all([few]).filter(\.isExact).count == 16)
        #expect(all([many]) == [.published([many], .udp, .ipv4)])
        #expect(!all([many])[0].isExact)
        #expect(all([few, port(1, 1, .sctp), range(1, 1, count: 1000)]).count == 17)
    }

    @Test func `are for the families that are concerned`() {
        #expect(all([port(53, 53, .udp)], [.ipv4, .ipv6]).map(\.family) == [.ipv4, .ipv6])
        #expect(all([port(53, 53, .udp)], [.ipv6]).map(\.family) == [.ipv6])
        #expect(all([port(53, 53, .udp, on: "127.0.0.1")], [.ipv6]).isEmpty)
    }
}

@Suite struct `A set of ports` {
    @Test func `has what its ranges have`() {
        let set = PortSet([80...80, 5000...5003, 5002...5010, 81...81, 65535...65535])
        #expect(!set.isEmpty && PortSet().isEmpty)
        for (ports, isIn) in [
            (80...80, true), (81...81, true), (82...4999, false), (79...79, false), (1...65535, true),
            (5010...5010, true),
            (5011...65534, false), (65535...65535, true), (4000...5000, true), (5004...5004, true),
        ] as [(ClosedRange<UInt16>, Bool)] {
            #expect(set.overlaps(ports) == isIn, "\(ports)")
            #expect(!PortSet().overlaps(ports))
        }
        #expect(PortSet([80...80, 81...81]) == PortSet([80...81]))
    }
}
