/// Tables that have the name of plumb's, but are somebody else's or of an unknown version of plumb.
///
/// They are found when the kernel refuses a change, so nobody else pays for the look.
extension NftablesSocket {
    /// What in the tables of frames is something else than plumb would make it, given the kernel's refusal; nil if nothing.
    ///
    /// - Throws: `FirewallError`
    mutating func misfit(
        of frames: [any NftablesFrame],
        _ refusal: FirewallError
    ) throws(FirewallError) -> FirewallError? {
        guard refusal.errno != 0 else { return nil }
        for frame in frames where try tables().contains(frame.table) {
            let sets = try sets(frame.table, besides: frame.makes)
            if let set = sets.first(where: { name in frame.sets.contains { $0.name == name } }) {
                return frame.occupied("the set \(set) is not of the type that plumb's is", refusal)
            }
            let chains = try chains(frame.table.family).filter { $0.table == frame.table && !frame.makes($0) }
            if let chain = chains.first(where: { chain in frame.chains.contains { $0.name == chain.name } }) {
                return frame.occupied("the chain \(chain.name) is not at the hook that plumb's is at", refusal)
            }
            if try !self.sets(frame.table).contains(where: frame.isFirst) {
                return frame.occupied("there is no set \(frame.sets[0].name)", refusal)
            }
        }
        return nil
    }

    /// Whether somebody has sets or chains of their own in the table of a frame.
    ///
    /// - Throws: `FirewallError`
    mutating func holdsMore(than frame: any NftablesFrame) throws(FirewallError) -> Bool {
        guard try sets(frame.table, besides: frame.makes).isEmpty else { return true }
        return try chains(frame.table.family).contains { $0.table == frame.table && !frame.makes($0) }
    }

    /// Refuses to write rules anew in chains that plumb has never made, whatever they are called.
    ///
    /// - Throws: `FirewallError` of kind `.refused`
    mutating func refuseForeignRules(_ plan: NftablesTablePlan) throws(FirewallError) {
        let frame = plan.frame
        guard let chain = plan.rewrittenRules.first?.chain, try !sets(frame.table).contains(where: frame.isFirst) else {
            return
        }
        throw frame.occupied("the chain \(chain) has rules, but there is no set \(frame.sets[0].name)")
    }
}

extension NftablesFrame {
    /// Whether a set is the one by which plumb's tables are told from others.
    func isFirst(_ set: NftablesSet) -> Bool { sets[0].name == set.name && makes(set) }

    /// Whether plumb would make the set: it has keys, data and flags of one of the same name.
    fileprivate func makes(_ set: NftablesSet) -> Bool {
        sets.contains { wanted in
            wanted.name == set.name && wanted.key == set.key && wanted.data == set.data
                && wanted.isInterval == set.isInterval && wanted.hasTimeouts == set.hasTimeouts
        }
    }

    /// Whether plumb would make the chain: it sees the packets that one of the same name sees, at the same time.
    fileprivate func makes(_ chain: NftablesChain) -> Bool {
        guard let wanted = chains.first(where: { $0.name == chain.name }) else { return false }
        // The policy is set when the chain is made sure of.
        var hook = chain.hook
        hook?.dropsByDefault = wanted.hook?.dropsByDefault ?? false
        return hook == wanted.hook
    }

    fileprivate func occupied(_ difference: String, _ refusal: FirewallError? = nil) -> FirewallError {
        FirewallError(
            .refused,
            "use the table \(table)",
            errno: refusal?.errno ?? 0,
            reason: "it is not plumb's, or not of this version: \(difference)" + (refusal.map { " (\($0))" } ?? ""),
            advice: "See nft list table \(table). Delete or rename that table, or choose another chainPrefix, "
                + "for which plumb makes a table of its own."
        )
    }
}
