import CLibnl
import CNetfilter
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

    /// The prefix whose table has a name; nil if no table of plumb's is called so.
    static func prefix(ofTable name: String) -> String? {
        if name == "plumb" { return ChainNames.defaultPrefix }
        return name.hasPrefix("plumb-") ? String(name.dropFirst("plumb-".count)) : nil
    }

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
