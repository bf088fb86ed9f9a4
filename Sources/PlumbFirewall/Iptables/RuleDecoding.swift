import CNetfilter
import PlumbAddress

extension EntryView {
    /// The identity in the rule's comment, if that is a mark.
    var mark: RuleMark.Identity? {
        var mark: RuleMark.Identity?
        forEachMatch { match in
            guard match.is("comment", revision: 0) else { return true }
            mark = unsafe RuleMark.Identity(comment: match.data.prefix { $0 != 0 })
            return false
        }
        return mark
    }

    /// The destination ports that the rule is for, if it names any.
    var destinationPorts: ClosedRange<UInt16>? {
        var ports: ClosedRange<UInt16>?
        forEachMatch { match in
            ports = match.ports?.destination
            return ports == nil
        }
        return ports
    }

    /// Whether the rule drops or refuses whatever comes to it.
    func dropsAll(targetName: String) -> Bool {
        guard targetName == "DROP" || targetName == "REJECT", let head, head.comparesNothing else { return false }
        return forEachMatch { $0.is("comment", revision: 0) }
    }

    /// The rule, or nil if it says something that plumb never says.
    ///
    /// The table knows the target's name, as a jump has no more than the offset of its chain in it.
    func rule(targetName: String) -> Rule? {
        guard let head, let target = ruleTarget(targetName) else { return nil }
        var rule = Rule(
            source: head.source,
            destination: head.destination,
            input: head.input,
            output: head.output,
            target: target
        )
        if head.protocolNumber != 0 {
            rule.transport = TransportProtocol.allCases.first { $0.number == head.protocolNumber }
            guard rule.transport != nil else { return nil }
        }
        return forEachMatch { rule.add($0) } ? rule : nil
    }

    private func ruleTarget(_ name: String) -> Rule.Target? {
        guard let target else { return nil }
        if target.is("", revision: 0) {
            switch name {
            case "ACCEPT": return .accept
            case "DROP": return .drop
            case "RETURN": return .return
            case "", "QUEUE": return nil
            default: return .jump(name)
            }
        }
        if target.is("MASQUERADE", revision: 0) { return target.masquerade(family) }
        if target.is("CHECKSUM", revision: 0) { return target.fillsChecksum ? .fillChecksum : nil }
        return target.is("DNAT", revision: ExtensionRevision.dnat) ? target.translation(family) : nil
    }

    /// The rule for people to read: its head, the names of its matches and its target.
    func outline(in chain: String, targetName: String) -> String {
        var text = "-A \(chain)"
        if let head {
            var rule = Rule(target: .return)
            (rule.source, rule.destination) = (head.source, head.destination)
            (rule.input, rule.output) = (head.input, head.output)
            text = String(rule.text(in: chain).dropLast(" -j RETURN".count))
            if head.protocolNumber != 0 { text += " -p \(Self.protocolName(head.protocolNumber))" }
        } else {
            text += " …"
        }
        forEachMatch { match in
            text += " -m \(match.name) …"
            return true
        }
        let isStandard = target?.is("", revision: 0) == true
        return targetName.isEmpty ? text : text + " -j \(targetName)" + (isStandard ? "" : " …")
    }

    /// A protocol as `iptables -S` names it, by `protocols(5)`; those that firewalls never name stay numbers.
    private static func protocolName(_ number: UInt16) -> String {
        let names: [UInt16: String] = [
            1: "icmp", 2: "igmp", 6: "tcp", 17: "udp", 47: "gre", 50: "esp", 51: "ah", 58: "ipv6-icmp", 89: "ospf",
            112: "vrrp", 132: "sctp", 136: "udplite",
        ]
        return names[number] ?? "\(number)"
    }
}

extension Rule {
    /// Takes over what a match compares; false if that is something that plumb never says, or says once only.
    fileprivate mutating func add(_ match: EntryView.Part) -> Bool {
        if let ports = match.ports {
            guard transport == ports.transport, sourcePorts == nil, destinationPorts == nil else { return false }
            (sourcePorts, destinationPorts) = (ports.source, ports.destination)
            return true
        }
        if match.is("addrtype", revision: ExtensionRevision.addrtype) {
            guard local.isEmpty, let local = match.local else { return false }
            self.local = local
            return true
        }
        if match.is("conntrack", revision: ExtensionRevision.conntrack) {
            guard states.isEmpty, let states = match.states else { return false }
            self.states = states
            return true
        }
        guard match.is("comment", revision: 0), comment == nil else { return false }
        comment = unsafe String(decoding: match.data.prefix { $0 != 0 }, as: UTF8.self)
        return true
    }
}

extension EntryView.Part {
    /// What a `tcp`, `udp` or `sctp` match compares, if that is ports and nothing else.
    fileprivate var ports: Ports? {
        for transport in TransportProtocol.allCases where self.is(transport.rawValue, revision: 0) {
            guard let ports = bounds(of: transport) else { return nil }
            let wanted = Ports(
                transport: transport,
                source: Self.range(ports.source),
                destination: Self.range(ports.destination)
            )
            guard wanted.source != nil || wanted.destination != nil else { return nil }
            var same = EntryBytes(capacity: size)
            same.appendPorts(source: wanted.source, destination: wanted.destination, of: transport)
            return holdsSame(as: same) ? wanted : nil
        }
        return nil
    }

    fileprivate struct Ports {
        let transport: TransportProtocol
        let source: ClosedRange<UInt16>?
        let destination: ClosedRange<UInt16>?
    }

    private typealias Bounds = (first: UInt16, last: UInt16)

    private func bounds(of transport: TransportProtocol) -> (source: Bounds, destination: Bounds)? {
        switch transport {
        case .tcp: return load(as: xt_tcp.self).map { ($0.spts, $0.dpts) }
        case .udp: return load(as: xt_udp.self).map { ($0.spts, $0.dpts) }
        case .sctp:
            guard let info = load(as: xt_sctp_info.self) else { return nil }
            func wanted(_ flag: CInt, _ ports: Bounds) -> Bounds {
                info.flags & UInt32(flag) == 0 ? (.min, .max) : ports
            }
            return (wanted(XT_SCTP_SRC_PORTS, info.spts), wanted(XT_SCTP_DEST_PORTS, info.dpts))
        }
    }

    /// The ports of two bounds; nil for all, and for bounds that hold none.
    private static func range(_ bounds: Bounds) -> ClosedRange<UInt16>? {
        bounds == (.min, .max) || bounds.first > bounds.last ? nil : bounds.first...bounds.last
    }

    fileprivate var local: LocalAddresses? {
        guard let info = load(as: xt_addrtype_info_v1.self), info.flags == 0 else { return nil }
        let type = UInt16(XT_ADDRTYPE_LOCAL)
        guard [0, type].contains(info.source), [0, type].contains(info.dest) else { return nil }
        let source: LocalAddresses = info.source == 0 ? [] : .source
        return info.dest == 0 ? source : source.union(.destination)
    }

    fileprivate var states: ConnectionStates? {
        guard let info = load(as: xt_conntrack_mtinfo3.self) else { return nil }
        let states = ConnectionStates(rawValue: info.state_mask)
        let known = ConnectionStates(ConnectionStates.names.map(\.state))
        guard info.match_flags == UInt16(XT_CONNTRACK_STATE), info.invert_flags == 0, known.isSuperset(of: states)
        else { return nil }
        return states
    }

    /// The target MASQUERADE with no other option than `--random-fully`.
    fileprivate func masquerade(_ family: AddressFamily) -> Rule.Target? {
        let flags: UInt32?
        switch family {
        case .ipv4:
            let ranges = load(as: nf_nat_ipv4_multi_range_compat.self)
            flags = ranges?.rangesize == 1 ? ranges?.range.flags : nil
        case .ipv6:
            flags = load(as: nf_nat_range.self)?.flags
        }
        switch flags {
        case 0: return .masquerade(randomPort: false)
        case UInt32(NF_NAT_RANGE_PROTO_RANDOM_FULLY): return .masquerade(randomPort: true)
        default: return nil
        }
    }

    fileprivate var fillsChecksum: Bool {
        load(as: xt_CHECKSUM_info.self)?.operation == UInt8(XT_CHECKSUM_OP_FILL)
    }

    /// The target DNAT to one address.
    fileprivate func translation(_ family: AddressFamily) -> Rule.Target? {
        guard let range = load(as: nf_nat_range2.self) else { return nil }
        func address(_ field: nf_inet_addr) -> IPAddress? {
            unsafe withUnsafeBytes(of: field) { unsafe IPAddress(bytes: $0.prefix(family.bitWidth / 8)) }
        }
        guard let first = address(range.min_addr), first == address(range.max_addr) else { return nil }
        let low = UInt16(bigEndian: unsafe range.min_proto.all)
        let high = UInt16(bigEndian: unsafe range.max_proto.all)
        let base = UInt16(bigEndian: unsafe range.base_proto.all)
        guard low <= high else { return nil }
        let translation: Rule.Translation
        switch range.flags {
        case Rule.Translation.same.flags: translation = .same
        case Rule.Translation.port(low).flags where low == high: translation = .port(low)
        case Rule.Translation.moved(from: base, to: low...high).flags: translation = .moved(from: base, to: low...high)
        default: return nil
        }
        return .dnat(first, translation)
    }

    /// Whether the bytes are those of a match that was just made.
    private func holdsSame(as other: EntryBytes) -> Bool {
        unsafe data.elementsEqual(other.bytes.dropFirst(Self.headerSize))
    }
}
