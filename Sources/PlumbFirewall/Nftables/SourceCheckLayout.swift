import CLibnl
import PlumbAddress

/// The table that keeps containers from sending under the addresses of others, in the family of bridges (`macspoofchk`).
///
/// ```
/// ports                     the host ends of the containers that are checked
/// macs                      a host end and the source MAC address that may come in by it
/// addresses4, addresses6    a host end and a source address that may come in by it
/// ```
/// Frames that carry neither ARP nor IP, tagged ones among them, don't come in: nobody would look into them.
struct SourceCheckLayout: NftablesFrame, Hashable {
    let prefix: String

    let comment = "what containers may send as"

    let userChain: String? = nil

    var table: NftablesTable {
        NftablesTable(family: .bridge, name: NftablesLayout(prefix: prefix).tableName)
    }

    /// The names of the sets.
    enum Name {
        static let ports = "ports"
        static let macs = "macs"

        static func addresses(_ family: AddressFamily) -> String { "addresses\(family.digit)" }

        static let all = [ports, macs] + AddressFamily.allCases.map(addresses)
    }

    func hasTimeouts(_ set: String) -> Bool { true }

    var sets: [NftablesSet] {
        func set(_ name: String, _ key: [NftablesType]) -> NftablesSet {
            NftablesSet(table: table, name: name, key: key, hasTimeouts: true)
        }
        return [set(Name.ports, [.interfaceName]), set(Name.macs, [.interfaceName, .macAddress])]
            + AddressFamily.allCases.map { set(Name.addresses($0), [.interfaceName, $0.nftablesType]) }
    }

    /// The chains; the priority is that of filters on bridges (`NF_BR_PRI_FILTER_BRIDGED`), before br_netfilter.
    var chains: [NftablesChain] {
        let hook = NftablesChain.Hook(type: "filter", number: UInt32(NF_BR_PRE_ROUTING), priority: -200)
        return [NftablesChain(table: table, name: "prerouting", hook: hook)]
            + ["check", "arp-sources", "ip-sources", "ip6-sources"].map { NftablesChain(table: table, name: $0) }
    }

    /// The elements that an attachment should have: none if any source address may come in.
    func entries(of attachment: AttachmentPolicy) -> [NftablesEntry] {
        guard let mac = attachment.onlyMAC else { return [] }
        let port = attachment.hostInterface.interfaceKey
        let comment = NftablesNotes.cut(attachment.mark.comment)
        func entry(_ set: String, _ rest: [UInt8]) -> NftablesEntry {
            NftablesEntry(set, NftablesElement(key: port + rest, comment: comment))
        }
        return [entry(Name.ports, []), entry(Name.macs, mac.bytes + [0, 0])]
            + attachment.addresses.map { entry(Name.addresses($0.family), $0.bytes) }
    }

    /// The element that tells that a host end is checked.
    func port(_ attachment: AttachmentPolicy) -> NftablesEntry {
        NftablesEntry(Name.ports, NftablesElement(key: attachment.hostInterface.interfaceKey))
    }
}

/// The numbers of protocols in Ethernet frames (`linux/if_ether.h`).
private enum EtherType {
    static let ip: UInt16 = 0x0800
    static let arp: UInt16 = 0x0806
    static let ip6: UInt16 = 0x86DD
}

extension SourceCheckLayout {
    var lines: [NftablesLine] { Self.lines }

    private static let lines: [NftablesLine] = [
        NftablesLine("prerouting", .find(.input, in: Name.ports), .goto("check")),
        NftablesLine(
            "check",
            .find(.input, .sourceMAC, in: Name.macs, isInverted: true),
            .counter,
            .drop,
            comment: "foreign MAC address"
        ),
        NftablesLine("check", .frame(EtherType.arp, "arp"), .goto("arp-sources")),
        NftablesLine("check", .frame(EtherType.ip, "ip"), .goto("ip-sources")),
        NftablesLine("check", .frame(EtherType.ip6, "ip6"), .goto("ip6-sources")),
        NftablesLine("check", .counter, .drop, comment: "neither ARP nor IP"),

        NftablesLine(
            "arp-sources",
            .frame(EtherType.arp),
            .find(.input, .arpSourceMAC, in: Name.macs, isInverted: true),
            .counter,
            .drop,
            comment: "foreign MAC address"
        ),
        // Who looks whether an address is free asks without one (RFC 5227).
        NftablesLine("arp-sources", .frame(EtherType.arp), .equal(.arpSource4, "0.0.0.0", [0, 0, 0, 0]), .accept),
        NftablesLine(
            "arp-sources",
            .frame(EtherType.arp),
            .find(.input, .arpSource4, in: Name.addresses(.ipv4)),
            .accept
        ),
        NftablesLine("arp-sources", .counter, .drop, comment: "foreign address"),

        NftablesLine("ip-sources", .packet(EtherType.ip), .find(.input, .source4, in: Name.addresses(.ipv4)), .accept),
        // A client of DHCP has no address yet (RFC 2131).
        NftablesLine(
            "ip-sources",
            .packet(EtherType.ip),
            .equal(.source4, "0.0.0.0", [0, 0, 0, 0]),
            .dhcpRequest,
            .accept
        ),
        NftablesLine("ip-sources", .counter, .drop, comment: "foreign address"),

        NftablesLine(
            "ip6-sources",
            .packet(EtherType.ip6),
            .find(.input, .source6, in: Name.addresses(.ipv6)),
            .accept
        ),
        // Neighbours are found under link-local addresses, and free addresses without one (RFC 4861, RFC 4862).
        NftablesLine("ip6-sources", .packet(EtherType.ip6), .within(.source6, linkLocal), .accept),
        NftablesLine(
            "ip6-sources",
            .packet(EtherType.ip6),
            .equal(.source6, "::", [UInt8](repeating: 0, count: 16)),
            .neighbourDiscovery,
            .accept
        ),
        NftablesLine("ip6-sources", .counter, .drop, comment: "foreign address"),
    ]

    private static var linkLocal: Prefix {
        guard let prefix = Prefix(IPAddress(.ipv6, number: 0xFE80 << 112), length: 10) else {
            preconditionFailure("a prefix length that IPv6 does not have")
        }
        return prefix
    }
}

extension NftablesClause {
    /// UDP from port 68 to port 67, which nft reads as one comparison of both.
    fileprivate static let dhcpRequest = NftablesClause(
        text: "udp sport 68 udp dport 67",
        expressions: [
            .meta(NFT_META_L4PROTO, into: 0), .compare(0, NFT_CMP_EQ, [UInt8(TransportProtocol.udp.number)]),
            .payload(NFT_PAYLOAD_TRANSPORT_HEADER, offset: 0, length: 4, into: 0),
            .compare(0, NFT_CMP_EQ, [0, 68, 0, 67]),
        ]
    )

    /// ICMPv6 (`IPPROTO_ICMPV6`).
    fileprivate static let neighbourDiscovery = NftablesClause(
        text: "meta l4proto ipv6-icmp",
        expressions: [.meta(NFT_META_L4PROTO, into: 0), .compare(0, NFT_CMP_EQ, [58])]
    )
}
