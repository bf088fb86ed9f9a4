/// The search for rules whose attachments the store has forgotten, over all tables of one change.
struct OrphanSweep {
    let store: UInt32

    /// The marks of the attachments that the change is about.
    let own: Set<RuleMark.Identity>

    private var knownIDs: Set<UInt64>?

    init(store: UInt32, own: Set<RuleMark.Identity>) {
        self.store = store
        self.own = own
    }

    /// Plans that the orphans of a table are gone; the store is asked once, and only if there may be any.
    ///
    /// - Throws: `FirewallError` when the store does not answer.
    mutating func sweep(_ plan: inout TablePlan, knownIDs: () throws -> Set<UInt64>) throws(FirewallError) {
        guard plan.mayHoldOrphans(of: store, besides: own) else { return }
        let known: Set<UInt64>
        if let asked = self.knownIDs { known = asked } else { known = try Self.ask(knownIDs) }
        self.knownIDs = known
        plan.sweep(store, knownIDs: known.union(own.map(\.id)))
    }

    /// Asks the store for what it knows.
    static func ask(_ knownIDs: () throws -> Set<UInt64>) throws(FirewallError) -> Set<UInt64> {
        do {
            return try knownIDs()
        } catch {
            throw FirewallError(.refused, "tell orphaned rules from others", reason: "\(error)")
        }
    }
}
