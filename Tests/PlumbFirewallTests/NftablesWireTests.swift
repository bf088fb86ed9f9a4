import CLibnl
import Glibc
import PlumbAddress
import PlumbLinux
import PlumbTestSupport
import Testing

@testable import PlumbFirewall

/// A table with one of everything that plumb makes, and what nft prints of it.
private let table = NftablesTable(family: .inet, name: "sample")

private let interfaces = NftablesSet(table: table, name: "bridges", key: [.interfaceName], comment: "all bridges")

private let subnets = NftablesSet(
    table: table,
    name: "subnets4",
    key: [.interfaceName, .ipv4Address],
    isInterval: true
)

private let inside = NftablesSet(
    table: table,
    name: "inside",
    key: [.interfaceName, .interfaceName],
    data: [.verdict]
)

private let ports = NftablesSet(
    table: table,
    name: "ports4",
    key: [.transportProtocol, .port],
    data: [.ipv4Address, .port],
    hasTimeouts: true,
    countsPackets: true
)

private func name(_ text: String) -> [UInt8] {
    Array(text.utf8) + Array(repeating: 0, count: 16 - text.utf8.count)
}

private func rule(_ chain: String, _ expressions: NftablesExpression..., comment: String? = nil) -> NftablesRule {
    NftablesRule(table: table, chain: chain, expressions: expressions, comment: comment)
}

private let rules = [
    rule(
        "forward",
        .connection(NFT_CT_STATE, into: 0),
        .mask(0, into: 0, and: [6, 0, 0, 0], xor: [0, 0, 0, 0]),
        .compare(0, NFT_CMP_NEQ, [0, 0, 0, 0]),
        .verdict(.accept)
    ),
    rule(
        "forward",
        .meta(NFT_META_IIFNAME, into: 0),
        .meta(NFT_META_OIFNAME, into: 4),
        .verdictLookup(map: "inside", from: 0)
    ),
    rule(
        "forward",
        .meta(NFT_META_OIFNAME, into: 0),
        .lookup(set: "bridges", from: 0, isInverted: true),
        .counter,
        .verdict(.drop),
        comment: "it's closed"
    ),
    rule("forward", .reject(NFT_REJECT_ICMPX_UNREACH, code: UInt8(NFT_REJECT_ICMPX_ADMIN_PROHIBITED.rawValue))),
    rule(
        "published",
        .meta(NFT_META_NFPROTO, into: 0),
        .compare(0, NFT_CMP_EQ, [2]),
        .meta(NFT_META_L4PROTO, into: 0),
        .payload(NFT_PAYLOAD_TRANSPORT_HEADER, offset: 2, length: 2, into: 1),
        .lookup(set: "ports4", from: 0, into: 0),
        .translate(NFT_NAT_DNAT, family: .ip, address: 0, port: 1)
    ),
    rule(
        "prerouting",
        .route(NFT_FIB_RESULT_ADDRTYPE, flags: NFTA_FIB_F_DADDR.rawValue, into: 0),
        .compare(0, NFT_CMP_EQ, [2, 0, 0, 0]),
        .verdict(.jump("published"))
    ),
    rule(
        "postrouting",
        .meta(NFT_META_NFPROTO, into: 0),
        .compare(0, NFT_CMP_EQ, [2]),
        .meta(NFT_META_OIFNAME, into: 0),
        .payload(NFT_PAYLOAD_NETWORK_HEADER, offset: 12, length: 4, into: 4),
        .lookup(set: "subnets4", from: 0, isInverted: true),
        .masquerade(flags: UInt32(NF_NAT_RANGE_PROTO_RANDOM_FULLY))
    ),
]

private let elements: [(String, NftablesElement)] = [
    ("bridges", NftablesElement(key: name("br0"), comment: "lan")),
    ("subnets4", NftablesElement(key: name("br0") + [10, 88, 0, 0], keyEnd: name("br0") + [10, 88, 0, 255])),
    ("inside", NftablesElement(key: name("br0") + name("br0"), data: .verdict(.accept))),
    (
        "ports4",
        NftablesElement(
            key: [6, 0, 0, 0, 0x22, 0xB8, 0, 0],
            data: .value([10, 88, 0, 2, 0x1E, 0x61, 0, 0]),
            comment: "plumb 7df32400-c4cdadc1b28b0e42 web eth0 lan"
        )
    ),
]

private let chains = [
    NftablesChain(table: table, name: "published", comment: "jumped to"),
    NftablesChain(
        table: table,
        name: "forward",
        hook: .init(type: "filter", number: 2, priority: 0, dropsByDefault: true)
    ),
    NftablesChain(table: table, name: "prerouting", hook: .init(type: "nat", number: 0, priority: -100)),
    NftablesChain(table: table, name: "postrouting", hook: .init(type: "nat", number: 4, priority: 100)),
]

private let text = """
    table inet sample {
    \tcomment "a sample"
    \tset bridges {
    \t\ttype ifname
    \t\tcomment "all bridges"
    \t\telements = { "br0" comment "lan" }
    \t}

    \tset subnets4 {
    \t\ttype ifname . ipv4_addr
    \t\tflags interval
    \t\telements = { "br0" . 10.88.0.0/24 }
    \t}

    \tmap inside {
    \t\ttype ifname . ifname : verdict
    \t\telements = { "br0" . "br0" : accept }
    \t}

    \tmap ports4 {
    \t\ttype inet_proto . inet_service : ipv4_addr . inet_service
    \t\tflags timeout
    \t\tcounter
    \t\telements = { tcp . 8888 counter packets 0 bytes 0 comment "plumb 7df32400-c4cdadc1b28b0e42 web eth0 lan" : 10.88.0.2 . 7777 }
    \t}

    \tchain published {
    \t\tcomment "jumped to"
    \t\tmeta nfproto ipv4 dnat ip to meta l4proto . th dport map @ports4
    \t}

    \tchain forward {
    \t\ttype filter hook forward priority filter; policy drop;
    \t\tct state established,related accept
    \t\tiifname . oifname vmap @inside
    \t\toifname != @bridges counter packets 0 bytes 0 drop comment "it's closed"
    \t\treject with icmpx admin-prohibited
    \t}

    \tchain prerouting {
    \t\ttype nat hook prerouting priority dstnat; policy accept;
    \t\tfib daddr type local jump published
    \t}

    \tchain postrouting {
    \t\ttype nat hook postrouting priority srcnat; policy accept;
    \t\toifname . ip saddr != @subnets4 masquerade fully-random
    \t}
    }

    """

@Suite(.isolatedNetwork) struct `Messages to nftables` {
    let host: Host

    init() throws { host = try Host() }

    private func socket() throws -> NftablesSocket {
        guard let socket = try NftablesSocket.open() else { throw SystemError("open nftables", errno: EPROTONOSUPPORT) }
        return socket
    }

    private var everything: [NftablesChange] {
        [.addTable(table, comment: "a sample")] + chains.map { .addChain($0) }
            + [interfaces, subnets, inside, ports].map { .addSet($0) }
            + elements.map { .addElements([$0.1], set: $0.0, table) }
            + rules.map { .addRule($0) }
    }

    @Test func `are to nft what they were made as`() throws {
        var socket = try socket()
        try socket.commit(everything)
        let printed = try host.run("nft list ruleset")
        #expect(printed == text, "\(printed)")
    }

    @Test func `are understood when nft has sent them`() throws {
        var socket = try socket()
        try socket.commit(everything)
        #expect(try socket.tables() == [table])
        let read = try socket.chains().map { chain in
            var chain = chain
            (chain.handle, chain.uses) = (0, 0)
            return chain
        }
        #expect(read == chains)
        #expect(try Set(socket.sets(table)) == [interfaces, subnets, inside, ports])
        for (set, element) in elements {
            var listed = element
            if set == "ports4" { (listed.packets, listed.bytes) = (0, 0) }
            #expect(try socket.elements(table, set: set) == [listed])
            #expect(try socket.elements(table, [(set, element)]) == [listed])
        }
        for chain in chains {
            let read = try socket.rules(table, chain: chain.name)
            #expect(read.map(\.expressions) == rules.filter { $0.chain == chain.name }.map(\.expressions))
            #expect(read.map(\.comment) == rules.filter { $0.chain == chain.name }.map(\.comment))
        }
        #expect(try socket.rules(table).count == rules.count)
    }

    @Test func `about what is not there find nothing`() throws {
        var socket = try socket()
        #expect(try socket.tables() == [])
        #expect(try socket.rules(table) == [])
        #expect(try socket.sets(table) == [])
        #expect(try socket.elements(table, set: "bridges") == [])
        #expect(try socket.elements(table, [("bridges", elements[0].1)]) == [nil])
    }

    @Test func `change all or nothing, and the refused change is named`() throws {
        var socket = try socket()
        let broken = rule("nowhere", .verdict(.accept))
        let error = #expect(throws: FirewallError.self) {
            try socket.commit([.addTable(table), .addChain(chains[0]), .addRule(broken)])
        }
        #expect(error?.errno == ENOENT)
        #expect(
            error?.description
                == "add a rule to the chain nowhere of inet sample: No such file or directory"
        )
        #expect(try socket.tables() == [])
    }

    @Test func `are refused when others have changed something since`() throws {
        var socket = try socket()
        let generation = try socket.generation()
        try host.run("nft add table ip other")
        let error = #expect(throws: FirewallError.self) {
            try socket.commit([.addTable(table)], generation: generation)
        }
        #expect(error?.errno == ERESTART)
        try socket.commit([.addTable(table)], generation: try socket.generation())
        #expect(try socket.tables() == [NftablesTable(family: .ip, name: "other"), table])
    }

    @Test func `keep what another made if they are exclusive`() throws {
        var socket = try socket()
        try socket.commit(everything)
        let (set, element) = elements[3]
        try socket.commit([.addElements([element], set: set, table)])
        var other = element
        other.data = .value([10, 88, 0, 3, 0x1E, 0x61, 0, 0])
        for (element, isExclusive) in [(element, true), (other, false)] {
            let error = #expect(throws: FirewallError.self) {
                try socket.commit([.addElements([element], set: set, table, isExclusive: isExclusive)])
            }
            #expect(error?.errno == EEXIST)
        }
    }

    @Test func `carry thousands of elements at once`() throws {
        var socket = try socket()
        try socket.commit(everything)
        let many = (10_000..<15_000).map { port in
            NftablesElement(
                key: [17, 0, 0, 0, UInt8(port >> 8), UInt8(port & 0xFF), 0, 0],
                data: .value([10, 88, 0, 2, 0, 53, 0, 0]),
                comment: String(repeating: "c", count: 127)
            )
        }
        try socket.commit([.addElements(many, set: "ports4", table)])
        #expect(try socket.elements(table, set: "ports4").count == 5001)
        #expect(try socket.elements(table, many.map { ("ports4", $0) }).allSatisfy { $0?.comment?.count == 127 })
        try socket.commit([.deleteElements(many, set: "ports4", table)])
        #expect(try socket.elements(table, set: "ports4").count == 1)
    }

    @Test func `put rules where they are wanted`() throws {
        var socket = try socket()
        try socket.commit([.addTable(table), .addChain(chains[0])])
        func add(_ mark: String, _ place: NftablesPlace) throws {
            try socket.commit([.addRule(rule("published", .counter, comment: mark), place)])
        }
        try add("b", .end)
        try add("d", .end)
        try add("a", .start)
        let handles = try socket.rules(table).map(\.handle)
        try add("c", .before(handle: handles[2]))
        try add("e", .behind(handle: handles[2]))
        #expect(try socket.rules(table).map(\.comment) == ["a", "b", "c", "d", "e"])
        try socket.commit([.deleteRule(table, chain: "published", handle: handles[1])])
        #expect(try socket.rules(table).map(\.comment) == ["a", "c", "d", "e"])
        try socket.commit([.flushChain(table, "published"), .deleteChain(table, "published"), .deleteTable(table)])
        #expect(try socket.tables() == [])
    }
}

@Suite(.isolatedNetwork) struct `Rules of other programs in nftables` {
    let host: Host

    init() throws { host = try Host() }

    private func rules(_ table: String, _ chain: String, _ family: NftablesFamily = .ip) throws -> [NftablesRule] {
        guard var socket = try NftablesSocket.open() else { return [] }
        return try socket.rules(NftablesTable(family: family, name: table), chain: chain)
    }

    @Test func `are told apart by interfaces, states and verdicts if iptables-nft made them`() throws {
        try host.run("iptables-nft -N ufw")
        for rule in [
            "-i eth0 ! -o br+ -m conntrack --ctstate RELATED,ESTABLISHED -m comment --comment hi -j ACCEPT",
            "-o br0 -p tcp --dport 80 -j REJECT",
            "-o br0 -j ufw",
            "-m limit --limit 3/min -j LOG",
            "-j DROP",
        ] {
            try host.run("iptables-nft -A FORWARD \(rule)")
        }
        let rules = try rules("filter", "FORWARD")
        #expect(
            rules.map(\.conditions) == [
                [.input(.equal("eth0")), .output(.not("br*")), .state([.established, .related])],
                [.output(.equal("br0")), .unknown, .unknown],
                [.output(.equal("br0"))],
                [.unknown],
                [],
            ]
        )
        #expect(
            rules.map(\.outcome) == [
                .verdict(.accept), .reject, .verdict(.jump("ufw")), .other("LOG"), .verdict(.drop),
            ]
        )
        #expect(rules.map(\.remark) == ["hi", nil, nil, nil, nil])
        #expect(rules.allSatisfy { $0.handle != 0 && $0.count != nil })
    }

    @Test func `are told apart if nft made them`() throws {
        for line in [
            "add table inet fw", "add set inet fw names { type ifname ; }",
            "add chain inet fw forward { type filter hook forward priority 10 ; policy drop ; }",
            "add rule inet fw forward meta nfproto ipv6 ct status dnat accept",
            "add rule inet fw forward iifname @names oifname != wg* counter drop",
            "add rule inet fw forward ct state new tcp dport 22-23 reject",
            "add rule inet fw forward iifname vmap { eth0 : accept }",
        ] {
            try host.run("nft \(line)")
        }
        let rules = try rules("fw", "forward", .inet)
        #expect(
            rules.map(\.conditions) == [
                [.family(10), .status(0x20)],
                [.unknown, .output(.not("wg*"))],
                [.state(ConnectionStates(rawValue: 8)), .unknown, .unknown, .unknown],
                [],
            ]
        )
        #expect(rules.prefix(3).map(\.outcome) == [.verdict(.accept), .verdict(.drop), .reject])
        guard var socket = try NftablesSocket.open() else { return }
        let hook = try socket.chains(.inet).first?.hook
        #expect(hook == .init(type: "filter", number: 2, priority: 10, dropsByDefault: true))
    }
}
