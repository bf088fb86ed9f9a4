extension IptablesFirewall {
    /// The edits that would make the tables right, as commands: each rule in its place, unlike those of `differences`.
    ///
    /// A table that has all rules in another order is left alone: order alone breaks nothing that a rule of somebody
    /// else's does not break.
    func restoringCommands(
        _ attachment: AttachmentPolicy,
        in network: NetworkPolicy
    ) throws(FirewallError) -> [String] {
        let lock = try takeLock()
        defer { extendLifetime(lock) }
        var commands: [String] = []
        for table in try tables(for: attachment, in: network) {
            let rules = IptablesNetwork(network, table.family)
            let before: TablePlan
            if try IptablesTable.loaded(table.family).contains(table.name) {
                before = try IptablesTable.snapshot(table.name, table.family)
                    .plan(reading: rules.chains(of: table.name), interest: interest(in: attachment))
            } else {
                let empty = IptablesNetwork.baseChains(of: table.name).map { ($0, [TablePlan.Entry]()) }
                before = TablePlan(chains: Dictionary(uniqueKeysWithValues: empty))
            }
            var plan = before
            rules.ensure(table, in: &plan)
            plan.ensure(IptablesPorts(attachment: attachment, network: network, family: table.family), in: table.name)
            guard plan.edits.contains(where: { $0.adds(to: before) }) else { continue }
            commands += plan.edits.map { "\(table.family.iptablesProgram) -t \(table.name.rawValue) \($0)" }
        }
        return commands
    }
}

extension TablePlan.Edit {
    /// Whether the edit makes something that was not there before, in whatever place.
    fileprivate func adds(to before: TablePlan) -> Bool {
        switch self {
        case .create: true
        case .insert(let rule, let chain, _): !before.contains(rule, in: chain)
        case .remove, .delete: false
        }
    }
}
