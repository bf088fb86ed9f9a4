/// A base chain of somebody else that forwarded packets pass, as far as it was read: from its first rule on.
struct ForeignChain: Hashable, Sendable {
    let chain: NftablesChain
    let rules: [NftablesRule]

    /// Whether a rule is one of plumb's for the network.
    static func isOwn(_ rule: NftablesRule, _ accept: ForeignAccept) -> Bool {
        rule.remark == accept.comment
    }

    /// The changes that let a network's packets through, if the chain would drop them.
    ///
    /// Rules of plumb's stay where they are as long as they are reached, wherever others have put theirs; when they are not,
    /// or are not all there, they are put at the top.
    ///
    /// - Throws: what the reading of rules throws.
    func changes(
        for accept: ForeignAccept,
        rulesOfChain: (String) throws(FirewallError) -> [NftablesRule]
    ) throws(FirewallError) -> [ForeignChange] {
        let wanted = accept.lines(for: chain)
        let own = rules.filter { Self.isOwn($0, accept) }
        let policyDrops = chain.hook?.dropsByDefault == true
        if own.elementsEqual(wanted, by: { $0.saysTheSame(as: $1.rule(in: chain)) }),
            let last = rules.lastIndex(where: { Self.isOwn($0, accept) })
        {
            let above = try ForeignFate(of: others(than: accept, rules[..<last]), rulesOfChain: rulesOfChain)
            guard above != .reachingEnd, above.isDropped(by: policyDrops) else { return [] }
        } else {
            let fate = try ForeignFate(of: others(than: accept, rules[...]), rulesOfChain: rulesOfChain)
            guard fate.isDropped(by: policyDrops) else { return [] }
        }
        // Each is put before the one that was put there last.
        return own.map { .removal(of: $0) } + wanted.reversed().map { .insertion(of: $0, in: chain) }
    }

    private func others(
        than accept: ForeignAccept,
        _ rules: ArraySlice<NftablesRule>
    ) -> some Sequence<NftablesRule> {
        rules.lazy.filter { !Self.isOwn($0, accept) }
    }
}

extension NftablesRule {
    /// Whether both do the same to the same packets: others may have written a rule back in another form.
    fileprivate func saysTheSame(as other: NftablesRule) -> Bool {
        conditions == other.conditions && outcome == other.outcome
    }

    /// Whether the rule compares something with the name of an interface.
    func names(_ interface: String) -> Bool {
        expressions.contains { expression in
            guard case .compare(_, _, let value) = expression else { return false }
            return value.prefix { $0 != 0 }.elementsEqual(interface.utf8)
        }
    }
}
