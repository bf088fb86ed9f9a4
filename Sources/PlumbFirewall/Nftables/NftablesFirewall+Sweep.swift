extension NftablesFirewall {
    func sweep(
        store: UInt32,
        dryRun: Bool,
        knownIDs: () throws -> Set<UInt64>
    ) throws(FirewallError) -> [ForgottenRule] {
        try NftablesSweep(families: [.inet, .bridge], timeout: timeout)
            .run(store: store, dryRun: dryRun, knownIDs: knownIDs)
    }
}

/// The removal of elements of forgotten attachments from all tables that have the names of plumb's.
struct NftablesSweep {
    /// The families of the tables: those of rules, and those of source checks.
    let families: Set<NftablesFamily>

    /// For how long other programs that change nftables may come between.
    let timeout: Duration

    /// Removes what a store has forgotten; where the kernel has no nftables there is nothing.
    ///
    /// - Returns: What was removed, or would be in a dry run.
    /// - Throws: `FirewallError`
    func run(
        store: UInt32,
        dryRun: Bool,
        knownIDs: () throws -> Set<UInt64>
    ) throws(FirewallError) -> [ForgottenRule] {
        var found: [ForgottenRule] = []
        do throws(FirewallError) {
            try NftablesTransaction(timeout: timeout).run { socket, _ throws(FirewallError) in
                var claims = NftablesClaims(store: store, own: [])
                var plans: [NftablesTablePlan] = []
                for table in try socket.tables() {
                    guard let (frame, sets) = self.frame(of: table) else { continue }
                    var plan = NftablesTablePlan(frame)
                    let inventory = try NftablesInventory.read(sets: sets, of: table, &socket)
                    try plan.sweep(inventory, &claims, knownIDs: knownIDs)
                    plans.append(plan)
                }
                found = plans.flatMap { plan in plan.removals.map { $0.forgotten(in: plan.frame) } }
                return .change(dryRun ? [] : plans)
            }
        } catch {
            guard case .unavailable = error.kind else { throw error }
        }
        return found
    }

    /// What is in a table, if its name is one of plumb's, and the sets whose elements carry marks.
    private func frame(of table: NftablesTable) -> (frame: any NftablesFrame, sets: [String])? {
        guard families.contains(table.family), let prefix = NftablesLayout.prefix(ofTable: table.name) else {
            return nil
        }
        return table.family == .bridge
            ? (SourceCheckLayout(prefix: prefix), SourceCheckLayout.Name.all)
            : (NftablesLayout(prefix: prefix), NftablesLayout.attachmentSets)
    }
}

extension NftablesEntry {
    fileprivate func forgotten(in frame: any NftablesFrame) -> ForgottenRule {
        ForgottenRule(
            addition: NftablesChange.addElements([element], set: set, frame.table).command(frame),
            removal: NftablesChange.deleteElements([element], set: set, frame.table).command(frame)
        )
    }
}
