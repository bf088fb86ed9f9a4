import CLibnl

/// The families of nftables, whose hooks a table's chains may be in (`NFPROTO_*`).
enum NftablesFamily: UInt8, Hashable, Sendable, CaseIterable {
    case inet = 1
    case ip = 2
    case arp = 3
    case netdev = 5
    case bridge = 7
    case ip6 = 10
}

extension NftablesFamily: CustomStringConvertible {
    /// The family's name in nft.
    var description: String {
        switch self {
        case .inet: "inet"
        case .ip: "ip"
        case .arp: "arp"
        case .netdev: "netdev"
        case .bridge: "bridge"
        case .ip6: "ip6"
        }
    }
}

/// A table's family and name, such as `inet plumb`: names of families don't meet.
struct NftablesTable: Hashable, Sendable, CustomStringConvertible {
    let family: NftablesFamily
    let name: String

    var description: String { "\(family.description) \(name)" }
}

/// A chain of a table.
struct NftablesChain: Hashable, Sendable {
    /// What makes a chain a base chain: the kernel's packets come by it.
    struct Hook: Hashable, Sendable {
        /// `filter`, `nat` or `route`.
        var type: String
        /// The hook's number within the family (`NF_INET_*`, `NF_BR_*`, `NF_ARP_*`, `NF_NETDEV_*`).
        var number: UInt32
        /// Chains of a hook are passed from the lowest priority to the highest.
        var priority: Int32
        /// Whether packets that no rule decides on are dropped.
        var dropsByDefault = false
        /// The interfaces whose frames come by the chain, where the hook is one of theirs; `*` at the end stands for any rest.
        var interfaces: [String] = []
    }

    var table: NftablesTable
    var name: String
    /// Nil in chains that are only jumped to.
    var hook: Hook?
    var comment: String?
    /// The kernel's number of it; 0 in a chain that was not read from there.
    var handle: UInt64 = 0
    /// How many rules it has, and how many rules and elements lead to it, together; 0 like the handle.
    var uses: UInt32 = 0
}

/// A rule of a chain.
struct NftablesRule: Hashable, Sendable {
    var table: NftablesTable
    var chain: String
    var expressions: [NftablesExpression]
    /// What nft prints behind `comment`.
    var comment: String?
    /// The kernel's number of it; 0 in a rule that was not read from there.
    var handle: UInt64 = 0
}

/// A set or a map of a table; elements are read and written apart from it.
struct NftablesSet: Hashable, Sendable {
    var table: NftablesTable
    var name: String
    /// The parts of a key, of which each fills a multiple of 4 bytes.
    var key: [NftablesType]
    /// The parts of what a key leads to: none in a set.
    var data: [NftablesType] = []
    /// Whether keys have an end: all between both belong to the element.
    var isInterval = false
    /// Whether elements may have a timeout.
    var hasTimeouts = false
    /// Whether elements count the packets that were looked up with success.
    var countsPackets = false
    var comment: String?
}

/// A type of keys and of what they lead to, by the number that nft knows it by (`enum datatypes` of its sources).
///
/// The kernel keeps the number for nft, which prints elements by it.
struct NftablesType: Hashable, Sendable {
    let number: UInt32
    /// The size of a value in bytes, without padding.
    let size: Int

    static let ipv4Address = NftablesType(number: 7, size: 4)
    static let ipv6Address = NftablesType(number: 8, size: 16)
    static let macAddress = NftablesType(number: 9, size: 6)
    static let transportProtocol = NftablesType(number: 12, size: 1)
    static let port = NftablesType(number: 13, size: 2)
    static let interfaceName = NftablesType(number: 41, size: 16)
    /// A verdict, which only maps lead to and which stands alone.
    static let verdict = NftablesType(number: 0xFFFF_FF00, size: 0)

    private static let all = [ipv4Address, ipv6Address, macAddress, transportProtocol, port, interfaceName, verdict]

    init(number: UInt32, size: Int) {
        (self.number, self.size) = (number, size)
    }

    /// The size in a key, where each part begins at a multiple of 4 bytes (`NFT_REG32_SIZE`).
    var paddedSize: Int { (size + 3) & ~3 }

    /// The number of several types in a row: 6 bits for each (`TYPE_BITS` of nft).
    static func number(of types: [NftablesType]) -> UInt32 {
        types.reduce(0) { $0 << 6 | $1.number }
    }

    /// The types of a number, or nil if plumb has none of them.
    static func types(ofNumber number: UInt32) -> [NftablesType]? {
        if number == verdict.number { return [verdict] }
        var types: [NftablesType] = []
        var rest = number
        while rest != 0 {
            guard let type = all.first(where: { $0.number == rest & 0x3F }) else { return nil }
            types.insert(type, at: 0)
            rest >>= 6
        }
        return types
    }
}

/// An element of a set or a map.
struct NftablesElement: Hashable, Sendable {
    /// What a key leads to.
    enum Data: Hashable, Sendable {
        case value([UInt8])
        case verdict(NftablesVerdict)
    }

    /// The parts in network byte order, each padded with zeros to 4 bytes; empty for what matches all other keys.
    var key: [UInt8]
    /// The last key of an interval.
    var keyEnd: [UInt8]?
    /// Whether it is no element but the first key behind an interval, which began at the element before.
    var endsInterval = false
    /// Nil in sets.
    var data: Data?
    /// What nft prints behind `comment`.
    var comment: String?
    /// After how many milliseconds the kernel takes it away; nil for never.
    var timeout: UInt64?
    /// How many packets found it; nil where nobody counts.
    var packets: UInt64?
    /// How many bytes these packets had; nil where nobody counts.
    var bytes: UInt64?
}

/// What becomes of a packet, or where its way through the rules goes on.
enum NftablesVerdict: Hashable, Sendable {
    case accept
    case drop
    /// To a program in user space.
    case queue
    case `continue`
    case `break`
    case `return`
    case jump(String)
    case goto(String)
}
