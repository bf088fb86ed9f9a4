import CLibnl
import PlumbAddress

/// A rule on its way from step to step.
struct NftablesRun {
    let packet: Packet
    let local: Set<IPAddress>
    let context: NftablesContext
    private(set) var certainty = Certainty.yes

    /// 16 words of 4 bytes.
    var registers: [PartlyKnownByte]

    private static let registerBytes = 64

    init(packet: Packet, local: Set<IPAddress>, context: NftablesContext) {
        self.packet = packet
        self.local = local
        self.context = context
        registers = Array(repeating: .unknown, count: Self.registerBytes)
    }

    /// Takes a step; gives the verdict if that is the last.
    mutating func take(_ step: NftablesExpression) -> KernelRule.Verdict? {
        switch step {
        case .meta(let key, let register):
            load(packet.meta(key, context), into: register)
        case .payload(let base, let offset, let length, let register):
            load(packet.payload(base, offset: Int(offset), length: Int(length)), into: register)
        case .connection(let key, let direction, let register):
            load(packet.connection(key, direction), into: register)
        case .route(let result, let flags, let register):
            load(packet.route(result, flags: flags, local), into: register)
        case .immediate(let bytes, let register):
            load(bytes.map { PartlyKnownByte(value: $0) }, into: register)
        case .mask(let source, let register, let and, let xor):
            let bytes = zip(registerBytes(source, and.count), zip(and, xor)).map { byte, masks in
                PartlyKnownByte(value: byte.value & masks.0 ^ masks.1, known: byte.known | ~masks.0)
            }
            load(bytes, into: register)
        default:
            return judge(step)
        }
        return nil
    }

    private mutating func judge(_ step: NftablesExpression) -> KernelRule.Verdict? {
        switch step {
        case .compare(let register, let operation, let value):
            require(registerBytes(register, value.count).compare(operation, value))
        case .range(let register, let isOutside, let from, let to):
            let isWithin = registerBytes(register, from.count).isWithin(from, to)
            require(isOutside ? isWithin.negated : isWithin)
        case .lookup(let set, let source, let register, let isInverted):
            look(up: set, from: source, into: register, isInverted)
        case .verdictLookup(let map, let source):
            return verdict(in: map, from: source)
        case .xtMatch(let name, let revision, let info):
            let conditions = XtablesPart.conditions(name, revision: revision, info)
            require(Certainty(all: conditions.map { $0.holds(for: packet, local: local) }))
        default:
            return act(step)
        }
        return nil
    }

    private mutating func act(_ step: NftablesExpression) -> KernelRule.Verdict? {
        switch step {
        case .verdict(let verdict): return KernelRule.Verdict(verdict)
        case .reject: return .drop
        case .masquerade: return .translateSource
        case .translate(let type, _, let address, let port, _):
            return type == NFT_NAT_SNAT ? .translateSource : .translateDestination(translation(address, port))
        case .xtTarget(let name, let revision, let info):
            let verdict = XtablesPart.verdict(name, revision: revision, info, packet.family)
            return verdict == .next ? nil : verdict
        case .other("redir", _): return .translateDestination(Translation(address: nil))
        case .other(let name, _) where Self.diverting.contains(name): return .unknown(name)
        case .other(let name, _) where !Self.harmless.contains(name): forget()
        default: break
        }
        return nil
    }

    /// Expressions that may take the packet somewhere else.
    private static let diverting: Set<String> = ["queue", "tproxy", "synproxy", "notrack", "fwd"]

    /// Expressions that neither match nor load; `ct` and `meta` are here for what they set.
    private static let harmless: Set<String> = ["log", "last", "ct", "meta", "payload", "flow_offload", "dup"]

    /// An expression that plumb does not know may not match, and may load anything into any register.
    mutating func forget() {
        require(.maybe)
        registers = Array(repeating: .unknown, count: Self.registerBytes)
    }

    mutating func require(_ other: Certainty) {
        certainty = Certainty(all: [certainty, other])
    }
}

extension KernelRule.Verdict {
    init(_ verdict: NftablesVerdict) {
        self =
            switch verdict {
            case .accept: .accept
            case .drop: .drop
            case .queue: .unknown("queue")
            case .continue, .break: .next
            case .return: .return
            case .jump(let chain): .jump(chain)
            case .goto(let chain): .goto(chain)
            }
    }
}
