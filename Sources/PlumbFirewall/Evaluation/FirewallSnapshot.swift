package import PlumbAddress

/// What becomes of a packet at a hook.
package struct Passage: Hashable, Sendable {
    package enum End: Hashable, Sendable {
        case passes
        case dropped(by: RulePlace)
        /// These hold what plumb does not understand, and may drop the packet or send it elsewhere.
        case doubtful([RulePlace])
    }

    package fileprivate(set) var end: End

    /// The packet as it leaves the hook.
    package fileprivate(set) var packet: Packet

    /// The rule that has translated the packet's destination or source.
    package fileprivate(set) var translation: RulePlace?
}

/// The rules of a network namespace as they stand in the kernel, whoever they belong to.
package struct FirewallSnapshot: Sendable {
    /// In the order of their priority.
    private let baseChains: [BaseChain]

    init(_ baseChains: [BaseChain]) {
        self.baseChains = baseChains.enumerated()
            .sorted { ($0.element.priority, $0.offset) < ($1.element.priority, $1.offset) }
            .map(\.element)
    }

    /// What becomes of a packet at a hook, given the addresses of the host.
    package func passage(of packet: Packet, at hook: Hook, local: Set<IPAddress>) -> Passage {
        var passage = Passage(end: .passes, packet: packet)
        var doubts: [RulePlace] = []
        var before: (priority: Int, packet: Packet, translation: Translation)?
        for chain in baseChains where chain.sees(packet, at: hook) {
            // Later packets of a connection are translated as the first one was.
            if chain.isNat, packet.isAnswer { continue }
            if chain.isNat, passage.translation != nil {
                // Of chains with the same priority the one that was made last is asked first, and nothing tells which that is.
                guard let before, chain.priority == before.priority else { continue }
                let others = RuleEvaluation.outcomes(of: before.packet, in: chain, local: local)
                doubts += others.filter { $0.translates(otherwiseThan: before.translation) }.map(\.place)
                continue
            }
            let outcomes = RuleEvaluation.outcomes(of: passage.packet, in: chain, local: local)
            guard let last = outcomes.last else { continue }
            let isCertain = last.kind != .unknown && outcomes.allSatisfy { $0.kind == last.kind }
            if !isCertain { doubts += outcomes.filter { $0.kind != .accepted }.map(\.place) }
            switch last.kind {
            case .dropped where isCertain:
                passage.end = .dropped(by: last.place)
                return passage
            case .accepted, .unknown, .dropped:
                continue
            case .destinationTranslated(let translation):
                before = (chain.priority, passage.packet, translation)
                passage.packet.translateDestination(translation)
                passage.translation = last.place
            case .sourceTranslated:
                passage.packet.isSourceTranslated = true
                passage.translation = last.place
            }
        }
        if !doubts.isEmpty { passage.end = .doubtful(doubts) }
        return passage
    }
}

extension Packet {
    fileprivate mutating func translateDestination(_ translation: Translation) {
        isDestinationTranslated = true
        if let address = translation.address { destination = address }
        guard let port = translation.port else { return }
        guard let base = translation.base, let called = destinationPort else {
            destinationPort = port
            return
        }
        destinationPort = port &+ (called &- base)
    }
}
