import PlumbAddress

extension IptablesFirewall {
    func differences(
        _ attachments: [AttachmentPolicy],
        in network: NetworkPolicy
    ) throws(FirewallError) -> FirewallDifferences {
        let lock = try takeLock()
        defer { extendLifetime(lock) }
        var tables: [IptablesChange.Table] = []
        // Which tables it takes depends on the transports that are published in each family, and on nothing else.
        var seen: Set<[Set<TransportProtocol>]> = []
        for attachment in attachments {
            let transports = network.families.map { Set(attachment.ports(of: $0).map(\.transport)) }
            guard seen.insert(transports).inserted else { continue }
            for table in try self.tables(for: attachment, in: network) where !tables.contains(table) {
                tables.append(table)
            }
        }
        var missingOfNetwork: [String] = []
        var missing = Array(repeating: [String](), count: attachments.count)
        for table in tables {
            let difference = try IptablesDifference(table, of: network, attachments: attachments)
            missingOfNetwork += difference.missingOfNetwork
            for (position, attachment) in attachments.enumerated() {
                missing[position] += difference.missing(attachment)
            }
        }
        for (position, commands) in try SourceCheck(network, timeout: lockTimeout).differences(attachments).enumerated()
        {
            missing[position] += commands
        }
        return FirewallDifferences(network: missingOfNetwork, attachments: missing)
    }
}

/// What a table lacks of the rules of a network and its attachments.
private struct IptablesDifference {
    private let table: IptablesChange.Table
    private let network: NetworkPolicy
    private let present: [String: Set<Rule>]
    let missingOfNetwork: [String]

    init(
        _ table: IptablesChange.Table,
        of network: NetworkPolicy,
        attachments: [AttachmentPolicy]
    ) throws(FirewallError) {
        let rules = IptablesNetwork(network, table.family)
        let interest = ReadingInterest(ids: Set(attachments.map(\.mark.id)))
        let before = try IptablesTable.snapshot(table.name, table.family)
            .plan(reading: rules.chains(of: table.name), interest: interest)
        self.table = table
        self.network = network
        present = before.chains.mapValues { entries in Set(entries.compactMap(\.rule)) }
        var plan = before
        rules.ensure(table, in: &plan)
        missingOfNetwork = plan.edits.compactMap { edit in
            guard case .insert(let rule, let chain, _) = edit, !before.reaches(rule, in: chain) else { return nil }
            return table.command(adding: rule, to: chain)
        }
    }

    /// The rules that an attachment should have here, as commands that would add them.
    func missing(_ attachment: AttachmentPolicy) -> [String] {
        let ports = IptablesPorts(attachment: attachment, network: network, family: table.family)
        return ports.rules(for: table.name).compactMap { chain, rule in
            present[chain]?.contains(rule) == true ? nil : table.command(adding: rule, to: chain)
        }
    }
}

extension IptablesChange.Table {
    /// The command that adds a rule at the end of a chain of the table.
    func command(adding rule: Rule, to chain: String) -> String {
        "\(family.iptablesProgram) -t \(name.rawValue) \(rule.text(in: chain))"
    }
}
