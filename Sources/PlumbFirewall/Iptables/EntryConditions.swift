import CNetfilter
import PlumbAddress

extension EntryView {
    /// All that the entry compares; what plumb does not understand is there as unknown.
    var conditions: [Condition] {
        var conditions = headConditions
        forEachMatch { match in
            conditions += match.conditions
            return true
        }
        return conditions
    }

    private var headConditions: [Condition] {
        guard let (head, isProtocolNegated) = plainHead else { return [.unknown("fragments")] }
        var conditions: [Condition] = []
        if let source = head.source { conditions.append(.source(source)) }
        if let destination = head.destination { conditions.append(.destination(destination)) }
        if let input = head.input { conditions.append(.input(input)) }
        if let output = head.output { conditions.append(.output(output)) }
        if head.protocolNumber != 0 {
            let number = head.protocolNumber
            conditions.append(.transport(isProtocolNegated ? .not(number) : .equal(number)))
        }
        return conditions
    }

    /// The head without what plumb's own rules never say but others do: a goto, and a protocol turned round.
    private var plainHead: (head: EntryHead, isProtocolNegated: Bool)? {
        let negation = UInt8(XT_INV_PROTO)
        switch family {
        case .ipv4:
            var entry = rawHead4
            let isNegated = entry.ip.invflags & negation != 0
            entry.ip.invflags &= ~negation
            entry.ip.flags &= ~UInt8(IPT_F_GOTO)
            return EntryHead(entry).map { ($0, isNegated) }
        case .ipv6:
            var entry = rawHead6
            let isNegated = entry.ipv6.invflags & negation != 0
            entry.ipv6.invflags &= ~negation
            entry.ipv6.flags &= ~UInt8(IP6T_F_GOTO)
            return EntryHead(entry).map { ($0, isNegated) }
        }
    }

    /// Whether the rule does not come back from the chain that it leads to.
    var isGoto: Bool {
        switch family {
        case .ipv4: rawHead4.ip.flags & UInt8(IPT_F_GOTO) != 0
        case .ipv6: rawHead6.ipv6.flags & UInt8(IP6T_F_GOTO) != 0
        }
    }
}

extension EntryView.Part {
    /// What the match compares.
    var conditions: [Condition] {
        if self.is("comment", revision: 0) { return [] }
        let known: [Condition]? =
            if self.is("tcp", revision: 0) {
                tcp
            } else if self.is("udp", revision: 0) {
                load(as: xt_udp.self).map { Self.ports($0.spts, $0.dpts, inverse: $0.invflags) }
            } else if self.is("multiport", revision: 1) {
                multiport
            } else if self.is("addrtype", revision: ExtensionRevision.addrtype) {
                addressTypes
            } else if self.is("conntrack", revision: ExtensionRevision.conntrack) {
                connection
            } else if self.is("state", revision: 0) {
                load(as: xt_state_info.self).map { info in
                    [.states(.equal(ConnectionStates(rawValue: UInt16(truncatingIfNeeded: info.statemask))))]
                }
            } else {
                nil
            }
        return known ?? [.unknown(name)]
    }

    private var tcp: [Condition]? {
        guard let info = load(as: xt_tcp.self), info.option == 0 else { return nil }
        var conditions = Self.ports(info.spts, info.dpts, inverse: info.invflags)
        if info.flg_mask != 0 {
            let flags = TCPFlags(mask: info.flg_mask, set: info.flg_cmp)
            conditions.append(.tcpFlags(info.invflags & UInt8(XT_TCP_INV_FLAGS) == 0 ? .equal(flags) : .not(flags)))
        }
        return conditions
    }

    /// The ports of TCP and UDP, whose flags for turning round are the same.
    private static func ports(
        _ source: (UInt16, UInt16),
        _ destination: (UInt16, UInt16),
        inverse: UInt8
    ) -> [Condition] {
        func match(_ ports: (UInt16, UInt16), _ flag: CInt) -> Match<[ClosedRange<UInt16>]>? {
            let isNegated = inverse & UInt8(flag) != 0
            if ports == (0, .max), !isNegated { return nil }
            // A range that is upside down holds no port.
            let ranges = ports.0 <= ports.1 ? [ports.0...ports.1] : []
            return isNegated ? .not(ranges) : .equal(ranges)
        }
        let conditions: [Condition?] = [
            match(source, XT_TCP_INV_SRCPT).map { .sourcePort($0) },
            match(destination, XT_TCP_INV_DSTPT).map { .destinationPort($0) },
        ]
        return conditions.compactMap { $0 }
    }

    private var multiport: [Condition]? {
        guard let info = load(as: xt_multiport_v1.self) else { return nil }
        let values = unsafe withUnsafeBytes(of: info.ports) { unsafe Array($0.bindMemory(to: UInt16.self)) }
        let beginsRange = unsafe withUnsafeBytes(of: info.pflags) { unsafe $0.map { $0 != 0 } }
        var ranges: [ClosedRange<UInt16>] = []
        var index = 0
        while index < min(Int(info.count), values.count) {
            let last = beginsRange[index] && index + 1 < values.count ? index + 1 : index
            if values[index] <= values[last] { ranges.append(values[index]...values[last]) }
            index = last + 1
        }
        let match: Match<[ClosedRange<UInt16>]> = info.invert == 0 ? .equal(ranges) : .not(ranges)
        switch UInt32(info.flags) {
        case XT_MULTIPORT_SOURCE.rawValue: return [.sourcePort(match)]
        case XT_MULTIPORT_DESTINATION.rawValue: return [.destinationPort(match)]
        default: return nil
        }
    }

    /// An address is the host's own, or for what passes a host a unicast one.
    private var addressTypes: [Condition]? {
        guard let info = load(as: xt_addrtype_info_v1.self) else { return nil }
        let known = UInt32(XT_ADDRTYPE_INVERT_SOURCE | XT_ADDRTYPE_INVERT_DEST)
        guard info.flags & ~known == 0 else { return nil }
        func isLocal(_ types: UInt16, inverse: UInt32) -> Bool?? {
            guard types != 0 else { return .some(nil) }
            let isNegated = info.flags & inverse != 0
            let local = types & UInt16(XT_ADDRTYPE_LOCAL) != 0
            let unicast = types & UInt16(XT_ADDRTYPE_UNICAST) != 0
            return local != unicast ? .some(local != isNegated) : nil
        }
        guard
            let source = isLocal(info.source, inverse: UInt32(XT_ADDRTYPE_INVERT_SOURCE)),
            let destination = isLocal(info.dest, inverse: UInt32(XT_ADDRTYPE_INVERT_DEST))
        else { return nil }
        let conditions: [Condition?] = [
            source.map { .sourceIsLocal($0) }, destination.map { .destinationIsLocal($0) },
        ]
        return conditions.compactMap { $0 }
    }

    private var connection: [Condition]? {
        guard let info = load(as: xt_conntrack_mtinfo3.self) else { return nil }
        func compares(_ flag: Int) -> Bool { Int(info.match_flags) & flag != 0 }
        func isNegated(_ flag: Int) -> Bool { Int(info.invert_flags) & flag != 0 }
        let state = Int(XT_CONNTRACK_STATE)
        let direction = Int(XT_CONNTRACK_DIRECTION)
        let port = Int(XT_CONNTRACK_ORIGDST_PORT)
        let transport = Int(XT_CONNTRACK_PROTO)
        let known = state | direction | port | transport | Int(XT_CONNTRACK_STATE_ALIAS)
        var conditions: [Condition] = []
        func add<Value>(_ flag: Int, _ value: Value, _ condition: (Match<Value>) -> Condition) {
            if compares(flag) { conditions.append(condition(isNegated(flag) ? .not(value) : .equal(value))) }
        }
        add(state, ConnectionStates(rawValue: info.state_mask)) { .states($0) }
        add(transport, info.l4proto) { .transport($0) }
        if compares(direction) { conditions.append(.isAnswer(isNegated(direction))) }
        if info.origdst_port <= info.origdst_port_high {
            add(port, [info.origdst_port...info.origdst_port_high]) { .calledPort($0) }
        }
        if Int(info.match_flags) & ~known != 0 { conditions.append(.unknown(name)) }
        return conditions
    }
}
