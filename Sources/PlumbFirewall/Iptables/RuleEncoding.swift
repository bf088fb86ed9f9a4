import CNetfilter
import PlumbAddress

/// The sizes that x_tables pads the parts of an entry to (`XT_ALIGN` of `linux/netfilter/x_tables.h`).
func xtablesAligned(_ size: Int) -> Int {
    let alignment = MemoryLayout<_xt_align>.alignment
    return (size + alignment - 1) & ~(alignment - 1)
}

/// The revisions of matches and targets that plumb writes and reads.
enum ExtensionRevision {
    static let addrtype: UInt8 = 1
    static let conntrack: UInt8 = 3
    /// Both families since Linux 4.18; iptables prints no other where the kernel has this one.
    static let dnat: UInt8 = 2
}

extension Rule {
    /// The bits of `invflags`, the same in both families (`IPT_INV_*` and `IP6T_INV_*`).
    enum Inverse {
        static let input: UInt8 = 0x01
        static let output: UInt8 = 0x02
        static let source: UInt8 = 0x08
        static let destination: UInt8 = 0x10
    }

    /// The entry as the kernel has it, with all its matches and its target; where a jump goes is filled in with the table.
    func encoded(for family: AddressFamily) -> [UInt8] {
        var rest = EntryBytes(capacity: 768)
        appendMatches(to: &rest)
        let targetOffset = rest.bytes.count
        appendTarget(for: family, to: &rest)
        return EntryBytes.entry(
            of: family,
            rest: rest,
            targetOffset: targetOffset,
            fill4: { fill(&$0) },
            fill6: { fill(&$0) }
        )
    }

    private var inverse: UInt8 {
        (input?.isNegated == true ? Inverse.input : 0)
            | (output?.isNegated == true ? Inverse.output : 0)
            | (source?.isNegated == true ? Inverse.source : 0)
            | (destination?.isNegated == true ? Inverse.destination : 0)
    }

    private func fill(_ entry: inout ipt_entry) {
        copy(source?.value, to: &entry.ip.src, mask: &entry.ip.smsk)
        copy(destination?.value, to: &entry.ip.dst, mask: &entry.ip.dmsk)
        copy(input?.value, to: &entry.ip.iniface, mask: &entry.ip.iniface_mask)
        copy(output?.value, to: &entry.ip.outiface, mask: &entry.ip.outiface_mask)
        entry.ip.proto = transport?.number ?? 0
        entry.ip.invflags = inverse
    }

    private func fill(_ entry: inout ip6t_entry) {
        copy(source?.value, to: &entry.ipv6.src, mask: &entry.ipv6.smsk)
        copy(destination?.value, to: &entry.ipv6.dst, mask: &entry.ipv6.dmsk)
        copy(input?.value, to: &entry.ipv6.iniface, mask: &entry.ipv6.iniface_mask)
        copy(output?.value, to: &entry.ipv6.outiface, mask: &entry.ipv6.outiface_mask)
        entry.ipv6.proto = transport?.number ?? 0
        // Without the flag the kernel does not look for the protocol behind extension headers.
        entry.ipv6.flags = transport == nil ? 0 : UInt8(IP6T_F_PROTO)
        entry.ipv6.invflags = inverse
    }

    private func appendMatches(to bytes: inout EntryBytes) {
        if let transport, sourcePorts != nil || destinationPorts != nil {
            bytes.appendPorts(source: sourcePorts, destination: destinationPorts, of: transport)
        }
        if !local.isEmpty {
            bytes.append("addrtype", revision: ExtensionRevision.addrtype, xt_addrtype_info_v1.self) { info in
                let type = UInt16(XT_ADDRTYPE_LOCAL)
                info.source = local.contains(.source) ? type : 0
                info.dest = local.contains(.destination) ? type : 0
            }
        }
        if !states.isEmpty {
            bytes.append("conntrack", revision: ExtensionRevision.conntrack, xt_conntrack_mtinfo3.self) { info in
                info.match_flags = UInt16(XT_CONNTRACK_STATE)
                info.state_mask = states.rawValue
            }
        }
        if let comment {
            bytes.append("comment", revision: 0, xt_comment_info.self) { info in
                copy(Array(comment.utf8.prefix(Int(XT_MAX_COMMENT_LEN) - 1)), to: &info.comment)
            }
        }
    }

    private func appendTarget(for family: AddressFamily, to bytes: inout EntryBytes) {
        switch target {
        case .accept: bytes.append(.accept)
        case .drop: bytes.append(.drop)
        case .return: bytes.append(.return)
        case .jump: bytes.append("", revision: 0, CInt.self) { _ in }
        case .masquerade(let randomPort):
            let flags = randomPort ? UInt32(NF_NAT_RANGE_PROTO_RANDOM_FULLY) : 0
            switch family {
            case .ipv4:
                bytes.append("MASQUERADE", revision: 0, nf_nat_ipv4_multi_range_compat.self) { ranges in
                    ranges.rangesize = 1
                    ranges.range.flags = flags
                }
            case .ipv6:
                bytes.append("MASQUERADE", revision: 0, nf_nat_range.self) { $0.flags = flags }
            }
        case .fillChecksum:
            bytes.append("CHECKSUM", revision: 0, xt_CHECKSUM_info.self) { $0.operation = UInt8(XT_CHECKSUM_OP_FILL) }
        case .dnat(let address, let translation):
            bytes.append("DNAT", revision: ExtensionRevision.dnat, nf_nat_range2.self) { range in
                range.flags = translation.flags
                copy(address.bytes, to: &range.min_addr)
                copy(address.bytes, to: &range.max_addr)
                translation.fill(&range)
            }
        }
    }
}

extension EntryBytes {
    /// Adds the standard target with a verdict.
    mutating func append(_ verdict: StandardVerdict) {
        append("", revision: 0, CInt.self) { $0 = verdict.rawValue }
    }
}

extension Rule.Translation {
    /// The flags of a range with one address (`NF_NAT_RANGE_*`).
    var flags: UInt32 {
        switch self {
        case .same: UInt32(NF_NAT_RANGE_MAP_IPS)
        case .port: UInt32(NF_NAT_RANGE_MAP_IPS | NF_NAT_RANGE_PROTO_SPECIFIED)
        case .moved: UInt32(NF_NAT_RANGE_MAP_IPS | NF_NAT_RANGE_PROTO_SPECIFIED | NF_NAT_RANGE_PROTO_OFFSET)
        }
    }

    fileprivate func fill(_ range: inout nf_nat_range2) {
        switch self {
        case .same:
            break
        case .port(let port):
            unsafe range.min_proto.all = port.bigEndian
            unsafe range.max_proto.all = port.bigEndian
        case .moved(let base, let ports):
            unsafe range.min_proto.all = ports.lowerBound.bigEndian
            unsafe range.max_proto.all = ports.upperBound.bigEndian
            unsafe range.base_proto.all = base.bigEndian
        }
    }
}

extension TransportProtocol {
    /// The number of the protocol in an IP header (IANA).
    var number: UInt16 {
        switch self {
        case .tcp: 6
        case .udp: 17
        case .sctp: 132
        }
    }
}
