import CLibnl
import CNetfilter

/// A condition of a rule, whoever made it.
enum NftablesCondition: Hashable, Sendable {
    /// The interface that the packet came in by; a `*` at the end of the name stands for all that begin so.
    case input(Match<String>)
    /// The interface that the packet goes out by.
    case output(Match<String>)
    /// The connection is in one of these states.
    case state(ConnectionStates)
    /// The connection has one of these bits set (`enum ip_conntrack_status`).
    case status(UInt32)
    /// The packet is of a family (`NFPROTO_*`).
    case family(UInt8)
    /// Something else.
    case unknown
}

/// What a rule does with the packets that its conditions hold for.
enum NftablesOutcome: Hashable, Sendable {
    case verdict(NftablesVerdict)
    /// Dropped, and the sender is told.
    case reject
    /// What becomes of it is looked up in the map.
    case lookup(map: String)
    /// Something else, such as a translation or a target of iptables-nft.
    case other(String)
}

extension NftablesRule {
    /// What a rule asks of packets, in order.
    var conditions: [NftablesCondition] {
        var reader = ConditionReader()
        return expressions.compactMap { reader.read($0) }
    }

    /// What the rule ends with; nil for one that only counts or logs.
    var outcome: NftablesOutcome? {
        for expression in expressions.reversed() {
            switch expression {
            case .verdict(let verdict): return .verdict(verdict)
            case .verdictLookup(let map, _): return .lookup(map: map)
            case .reject: return .reject
            case .xtTarget("REJECT", _, _): return .reject
            case .xtTarget(let name, _, _): return .other(name)
            case .translate, .masquerade: return .other(expression.name)
            default: continue
            }
        }
        return nil
    }

    /// What the rule's counter has counted; nil without one.
    var count: NftablesExpression.Count? {
        for case .counter(let count) in expressions { return count }
        return nil
    }

    /// The rule's comment, be it nft's or a match of iptables-nft.
    var remark: String? {
        if let comment { return comment }
        for case .xtMatch("comment", _, let info) in expressions {
            return String(decoding: info.prefix { $0 != 0 }, as: UTF8.self)
        }
        return nil
    }
}

/// Follows what the registers hold from step to step.
private struct ConditionReader {
    private var registers: [Int: NftablesExpression] = [:]
    /// The bits of connections that are left in registers.
    private var bits: [Int: UInt32] = [:]

    /// The condition that an expression comes to; nil for one that only loads or acts.
    mutating func read(_ expression: NftablesExpression) -> NftablesCondition? {
        switch expression {
        case .meta(_, let register), .payload(_, _, _, let register), .connection(_, _, let register),
            .route(_, _, let register), .immediate(_, let register):
            registers[register] = expression
            bits[register] = nil
            return nil
        case .mask(let source, let register, let and, let xor):
            let isConnection = if case .connection? = registers[source] { true } else { false }
            registers[register] = registers[source]
            bits[register] = isConnection && xor.allSatisfy { $0 == 0 } ? hostOrder(and[...], as: UInt32.self) : 0
            return nil
        case .compare(let register, let operation, let value):
            return condition(register, operation, value)
        case .lookup, .range:
            return .unknown
        case .xtMatch("comment", _, _):
            return nil
        case .xtMatch("conntrack", 3, let info):
            return Self.condition(connection: info)
        case .xtMatch, .other:
            return .unknown
        default:
            return nil
        }
    }

    private func condition(_ register: Int, _ operation: nft_cmp_ops, _ value: [UInt8]) -> NftablesCondition {
        guard operation == NFT_CMP_EQ || operation == NFT_CMP_NEQ else { return .unknown }
        let isNegated = operation == NFT_CMP_NEQ
        switch registers[register] {
        case .meta(NFT_META_IIFNAME, _) where bits[register] == nil:
            return .input(Self.match(value, isNegated))
        case .meta(NFT_META_OIFNAME, _) where bits[register] == nil:
            return .output(Self.match(value, isNegated))
        case .meta(NFT_META_NFPROTO, _) where value.count == 1 && !isNegated && bits[register] == nil:
            return .family(value[0])
        case .connection(let key, nil, _):
            guard let bits = bits[register], bits != 0, isNegated, value.allSatisfy({ $0 == 0 }) else {
                return .unknown
            }
            switch key {
            case NFT_CT_STATE: return .state(ConnectionStates(rawValue: UInt16(truncatingIfNeeded: bits)))
            case NFT_CT_STATUS: return .status(bits)
            default: return .unknown
            }
        default:
            return .unknown
        }
    }

    /// The name of an interface; one without a zero byte is the beginning of several.
    private static func match(_ value: [UInt8], _ isNegated: Bool) -> Match<String> {
        let name = String(decoding: value.prefix { $0 != 0 }, as: UTF8.self) + (value.contains(0) ? "" : "*")
        return isNegated ? .not(name) : .equal(name)
    }

    /// The states that a match of iptables-nft compares, if it compares nothing else.
    private static func condition(connection info: [UInt8]) -> NftablesCondition {
        let value: xt_conntrack_mtinfo3? = unsafe info.withUnsafeBytes { bytes in
            bytes.count >= MemoryLayout<xt_conntrack_mtinfo3>.size
                ? unsafe bytes.loadUnaligned(as: xt_conntrack_mtinfo3.self) : nil
        }
        guard let value, value.match_flags == UInt16(XT_CONNTRACK_STATE), value.invert_flags == 0 else {
            return .unknown
        }
        return .state(ConnectionStates(rawValue: value.state_mask))
    }
}
