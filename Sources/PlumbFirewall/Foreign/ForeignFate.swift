/// What becomes of all packets of a network that come to a row of rules, as far as no rule picks some of them.
///
/// A rule that picks, such as by an address, is taken for what somebody wants of those packets. Only rules for all of them
/// tell what becomes of the rest, which nobody thought of containers for.
enum ForeignFate: Hashable, Sendable {
    /// They are dropped, or refused.
    case dropped
    /// They are accepted.
    case accepted
    /// They go back to where they were sent here from; in a base chain the policy decides then.
    case returned
    /// They reach the end of the rules.
    case reachingEnd

    /// How deep the kernel lets chains jump to each other (`NFT_JUMP_STACK_SIZE`).
    private static let deepestJump = 16

    /// Follows rules from the first to the last, into chains that all packets are sent to.
    ///
    /// - Throws: what the reading of these chains' rules throws.
    init(
        of rules: some Sequence<NftablesRule>,
        depth: Int = 0,
        rulesOfChain: (String) throws(FirewallError) -> [NftablesRule]
    ) throws(FirewallError) {
        for rule in rules where rule.isForAll {
            switch rule.outcome {
            case .verdict(.drop), .reject: self = .dropped
            case .verdict(.accept): self = .accepted
            case .verdict(.return): self = .returned
            case .verdict(.jump(let chain)), .verdict(.goto(let chain)):
                guard depth < Self.deepestJump else { continue }
                let fate = try Self(of: rulesOfChain(chain), depth: depth + 1, rulesOfChain: rulesOfChain)
                switch (fate, rule.outcome) {
                case (.dropped, _), (.accepted, _): self = fate
                case (_, .verdict(.goto)): self = .returned
                default: continue
                }
            default: continue
            }
            return
        }
        self = .reachingEnd
    }

    /// Whether packets that go on in a chain by its policy are dropped in the end.
    func isDropped(by policyDrops: Bool) -> Bool {
        switch self {
        case .dropped: true
        case .accepted: false
        case .returned, .reachingEnd: policyDrops
        }
    }
}

extension NftablesRule {
    /// Whether new connections of all kinds come to the rule's outcome.
    ///
    /// What excepts an interface, such as `iifname != "lo"`, counts as all; and so does a family, as a chain of both
    /// families has such rules for either.
    fileprivate var isForAll: Bool {
        var bare = self
        bare.expressions.removeAll { expression in
            if case .other("log", _) = expression { true } else { false }
        }
        return bare.conditions.allSatisfy { condition in
            switch condition {
            case .family: true
            case .input(let name), .output(let name): name.isNegated
            case .state(let states): states.contains(.new)
            case .status, .unknown: false
            }
        }
    }
}
