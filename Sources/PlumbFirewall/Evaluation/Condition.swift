import PlumbAddress

/// How sure it is that a packet fulfils a condition.
enum Certainty: Hashable, Sendable {
    case no
    case maybe
    case yes

    init(_ holds: Bool) { self = holds ? .yes : .no }

    /// How sure it is that all of some conditions hold; those behind one that does not are not looked at.
    init(all certainties: some Sequence<Certainty>) {
        self = .yes
        for certainty in certainties {
            switch certainty {
            case .no:
                self = .no
                return
            case .maybe: self = .maybe
            case .yes: continue
            }
        }
    }

    var negated: Certainty {
        switch self {
        case .no: .yes
        case .maybe: .maybe
        case .yes: .no
        }
    }
}

/// One comparison of a rule, whichever program wrote it.
enum Condition: Hashable, Sendable {
    case source(Match<Prefix>)
    case destination(Match<Prefix>)
    case input(Match<String>)
    case output(Match<String>)
    /// The number of the protocol in the IP header.
    case transport(Match<UInt16>)
    case sourcePort(Match<[ClosedRange<UInt16>]>)
    case destinationPort(Match<[ClosedRange<UInt16>]>)
    /// The destination port before any translation (`--ctorigdstport`).
    case calledPort(Match<[ClosedRange<UInt16>]>)
    /// Any of these states.
    case states(Match<ConnectionStates>)
    /// Whether the packet goes the way of the connection's first one, or answers it (`--ctdir`).
    case isAnswer(Bool)
    case sourceIsLocal(Bool)
    case destinationIsLocal(Bool)
    case tcpFlags(Match<TCPFlags>)
    /// Something that plumb does not understand, by the name of its match.
    case unknown(String)
}

/// The flags of a TCP header that are looked at, and those of them that have to be set.
struct TCPFlags: Hashable, Sendable {
    let mask: UInt8
    let set: UInt8
}

extension Condition {
    /// Whether the packet fulfils the condition, given the addresses of the host.
    func holds(for packet: Packet, local: Set<IPAddress>) -> Certainty {
        switch self {
        case .source(let match): match.test { Certainty($0.contains(packet.source)) }
        case .destination(let match): match.test { Certainty($0.contains(packet.destination)) }
        case .input(let match): match.test { Self.interface($0, packet.input) }
        case .output(let match): match.test { Self.interface($0, packet.output) }
        case .transport(let match): match.test { Certainty($0 == packet.transport.number) }
        case .sourcePort(let match): match.test { Self.ports($0, packet.sourcePort) }
        case .destinationPort(let match): match.test { Self.ports($0, packet.destinationPort) }
        case .calledPort(let match): match.test { Self.ports($0, packet.calledPort) }
        case .states(let match): match.test { Certainty(!$0.isDisjoint(with: packet.states)) }
        case .isAnswer(let wanted): Certainty(wanted == packet.isAnswer)
        case .sourceIsLocal(let wanted): Certainty(wanted == Self.isLocal(packet.source, local))
        case .destinationIsLocal(let wanted): Certainty(wanted == Self.isLocal(packet.destination, local))
        case .tcpFlags(let match): match.test { Certainty(packet.tcpFlags & $0.mask == $0.set) }
        case .unknown: .maybe
        }
    }

    /// A name that ends in `+` stands for all that begin so, as iptables has it.
    private static func interface(_ wanted: String, _ name: String?) -> Certainty {
        guard wanted.last == "+" else { return Certainty(wanted == (name ?? "")) }
        return Certainty((name ?? "").hasPrefix(wanted.dropLast()))
    }

    private static func ports(_ ranges: [ClosedRange<UInt16>], _ port: UInt16?) -> Certainty {
        if let port { return Certainty(ranges.contains { $0.contains(port) }) }
        let chosen = Packet.chosenPorts
        if ranges.contains(where: { $0.contains(chosen.lowerBound) && $0.contains(chosen.upperBound) }) { return .yes }
        return ranges.contains { $0.overlaps(chosen) } ? .maybe : .no
    }

    private static func isLocal(_ address: IPAddress, _ local: Set<IPAddress>) -> Bool {
        address.isLoopback || local.contains(address)
    }
}

extension Match {
    fileprivate func test(_ condition: (Value) -> Certainty) -> Certainty {
        isNegated ? condition(value).negated : condition(value)
    }
}
