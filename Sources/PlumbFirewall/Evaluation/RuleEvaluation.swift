import PlumbAddress

/// A packet's walk through one base chain.
///
/// A rule that a packet fulfils only perhaps is followed and passed by: what could become of the packet is the sum of
/// both. The walk ends where it is sure to.
struct RuleEvaluation {
    /// What may become of the packet, and by what rule or policy.
    struct Outcome: Hashable {
        enum Kind: Hashable {
            case accepted
            case dropped
            case destinationTranslated(Translation)
            case sourceTranslated
            case unknown
        }

        let kind: Kind
        let place: RulePlace

        /// Whether packets get another destination.
        func translates(otherwiseThan translation: Translation) -> Bool {
            guard case .destinationTranslated(let other) = kind else { return false }
            return other != translation
        }
    }

    private let chain: BaseChain
    private let packet: Packet
    private let local: Set<IPAddress>
    private var outcomes: [Outcome] = []

    /// The kernel refuses tables that lead deeper (`NFT_JUMP_STACK_SIZE`), so only a reader's mistake could.
    private static let deepest = 16

    private init(_ chain: BaseChain, _ packet: Packet, _ local: Set<IPAddress>) {
        self.chain = chain
        self.packet = packet
        self.local = local
    }

    /// All that may become of the packet: a single outcome is certain, and the last is the one if no unknown condition holds.
    static func outcomes(of packet: Packet, in chain: BaseChain, local: Set<IPAddress>) -> [Outcome] {
        var walk = RuleEvaluation(chain, packet, local)
        if !walk.ends(in: chain.name, depth: 0) {
            walk.outcomes.append(Outcome(kind: chain.drops ? .dropped : .accepted, place: chain.policyPlace))
        }
        return walk.outcomes
    }

    /// Walks a chain and tells whether the packet is sure to leave it by an outcome.
    private mutating func ends(in name: String, depth: Int) -> Bool {
        guard depth < Self.deepest, let rules = chain.chains[name] else { return false }
        for rule in rules {
            let (certainty, verdict) = rule.decide(on: packet, local: local)
            guard certainty != .no else { continue }
            switch verdict {
            case .next:
                continue
            case .return:
                if certainty == .yes { return false }
            case .jump(let target):
                if ends(in: target, depth: depth + 1), certainty == .yes { return true }
            case .goto(let target):
                let hasEnded = ends(in: target, depth: depth + 1)
                if certainty == .yes { return hasEnded }
            case .accept, .drop, .translateDestination, .translateSource, .unknown:
                outcomes.append(Outcome(kind: Self.kind(of: verdict), place: rule.place))
                if certainty == .yes { return true }
            }
        }
        return false
    }

    private static func kind(of verdict: KernelRule.Verdict) -> Outcome.Kind {
        switch verdict {
        case .drop: .dropped
        case .translateDestination(let translation): .destinationTranslated(translation)
        case .translateSource: .sourceTranslated
        case .unknown: .unknown
        case .accept, .return, .jump, .goto, .next: .accepted
        }
    }
}
