import PlumbAddress
import PlumbLinux

extension IptablesFirewall {
    func sweep(
        store: UInt32,
        dryRun: Bool,
        knownIDs: () throws -> Set<UInt64>
    ) throws(FirewallError) -> [ForgottenRule] {
        let checks = try NftablesSweep(families: [.bridge], timeout: lockTimeout)
            .run(store: store, dryRun: dryRun, knownIDs: knownIDs)
        // Who has the lock is waited for only where there is something to do.
        let found = try sweepTables(store, dryRun: true, knownIDs: knownIDs)
        guard !dryRun, !found.isEmpty else { return checks + found }
        let lock = try takeLock()
        defer { extendLifetime(lock) }
        return try checks + sweepTables(store, dryRun: false, knownIDs: knownIDs)
    }

    /// Each table is one snapshot of the kernel's, so they can be read without the lock.
    private func sweepTables(
        _ store: UInt32,
        dryRun: Bool,
        knownIDs: () throws -> Set<UInt64>
    ) throws(FirewallError) -> [ForgottenRule] {
        var tables: [IptablesChange.Table] = []
        for family in AddressFamily.allCases {
            let loaded = try IptablesTable.loaded(family)
            tables += [TableName.mangle, .filter, .nat].filter(loaded.contains).map { .init(family: family, name: $0) }
        }
        var orphans = OrphanSweep(store: store, own: [])
        var before: [IptablesChange.Table: TablePlan] = [:]
        let edits = try IptablesChange.make(
            tables,
            reading: .everything,
            of: nil,
            dryRun: dryRun
        ) { table, plan throws(FirewallError) in
            before[table] = plan
            try orphans.sweep(&plan, knownIDs: knownIDs)
        }
        return edits.flatMap { table, edits in
            edits.compactMap { before[table]?.forgotten($0, table) }
        }
    }
}

extension TablePlan {
    /// What an edit of a sweep removes; these go from the end of a chain to its beginning, so positions are those of now.
    fileprivate func forgotten(_ edit: Edit, _ table: IptablesChange.Table) -> ForgottenRule? {
        guard case .remove(let chain, let position) = edit else { return nil }
        let program = "\(table.family.iptablesProgram) -t \(table.name.rawValue)"
        let rule = entries(of: chain)[position].rule?.text(in: chain) ?? "-A \(chain) …"
        return ForgottenRule(addition: "\(program) \(rule)", removal: "\(program) \(edit)")
    }
}
