import PlumbAddress

extension IptablesFirewall {
    func restore(
        _ attachments: [(attachment: AttachmentPolicy, network: NetworkPolicy)],
        dryRun: Bool,
        knownIDs: () throws -> Set<UInt64>
    ) throws(FirewallError) -> [String] {
        guard let store = attachments.first?.attachment.mark.store else { return [] }
        var commands: [String] = []
        for (prefix, attachments) in Dictionary(grouping: attachments, by: \.network.chainPrefix) {
            let check = SourceCheck(prefix: prefix, timeout: lockTimeout)
            commands += try check.restore(attachments.map(\.attachment), dryRun: dryRun, knownIDs: knownIDs)
        }
        let lock = try takeLock()
        defer { extendLifetime(lock) }
        // Before the tables are read is as good as after: nobody adds rules while the lock is held.
        let known = try OrphanSweep.ask(knownIDs)
        var wanted: [IptablesRestoration.Item] = []
        for (attachment, network) in attachments where known.contains(attachment.mark.id) {
            let tables = try tables(for: attachment, in: network)
            wanted.append(.init(attachment: attachment, network: network, tables: tables))
        }
        let interest = ReadingInterest(
            ids: Set(wanted.map(\.attachment.mark.id)),
            hostPorts: PortSet(wanted.flatMap { $0.attachment.ports.map(\.hostPorts) })
        )
        let restoration = IptablesRestoration(store: store, known: known, items: wanted)
        let edits = try IptablesChange.make(
            try openTables(of: wanted, in: attachments.map(\.network)),
            reading: interest,
            of: attachments.map(\.network),
            dryRun: dryRun,
            plan: restoration.plan
        )
        return commands
            + edits.flatMap { table, edits in
                edits.map { "\(table.family.iptablesProgram) -t \(table.name.rawValue) \($0)" }
            }
    }

    /// The tables that hold rules of the attachments, or may hold what is left of others, in the order of `tables`.
    private func openTables(
        of items: [IptablesRestoration.Item],
        in networks: [NetworkPolicy]
    ) throws(FirewallError) -> [IptablesChange.Table] {
        let needed = Set(items.flatMap(\.tables))
        var tables: [IptablesChange.Table] = []
        for family in AddressFamily.allCases where networks.contains(where: { $0.families.contains(family) }) {
            let loaded = try IptablesTable.loaded(family)
            for name in [TableName.raw, .mangle, .filter, .nat] {
                let isNeeded = needed.contains { $0.family == family && $0.name == name }
                let mayHoldRules = name != .raw && loaded.contains(name)
                if isNeeded || mayHoldRules { tables.append(.init(family: family, name: name)) }
            }
        }
        return tables
    }
}

/// The plan that brings all attachments of a store back at once.
struct IptablesRestoration {
    /// An attachment with the tables that its `attach` would change.
    struct Item {
        let attachment: AttachmentPolicy
        let network: NetworkPolicy
        let tables: [IptablesChange.Table]

        /// One of the tables, as `attach` would change it.
        func table(_ table: IptablesChange.Table) -> IptablesChange.Table? {
            tables.first { $0.family == table.family && $0.name == table.name }
        }
    }

    /// What `attach` would make sure of for a network.
    private struct Turn: Hashable {
        let network: NetworkPolicy
        let table: IptablesChange.Table

        var rules: IptablesNetwork { IptablesNetwork(network, table.family) }
    }

    let store: UInt32

    /// The marks of all attachments that are recorded.
    let known: Set<UInt64>

    /// The attachments in the order in which they were made.
    let items: [Item]

    /// Plans a table as successive calls of `attach` would have left it.
    func plan(_ table: IptablesChange.Table, _ plan: inout TablePlan) throws(FirewallError) {
        let before = plan
        plan.sweep(store, knownIDs: known)
        // Also of those that need the table no more: rules of theirs may be left in it.
        let ports = items.map { IptablesPorts(attachment: $0.attachment, network: $0.network, family: table.family) }
        if table.name == .nat {
            // Who has all of its rules has no conflict either; to look at each would take the square of their number.
            let present = plan.chains.mapValues { Set($0.lazy.compactMap(\.rule)) }
            for ports in ports where !ports.rules(for: .nat).allSatisfy({ present[$0]?.contains($1) == true }) {
                try plan.refuseConflicts(with: ports)
            }
        }
        let turns = turns(table)
        for turn in turns { turn.rules.ensure(turn.table, in: &plan) }
        plan.ensure(ports, in: table.name)
        plan.dropFutileEdits(since: before, of: turns.map(\.rules), table.name)
    }

    /// The networks as successive calls of `attach` would make sure of them, without calls that find nothing to do.
    ///
    /// Each prefix wants to be the first of the kernel's chain, so one that was there comes back when the prefix changes.
    private func turns(_ table: IptablesChange.Table) -> [Turn] {
        var seen: Set<Turn> = []
        var turns: [Turn] = []
        for item in items {
            guard let table = item.table(table) else { continue }
            let turn = Turn(network: item.network, table: table)
            let isNew = seen.insert(turn).inserted
            if isNew || turns.last?.network.chainPrefix != item.network.chainPrefix { turns.append(turn) }
        }
        return turns
    }
}

extension TablePlan {
    /// Drops the edits of chains that they leave as they were, but for turns between prefixes, none of which matters.
    fileprivate mutating func dropFutileEdits(
        since before: TablePlan,
        of networks: [IptablesNetwork],
        _ table: TableName
    ) {
        var rules: [ChainNames: Set<Rule>] = [:]
        for network in networks { rules[network.names, default: []].formUnion(network.placedRules(of: table)) }
        // What each prefix has to look away from; without any there is nothing to turn.
        let foreign =
            rules.isEmpty
            ? [[]]
            : rules.keys.map { own in
                rules.filter { $0.key != own }.values.reduce(into: Set()) { $0.formUnion($1) }
            }
        dropEdits { [chains] chain in
            guard let was = before.chains[chain], let now = chains[chain] else { return false }
            return foreign.allSatisfy { foreign in
                func isSeen(_ entry: Entry) -> Bool { entry.rule.map { !foreign.contains($0) } ?? true }
                return was.filter(isSeen) == now.filter(isSeen)
            }
        }
    }
}
