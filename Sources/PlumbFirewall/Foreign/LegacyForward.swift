import PlumbAddress
import PlumbLinux

/// The chain FORWARD of the legacy tables on a host where plumb has its own rules elsewhere.
struct LegacyForward {
    let lockPath: String
    let lockTimeout: Duration

    private static let chain = "FORWARD"

    /// Makes sure that a network's packets pass, where the chain drops what nobody thought of.
    ///
    /// It is read without the lock first, as mostly there is nothing to be done.
    ///
    /// - Returns: What was changed, or would be in a dry run, as commands.
    /// - Throws: `FirewallError`
    func ensure(_ accept: ForeignAccept, dryRun: Bool) throws(FirewallError) -> [String] {
        var commands: [String] = []
        var tables: [IptablesChange.Table] = []
        for family in accept.network.families where try IptablesTable.loaded(family).contains(.filter) {
            let table = try IptablesTable.snapshot(.filter, family)
            var plan = table.plan(reading: [Self.chain], interest: ReadingInterest())
            let policyDrops = table.policy(of: Self.chain) == "DROP"
            guard policyDrops || plan.entries(of: Self.chain).contains(where: \.dropsAll) else { continue }
            plan.ensureReached(accept.rules, in: Self.chain)
            guard !plan.edits.isEmpty else { continue }
            tables.append(.init(family: family, name: .filter))
            commands += plan.edits.map { "\(family.iptables)-legacy -t filter \($0)" }
        }
        if !dryRun {
            try change(tables, of: accept.network) { plan in plan.ensureReached(accept.rules, in: Self.chain) }
        }
        return commands
    }

    /// Takes away everything that was ever put there for a network.
    ///
    /// - Throws: `FirewallError`
    func remove(_ accept: ForeignAccept) throws(FirewallError) {
        var tables: [IptablesChange.Table] = []
        for family in AddressFamily.allCases where try IptablesTable.loaded(family).contains(.filter) {
            let plan = try IptablesTable.snapshot(.filter, family)
                .plan(reading: [Self.chain], interest: ReadingInterest())
            guard plan.entries(of: Self.chain).contains(where: { $0.rule?.comment == accept.comment }) else { continue }
            tables.append(.init(family: family, name: .filter))
        }
        try change(tables, of: accept.network) { plan in
            plan.remove(from: Self.chain) { $0.rule?.comment == accept.comment }
        }
    }

    private func change(
        _ tables: [IptablesChange.Table],
        of network: NetworkPolicy,
        _ planner: (inout TablePlan) -> Void
    ) throws(FirewallError) {
        guard !tables.isEmpty else { return }
        let lock = try lockIptables(lockPath, timeout: lockTimeout)
        defer { extendLifetime(lock) }
        try IptablesChange.make(tables, reading: ReadingInterest(), of: [network]) { _, plan in planner(&plan) }
    }
}
