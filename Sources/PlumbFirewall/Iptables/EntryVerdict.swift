import CNetfilter
import PlumbAddress

extension EntryView {
    /// What becomes of the packets of the rule; the table knows the target's name.
    func verdict(targetName: String) -> KernelRule.Verdict {
        guard let target else { return .unknown(targetName) }
        if target.is("", revision: 0) { return standardVerdict(targetName) }
        return target.verdict(family)
    }

    private func standardVerdict(_ name: String) -> KernelRule.Verdict {
        switch name {
        case "ACCEPT": .accept
        case "DROP": .drop
        case "RETURN": .return
        // A rule that only counts has no target.
        case "": .next
        case "QUEUE": .unknown(name)
        default: isGoto ? .goto(name) : .jump(name)
        }
    }
}

extension EntryView.Part {
    /// What becomes of packets by a target that is no verdict of x_tables itself.
    func verdict(_ family: AddressFamily) -> KernelRule.Verdict {
        switch name {
        case "REJECT": .drop
        case "MASQUERADE", "SNAT", "NETMAP": .translateSource
        case "DNAT": .translateDestination(anyTranslation(family))
        case "REDIRECT": .translateDestination(Translation(address: nil))
        case let name where Self.goOn.contains(name): .next
        case let name: .unknown(name)
        }
    }

    /// Targets after which the next rule is asked (`XT_CONTINUE`), and which change neither addresses nor ports.
    private static let goOn: Set<String> = [
        "AUDIT", "CHECKSUM", "CLASSIFY", "CONNMARK", "CONNSECMARK", "DSCP", "ECN", "HL", "HMARK", "IDLETIMER", "LED",
        "LOG", "MARK", "NFLOG", "RATEEST", "SECMARK", "SET", "TCPMSS", "TCPOPTSTRIP", "TEE", "TOS", "TRACE", "TTL",
        "ULOG",
    ]

    /// Where a DNAT target of any revision sends packets.
    fileprivate func anyTranslation(_ family: AddressFamily) -> Translation {
        if self.is("DNAT", revision: 0), let range = load(as: nf_nat_ipv4_multi_range_compat.self)?.range {
            let flags = CInt(bitPattern: range.flags)
            let isSingle = flags & NF_NAT_RANGE_MAP_IPS != 0 && range.min_ip == range.max_ip
            let address = IPAddress(.ipv4, number: UInt128(UInt32(bigEndian: range.min_ip)))
            let port = flags & NF_NAT_RANGE_PROTO_SPECIFIED != 0 ? UInt16(bigEndian: unsafe range.min.all) : nil
            return Translation(address: isSingle ? address : nil, port: port)
        }
        guard let range = load(as: nf_nat_range.self) else { return Translation(address: nil) }
        let flags = CInt(bitPattern: range.flags)
        func address(_ field: nf_inet_addr) -> IPAddress? {
            unsafe withUnsafeBytes(of: field) { unsafe IPAddress(bytes: $0.prefix(family.bitWidth / 8)) }
        }
        let first = address(range.min_addr)
        let isSingle = flags & NF_NAT_RANGE_MAP_IPS != 0 && first == address(range.max_addr)
        var translation = Translation(address: isSingle ? first : nil)
        if flags & NF_NAT_RANGE_PROTO_SPECIFIED != 0 {
            translation.port = UInt16(bigEndian: unsafe range.min_proto.all)
        }
        if flags & NF_NAT_RANGE_PROTO_OFFSET != 0, let wide = load(as: nf_nat_range2.self) {
            translation.base = UInt16(bigEndian: unsafe wide.base_proto.all)
        }
        return translation
    }
}
