import CLibnl
import PlumbAddress

/// The steps of a rule of nftables with all that they look things up in, ready to be run on a packet.
struct NftablesProgram: Hashable, Sendable {
    let steps: [NftablesExpression]
    let context: NftablesContext

    /// Whether the rule is for a packet, and what becomes of it then.
    func run(on packet: Packet, local: Set<IPAddress>) -> (certainty: Certainty, verdict: KernelRule.Verdict) {
        var run = NftablesRun(packet: packet, local: local, context: context)
        for step in steps {
            if let verdict = run.take(step) { return (run.certainty, verdict) }
            if run.certainty == .no { break }
        }
        return (run.certainty, .next)
    }
}

/// What the rules of a table look things up in.
struct NftablesContext: Hashable, Sendable {
    /// The elements of sets and maps by their names.
    var sets: [String: [NftablesElement]] = [:]

    /// The indexes of interfaces by their names.
    var interfaces: [String: UInt32] = [:]
}
