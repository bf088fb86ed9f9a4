import CLibnl
import PlumbAddress

/// A part of a rule: what nft prints for it, and the expressions that it comes to.
struct NftablesClause: Hashable, Sendable {
    let text: String
    let expressions: [NftablesExpression]

    /// What a packet is looked up by: the first part of a key loads into the first register, and so on.
    struct Key {
        let text: String
        let words: Int
        let load: @Sendable (Int) -> [NftablesExpression]
    }

    /// Matches if a set holds the key, or does not.
    static func find(_ key: Key..., in set: String, isInverted: Bool = false) -> NftablesClause {
        let (text, loads) = combine(key)
        return NftablesClause(
            text: "\(text) \(isInverted ? "!= " : "")@\(set)",
            expressions: loads + [.lookup(set: set, from: 0, isInverted: isInverted)]
        )
    }

    /// Follows the verdict that a map has for the key.
    static func follow(_ key: Key..., in map: String) -> NftablesClause {
        let (text, loads) = combine(key)
        return NftablesClause(text: "\(text) vmap @\(map)", expressions: loads + [.verdictLookup(map: map, from: 0)])
    }

    /// Translates the destination to the address and the port that a map has for the key.
    static func translate(_ family: AddressFamily, _ key: Key..., by map: String) -> NftablesClause {
        let (text, loads) = combine(key)
        return NftablesClause(
            text: "dnat \(family.nftables) to \(text) map @\(map)",
            expressions: loads + [
                .lookup(set: map, from: 0, into: 0),
                .translate(NFT_NAT_DNAT, family: family.nftables, address: 0, port: family.bitWidth / 32),
            ]
        )
    }

    private static func combine(_ key: [Key]) -> (text: String, loads: [NftablesExpression]) {
        var loads: [NftablesExpression] = []
        var word = 0
        for part in key {
            loads += part.load(word)
            word += part.words
        }
        return (key.map(\.text).joined(separator: " . "), loads)
    }
}

extension NftablesClause.Key {
    static let input = Self(text: "iifname", words: 4) { [.meta(NFT_META_IIFNAME, into: $0)] }
    static let output = Self(text: "oifname", words: 4) { [.meta(NFT_META_OIFNAME, into: $0)] }
    static let transport = Self(text: "meta l4proto", words: 1) { [.meta(NFT_META_L4PROTO, into: $0)] }
    static let port = Self(text: "th dport", words: 1) { word in
        [.payload(NFT_PAYLOAD_TRANSPORT_HEADER, offset: 2, length: 2, into: word)]
    }
    static let source4 = network("ip saddr", offset: 12, length: 4)
    static let source6 = network("ip6 saddr", offset: 8, length: 16)
    static let destination4 = network("ip daddr", offset: 16, length: 4)
    static let destination6 = network("ip6 daddr", offset: 24, length: 16)
    static let arpSource4 = network("arp saddr ip", offset: 14, length: 4)
    static let arpSourceMAC = network("arp saddr ether", offset: 8, length: 6)
    static let sourceMAC = Self(text: "ether saddr", words: 2) { word in
        [.payload(NFT_PAYLOAD_LL_HEADER, offset: 6, length: 6, into: word)]
    }

    private static func network(_ text: String, offset: UInt32, length: UInt32) -> Self {
        Self(text: text, words: Int(length + 3) / 4) { word in
            [.payload(NFT_PAYLOAD_NETWORK_HEADER, offset: offset, length: length, into: word)]
        }
    }
}

extension NftablesClause {
    /// Matches packets of a family; nft prints nothing where another clause implies it.
    static func family(_ family: AddressFamily, isImplied: Bool = true) -> NftablesClause {
        NftablesClause(
            text: isImplied ? "" : "meta nfproto \(family)",
            expressions: [
                .meta(NFT_META_NFPROTO, into: 0), .compare(0, NFT_CMP_EQ, [family.nftables.rawValue]),
            ]
        )
    }

    /// Matches frames by what they carry, on bridges; a number of `linux/if_ether.h`, without a text if it is implied.
    static func frame(_ number: UInt16, _ text: String = "") -> NftablesClause {
        let bytes = [UInt8(number >> 8), UInt8(number & 0xFF)]
        return NftablesClause(
            text: text.isEmpty ? "" : "ether type \(text)",
            expressions: [
                .payload(NFT_PAYLOAD_LL_HEADER, offset: 12, length: 2, into: 0), .compare(0, NFT_CMP_EQ, bytes),
            ]
        )
    }

    /// Matches packets by their protocol, on bridges; nft prints nothing, as another clause implies it.
    static func packet(_ number: UInt16) -> NftablesClause {
        let bytes = [UInt8(number >> 8), UInt8(number & 0xFF)]
        return NftablesClause(
            text: "",
            expressions: [.meta(NFT_META_PROTOCOL, into: 0), .compare(0, NFT_CMP_EQ, bytes)]
        )
    }

    /// Matches if bytes of the packet are these.
    static func equal(_ key: Key, _ text: String, _ bytes: [UInt8]) -> NftablesClause {
        NftablesClause(text: "\(key.text) \(text)", expressions: key.load(0) + [.compare(0, NFT_CMP_EQ, bytes)])
    }

    /// Matches if the address is in the prefix; one whose length is not a multiple of 8 is masked.
    static func within(_ key: Key, _ prefix: Prefix) -> NftablesClause {
        let bytes = prefix.firstAddress.bytes
        let text = prefix.length == prefix.family.bitWidth ? "\(prefix.address)" : "\(prefix)"
        let mask = (0..<bytes.count).map { position in
            UInt8(truncatingIfNeeded: 0xFF00 >> min(8, max(0, prefix.length - 8 * position)))
        }
        return NftablesClause(
            text: "\(key.text) \(text)",
            expressions: key.load(0) + [
                .mask(0, into: 0, and: mask, xor: bytes.map { _ in 0 }), .compare(0, NFT_CMP_EQ, bytes),
            ]
        )
    }

    /// Matches packets that came in by any other interface than one.
    static func inputIsNot(_ name: String) -> NftablesClause {
        NftablesClause(
            text: "iifname != \"\(name)\"",
            expressions: [.meta(NFT_META_IIFNAME, into: 0), .compare(0, NFT_CMP_NEQ, name.interfaceKey)]
        )
    }

    static let established = bits(NFT_CT_STATE, 0b110, "ct state established,related")

    /// Matches packets of a connection whose destination was translated (`IPS_DST_NAT`).
    static let translated = bits(NFT_CT_STATUS, 1 << 5, "ct status dnat")

    private static func bits(_ key: nft_ct_keys, _ bits: UInt32, _ text: String) -> NftablesClause {
        let mask = unsafe withUnsafeBytes(of: bits) { unsafe Array($0) }
        let zeros: [UInt8] = [0, 0, 0, 0]
        return NftablesClause(
            text: text,
            expressions: [
                .connection(key, into: 0), .mask(0, into: 0, and: mask, xor: zeros), .compare(0, NFT_CMP_NEQ, zeros),
            ]
        )
    }

    static let fromHost = local(NFTA_FIB_F_SADDR, "fib saddr type local")
    static let toHost = local(NFTA_FIB_F_DADDR, "fib daddr type local")

    /// Matches if an address of the packet is one of the host's own (`RTN_LOCAL`).
    private static func local(_ flags: nft_fib_flags, _ text: String) -> NftablesClause {
        let local = unsafe withUnsafeBytes(of: UInt32(2)) { unsafe Array($0) }
        return NftablesClause(
            text: text,
            expressions: [
                .route(NFT_FIB_RESULT_ADDRTYPE, flags: flags.rawValue, into: 0), .compare(0, NFT_CMP_EQ, local),
            ]
        )
    }

    static let counter = NftablesClause(text: "counter", expressions: [.counter])
    static let accept = NftablesClause(text: "accept", expressions: [.verdict(.accept)])
    static let drop = NftablesClause(text: "drop", expressions: [.verdict(.drop)])
    static let `return` = NftablesClause(text: "return", expressions: [.verdict(.return)])
    static let masquerade = NftablesClause(text: "masquerade", expressions: [.masquerade()])
    static let masqueradeRandomly = NftablesClause(
        text: "masquerade fully-random",
        expressions: [.masquerade(flags: UInt32(NF_NAT_RANGE_PROTO_RANDOM_FULLY))]
    )

    static func jump(_ chain: String) -> NftablesClause {
        NftablesClause(text: "jump \(chain)", expressions: [.verdict(.jump(chain))])
    }

    static func goto(_ chain: String) -> NftablesClause {
        NftablesClause(text: "goto \(chain)", expressions: [.verdict(.goto(chain))])
    }
}

extension AddressFamily {
    /// The family as nftables has it.
    var nftables: NftablesFamily {
        switch self {
        case .ipv4: .ip
        case .ipv6: .ip6
        }
    }
}

extension String {
    /// The name of an interface as a key: 16 bytes, padded with zeros (`IFNAMSIZ`).
    var interfaceKey: [UInt8] {
        precondition(utf8.count < 16, "\(self) is too long for an interface")
        return Array(utf8) + Array(repeating: 0, count: 16 - utf8.count)
    }
}
