import CLibnl
import PlumbAddress

/// The table of a prefix: what is in it, and how it is called.
///
/// Kernels hold it, so the names of its sets never may change.
///
/// Rules never change when networks and containers come and go; elements of sets do. So a packet passes the same few
/// rules however many there are, and each look into a set costs the same however large it is.
///
/// ```
/// user                      empty, for rules of the administrator: forwarded packets pass it first
/// bridges                   the networks' bridges
/// inside                    a bridge to itself: whether the containers of a network may reach each other
/// internal, protected       bridges that nothing enters or leaves, or enters but by published ports
/// hairpin                   bridges whose published ports also answer at 127.0.0.1 and to their own containers
/// subnets4, subnets6        a bridge and a subnet behind it
/// masquerade4, masquerade6  the same, where what leaves takes the host's address
/// ports4, ports6            published ports: transport and port lead to the container's address and port
/// address-ports4, …-ports6  those that are published at one address of the host
/// spare-…                   the same ports once more, where a container publishes them on another of its networks, too
/// publishers                the host ends of the containers that publish ports
/// ```
struct NftablesLayout: NftablesFrame, Hashable {
    let prefix: String

    let comment = "container networks; chain user is for rules of your own"

    let userChain: String? = Self.userChain

    /// The name that the tables of both families have: `plumb`, or `plumb-LAN` for the prefix `LAN`.
    var tableName: String { prefix == ChainNames.defaultPrefix ? "plumb" : "plumb-\(prefix)" }

    var table: NftablesTable { NftablesTable(family: .inet, name: tableName) }

    static let userChain = "user"

    /// The names of the sets and maps.
    enum Name {
        static let bridges = "bridges"
        static let inside = "inside"
        static let `internal` = "internal"
        static let protected = "protected"
        static let hairpin = "hairpin"
        static let publishers = "publishers"

        static func subnets(_ family: AddressFamily) -> String { "subnets\(family.digit)" }
        static func masquerade(_ family: AddressFamily) -> String { "masquerade\(family.digit)" }
        static func ports(_ family: AddressFamily) -> String { "ports\(family.digit)" }
        static func addressPorts(_ family: AddressFamily) -> String { "address-ports\(family.digit)" }
        static func spare(_ name: String) -> String { "spare-\(name)" }
    }

    /// The sets that hold elements of networks, whose keys all begin with a bridge.
    static let networkSets =
        [Name.bridges, Name.inside, Name.internal, Name.protected, Name.hairpin]
        + AddressFamily.allCases.flatMap { [Name.subnets($0), Name.masquerade($0)] }

    /// The sets that hold elements of attachments, which carry their marks.
    static let attachmentSets = portSets + [Name.publishers]

    /// The maps of published ports.
    static let portSets = firstPortSets + firstPortSets.map(Name.spare)

    /// Those of them that are asked first.
    static let firstPortSets = AddressFamily.allCases.flatMap { [Name.ports($0), Name.addressPorts($0)] }

    /// What the elements of a set are for.
    static func purpose(ofSet name: String) -> RulePurpose {
        if portSets.contains(name) || name == Name.publishers { return .publishedPorts }
        let addressSets = AddressFamily.allCases.flatMap { [Name.subnets($0), Name.masquerade($0)] }
        return name == Name.hairpin || addressSets.contains(name) ? .masquerade : .isolation
    }

    /// The chains that `masquerade4` and `masquerade6` lead to.
    enum Masquerading {
        static let random = "masquerade-random"
        static let plain = "masquerade-plain"
    }

    func hasTimeouts(_ set: String) -> Bool { Self.attachmentSets.contains(set) }

    var sets: [NftablesSet] {
        func set(_ name: String, _ key: [NftablesType], isInterval: Bool = false, to data: [NftablesType] = [])
            -> NftablesSet
        {
            NftablesSet(table: table, name: name, key: key, data: data, isInterval: isInterval)
        }
        func ports(_ name: String, _ address: [NftablesType], _ family: AddressFamily) -> NftablesSet {
            NftablesSet(
                table: table,
                name: name,
                key: address + [.transportProtocol, .port],
                data: [family.nftablesType, .port],
                // No element has a timeout until it is removed: see NftablesRemoval.
                hasTimeouts: true,
                countsPackets: true
            )
        }
        let single = [Name.bridges, Name.internal, Name.protected, Name.hairpin].map { set($0, [.interfaceName]) }
        let pairs = set(Name.inside, [.interfaceName, .interfaceName], to: [.verdict])
        let perFamily = AddressFamily.allCases.flatMap { family in
            let place = [.interfaceName, family.nftablesType]
            return [
                set(Name.subnets(family), place, isInterval: true),
                set(Name.masquerade(family), place, isInterval: true, to: [.verdict]),
                ports(Name.ports(family), [], family),
                ports(Name.addressPorts(family), [family.nftablesType], family),
                ports(Name.spare(Name.ports(family)), [], family),
                ports(Name.spare(Name.addressPorts(family)), [family.nftablesType], family),
            ]
        }
        var publishers = set(Name.publishers, [.interfaceName])
        publishers.hasTimeouts = true
        return single + [pairs] + perFamily + [publishers]
    }

    /// The base chains' hooks and priorities, as `nft(8)` names them: raw, dstnat, srcnat, filter.
    var chains: [NftablesChain] {
        func chain(_ name: String, _ hook: NftablesChain.Hook? = nil) -> NftablesChain {
            NftablesChain(table: table, name: name, hook: hook)
        }
        func hook(_ type: String, _ hook: nf_inet_hooks, _ priority: Int32) -> NftablesChain.Hook {
            .init(type: type, number: hook.rawValue, priority: priority)
        }
        return [
            chain(Self.userChain), chain("published"), chain(Masquerading.random), chain(Masquerading.plain),
            chain("guard", hook("filter", NF_INET_PRE_ROUTING, -300)),
            chain("prerouting", hook("nat", NF_INET_PRE_ROUTING, -100)),
            chain("output", hook("nat", NF_INET_LOCAL_OUT, -100)),
            chain("postrouting", hook("nat", NF_INET_POST_ROUTING, 100)),
            chain("forward", hook("filter", NF_INET_FORWARD, 0)),
        ]
    }
}

extension NftablesLayout {
    /// What tells the rules of this version from those of another: to be raised whenever one of them changes.
    static let version = 1

    /// How many rules each chain has; counted by hand, since an ADD that made all rules would take noticeably longer.
    static let ruleCounts: [String: UInt32] = [
        "guard": 1, "published": 8, "prerouting": 1, "output": 2, "postrouting": 7, Masquerading.random: 1,
        Masquerading.plain: 1, "forward": 8,
    ]

    var lines: [NftablesLine] {
        Self.guarding.map { $0.for(.loopbackGuard) } + Self.publishing.map { $0.for(.publishedPorts) }
            + Self.masquerading.map { $0.for(.masquerade) } + Self.forwarding
    }

    /// Keeps 127.0.0.0/8 on the host, although a bridge routes it (`route_localnet`) for connections from the host.
    private static let guarding = [
        NftablesLine(
            "guard",
            .inputIsNot("lo"),
            .family(.ipv4),
            .loopbackDestination,
            .counter,
            .drop,
            comment: "127.0.0.0/8 stays on the host"
        )
    ]

    /// What is sent to the host's own addresses goes where its port is published; one at that very address wins.
    ///
    /// Answers to ::1 can't come back from another interface (IPv6 has no route_localnet), so translating it would turn
    /// a refused connection into one that hangs.
    private static let publishing: [NftablesLine] =
        AddressFamily.allCases.flatMap(publishing) + [
            NftablesLine("prerouting", .toHost, .jump("published")),
            NftablesLine("output", .family(.ipv6), .loopbackDestination6, .return),
            NftablesLine("output", .toHost, .jump("published")),
        ]

    private static func publishing(_ family: AddressFamily) -> [NftablesLine] {
        let address = family == .ipv4 ? NftablesClause.Key.destination4 : .destination6
        let bound = [Name.addressPorts(family), Name.spare(Name.addressPorts(family))].map { map in
            NftablesLine("published", .family(family), .translate(family, address, .transport, .port, by: map))
        }
        return bound
            + [Name.ports(family), Name.spare(Name.ports(family))].map { map in
                NftablesLine(
                    "published",
                    .family(family, isImplied: false),
                    .translate(family, .transport, .port, by: map)
                )
            }
    }

    /// First the way back of what was translated, then what leaves a network.
    ///
    /// Answers to the host itself, to 127.0.0.1 above all, would find no way, and those to containers of the same network
    /// would go straight over the bridge, from an address that the client never called.
    private static let masquerading: [NftablesLine] = [
        NftablesLine("postrouting", .find(.output, in: Name.hairpin), .translated, .fromHost, .masquerade),
        NftablesLine(
            "postrouting",
            .find(.output, in: Name.hairpin),
            .translated,
            .family(.ipv4),
            .find(.output, .source4, in: Name.subnets(.ipv4)),
            .masquerade
        ),
        NftablesLine(
            "postrouting",
            .find(.output, in: Name.hairpin),
            .translated,
            .family(.ipv6),
            .find(.output, .source6, in: Name.subnets(.ipv6)),
            .masquerade
        ),
        NftablesLine(
            "postrouting",
            .family(.ipv4),
            .find(.output, .source4, in: Name.subnets(.ipv4)),
            .return,
            comment: "stays in its network"
        ),
        NftablesLine(
            "postrouting",
            .family(.ipv6),
            .find(.output, .source6, in: Name.subnets(.ipv6)),
            .return,
            comment: "stays in its network"
        ),
        NftablesLine("postrouting", .family(.ipv4), .follow(.input, .source4, in: Name.masquerade(.ipv4))),
        NftablesLine("postrouting", .family(.ipv6), .follow(.input, .source6, in: Name.masquerade(.ipv6))),
        NftablesLine(Masquerading.random, .counter, .masqueradeRandomly),
        NftablesLine(Masquerading.plain, .counter, .masquerade),
    ]

    private static let forwarding: [NftablesLine] = [
        NftablesLine("forward", .jump(userChain)).for(.userChain),
        NftablesLine("forward", .established, .accept).for(.containerAccess),
        NftablesLine("forward", .follow(.input, .output, in: Name.inside)),
        NftablesLine(
            "forward",
            .find(.input, in: Name.internal),
            .counter,
            .drop,
            comment: "an internal network keeps to itself"
        ),
        NftablesLine(
            "forward",
            .find(.output, in: Name.internal),
            .counter,
            .drop,
            comment: "an internal network keeps to itself"
        ),
        NftablesLine(
            "forward",
            .find(.output, in: Name.bridges),
            .translated,
            .counter,
            .accept,
            comment: "published ports"
        )
        .for(.publishedPorts),
        NftablesLine(
            "forward",
            .find(.input, in: Name.bridges),
            .find(.output, in: Name.bridges),
            .counter,
            .drop,
            comment: "networks are kept apart"
        ),
        NftablesLine(
            "forward",
            .find(.output, in: Name.protected),
            .counter,
            .drop,
            comment: "only published ports are open"
        ),
    ]
}

extension NftablesClause {
    /// 127.0.0.0/8: the first byte tells.
    fileprivate static let loopbackDestination = NftablesClause(
        text: "ip daddr 127.0.0.0/8",
        expressions: [
            .payload(NFT_PAYLOAD_NETWORK_HEADER, offset: 16, length: 1, into: 0), .compare(0, NFT_CMP_EQ, [127]),
        ]
    )

    fileprivate static let loopbackDestination6 = NftablesClause.equal(
        .destination6,
        "::1",
        IPAddress(.ipv6, number: 1).bytes
    )
}

extension AddressFamily {
    /// What names of sets of the family end in.
    var digit: Int {
        switch self {
        case .ipv4: 4
        case .ipv6: 6
        }
    }

    /// The type of the family's addresses in sets.
    var nftablesType: NftablesType {
        switch self {
        case .ipv4: .ipv4Address
        case .ipv6: .ipv6Address
        }
    }
}
