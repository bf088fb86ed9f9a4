import PlumbAddress
import PlumbLinux

/// The firewall over the legacy tables of iptables.
struct IptablesFirewall: Firewall {
    let lockPath: String
    let lockTimeout: Duration

    func attach(
        _ attachment: AttachmentPolicy,
        to network: NetworkPolicy,
        knownIDs: () throws -> Set<UInt64>
    ) throws(FirewallError) {
        try SourceCheck(network, timeout: lockTimeout).attach(attachment)
        let lock = try takeLock()
        defer { extendLifetime(lock) }
        var orphans = OrphanSweep(store: attachment.mark.store, own: [attachment.mark.identity])
        try IptablesChange.make(
            try tables(for: attachment, in: network),
            reading: interest(in: attachment),
            of: [network]
        ) { table, plan throws(FirewallError) in
            try orphans.sweep(&plan, knownIDs: knownIDs)
            let ports = IptablesPorts(attachment: attachment, network: network, family: table.family)
            if table.name == .nat { try plan.refuseConflicts(with: ports) }
            IptablesNetwork(network, table.family).ensure(table, in: &plan)
            plan.ensure(ports, in: table.name)
        }
    }

    func detach(
        _ attachments: [AttachmentPolicy],
        from network: NetworkPolicy,
        knownIDs: () throws -> Set<UInt64>
    ) throws(FirewallError) {
        try SourceCheck(network, timeout: lockTimeout).detach(attachments)
        try removeRules(of: attachments.map(\.mark), in: network, knownIDs: knownIDs)
    }

    func detach(
        _ marks: [RuleMark],
        from network: NetworkPolicy,
        knownIDs: () throws -> Set<UInt64>
    ) throws(FirewallError) {
        try SourceCheck(network, timeout: lockTimeout).detach(marks)
        try removeRules(of: marks, in: network, knownIDs: knownIDs)
    }

    private func removeRules(
        of marks: [RuleMark],
        in network: NetworkPolicy,
        knownIDs: () throws -> Set<UInt64>
    ) throws(FirewallError) {
        guard let store = marks.first?.store else { return }
        let lock = try takeLock()
        defer { extendLifetime(lock) }
        let own = Set(marks.map(\.identity))
        var orphans = OrphanSweep(store: store, own: own)
        // First nat, so that nothing is translated to a container any more when its port is closed.
        try IptablesChange.make(
            try loadedTables([.nat, .filter] + (network.fillsChecksums ? [.mangle] : []), of: network),
            reading: ReadingInterest(),
            of: [network]
        ) { _, plan throws(FirewallError) in
            plan.remove(own)
            try orphans.sweep(&plan, knownIDs: knownIDs)
        }
    }

    func removeNetwork(_ network: NetworkPolicy) throws(FirewallError) {
        try SourceCheck(network, timeout: lockTimeout).removeIfUnused()
        let lock = try takeLock()
        defer { extendLifetime(lock) }
        var lastFamilies: Set<AddressFamily> = []
        try IptablesChange.make(
            try loadedTables([.filter, .nat, .raw, .mangle], of: network),
            reading: ReadingInterest(),
            of: [network]
        ) { table, plan in
            let rules = IptablesNetwork(network, table.family)
            rules.remove(table.name, isLast: lastFamilies.contains(table.family), in: &plan)
            if table.name == .filter, rules.isLast(in: plan) { lastFamilies.insert(table.family) }
        }
    }

    func differences(
        _ attachment: AttachmentPolicy,
        in network: NetworkPolicy
    ) throws(FirewallError) -> [String] {
        let differences = try differences([attachment], in: network)
        return differences.network + differences.attachments.joined()
    }

    func rules(of chainPrefix: String) throws(FirewallError) -> [TableListing] {
        let names = ChainNames(prefix: chainPrefix)
        let lock = try takeLock()
        defer { extendLifetime(lock) }
        var listings: [TableListing] = []
        for family in AddressFamily.allCases {
            let loaded = try IptablesTable.loaded(family)
            var tables: [TableListing] = []
            for name in [TableName.raw, .mangle, .nat, .filter] where loaded.contains(name) {
                let listing = try IptablesTable.snapshot(name, family).listing(of: names)
                let concernsContainers = listing.chains.contains { chain in
                    names.contains(chain.name) || chain.rules.contains { $0.mark != nil }
                }
                if concernsContainers { tables.append(listing) }
            }
            let classifier = IptablesClassifier(tables, family: family, names: names)
            listings += tables.map(classifier.classified)
        }
        return try listings + SourceCheck(prefix: chainPrefix, timeout: lockTimeout).listings()
    }
}

extension IptablesFirewall {
    func takeLock() throws(FirewallError) -> FileLock {
        try lockIptables(lockPath, timeout: lockTimeout)
    }

    func interest(in attachment: AttachmentPolicy) -> ReadingInterest {
        ReadingInterest(ids: [attachment.mark.id], hostPorts: PortSet(attachment.ports.map(\.hostPorts)))
    }

    /// The tables that hold rules of the network and the attachment: first what closes, then what opens.
    func tables(
        for attachment: AttachmentPolicy,
        in network: NetworkPolicy
    ) throws(FirewallError) -> [IptablesChange.Table] {
        var tables: [IptablesChange.Table] = []
        for family in network.families {
            let ports = attachment.ports(of: family)
            let publishes = !ports.isEmpty
            if family == .ipv4, publishes || network.hairpin {
                tables.append(.init(family: family, name: try guardTable(), guardsLoopback: true))
            }
            if network.fillsChecksums, ports.contains(where: { $0.transport == .sctp }),
                !tables.contains(where: { $0.family == family && $0.name == .mangle })
            {
                tables.append(.init(family: family, name: .mangle))
            }
            tables.append(.init(family: family, name: .filter))
            if publishes || network.hairpin || network.masquerade {
                tables.append(.init(family: family, name: .nat))
            }
        }
        return tables
    }

    /// The table for what guards 127.0.0.0/8: raw, or mangle, the next before nat, where the kernel has no raw.
    private func guardTable() throws(FirewallError) -> TableName {
        if try IptablesTable.loaded(.ipv4).contains(.raw) { return .raw }
        do throws(FirewallError) {
            _ = try IptablesTable.snapshot(.raw, .ipv4)
            return .raw
        } catch {
            guard error.kind == .unavailable else { throw error }
            return .mangle
        }
    }

    private func loadedTables(
        _ names: [TableName],
        of network: NetworkPolicy
    ) throws(FirewallError) -> [IptablesChange.Table] {
        var tables: [IptablesChange.Table] = []
        for family in network.families {
            let loaded = try IptablesTable.loaded(family)
            tables += names.filter(loaded.contains).map { .init(family: family, name: $0) }
        }
        return tables
    }
}

extension NetworkPolicy {
    /// Whether answers of published SCTP ports get their checksums from the host, as with Docker 20.10.
    var fillsChecksums: Bool { chainPrefix == ChainNames.dockerPrefix }
}
