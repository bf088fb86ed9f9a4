import PlumbAddress

/// A rule of the kernel's, whichever program wrote it.
struct KernelRule: Hashable, Sendable {
    /// What becomes of a packet that fulfils all conditions.
    enum Verdict: Hashable, Sendable {
        case accept
        case drop
        case `return`
        case jump(String)
        /// A jump from which the way leads back to the caller of this chain.
        case goto(String)
        /// The next rule is asked.
        case next
        case translateDestination(Translation)
        case translateSource
        /// Something that plumb does not understand, by its name; it may drop.
        case unknown(String)
    }

    /// What the rule asks and does.
    enum Program: Hashable, Sendable {
        /// All conditions have to hold.
        case conditions([Condition], Verdict)
        case steps(NftablesProgram)
    }

    let program: Program
    let place: RulePlace

    /// Whether the rule is for a packet, and what becomes of it then.
    func decide(on packet: Packet, local: Set<IPAddress>) -> (certainty: Certainty, verdict: Verdict) {
        switch program {
        case .conditions(let conditions, let verdict):
            (Certainty(all: conditions.lazy.map { $0.holds(for: packet, local: local) }), verdict)
        case .steps(let program):
            program.run(on: packet, local: local)
        }
    }
}

/// Where a translated packet goes.
struct Translation: Hashable, Sendable {
    /// Nil where it is one of several, or the host itself.
    let address: IPAddress?

    /// Nil where the port stays.
    var port: UInt16?

    /// The called port that `port` stands for, where the others of a range follow in its order; nil where all ports become one.
    var base: UInt16?
}

/// A chain that a hook asks, with the chains that it leads to.
struct BaseChain: Sendable {
    /// The family that it sees packets of; nil for both.
    let family: AddressFamily?
    let hook: Hook

    /// What of the network the hook belongs to: several where it is that of several interfaces.
    var layers = [Layer.network]

    /// Lower ones are asked first.
    let priority: Int

    /// Whether only the first packet of a connection is shown to it.
    let isNat: Bool
    let name: String
    let chains: [String: [KernelRule]]

    /// Whether what no rule decides on is dropped.
    let drops: Bool
    let policyPlace: RulePlace

    /// Whether a packet comes by the chain at a hook.
    func sees(_ packet: Packet, at hook: Hook) -> Bool {
        self.hook == hook && (family ?? packet.family) == packet.family && layers.contains { $0.holds(packet.layer) }
    }
}

extension Layer {
    /// Whether a packet is here; a name that ends in `*` stands for all that begin so, as nft has it.
    fileprivate func holds(_ other: Layer) -> Bool {
        guard case .interface(let name) = self, name.last == "*", case .interface(let other) = other else {
            return self == other
        }
        return other.hasPrefix(name.dropLast())
    }
}
