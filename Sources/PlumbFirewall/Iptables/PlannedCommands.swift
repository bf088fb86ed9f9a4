import PlumbAddress

extension RulePurpose {
    /// What the rules of a network and its attachments are for, by the commands with which `Firewall.differences` would
    /// add them.
    package static func byCommand(_ attachments: [AttachmentPolicy], in network: NetworkPolicy) -> [String: RulePurpose]
    {
        let names = ChainNames(prefix: network.chainPrefix)
        var purposes: [String: RulePurpose] = [:]
        for family in network.families {
            for table in IptablesChange.Table.all(family) {
                var plan = TablePlan(chains: [:])
                IptablesNetwork(network, family).ensure(table, in: &plan)
                for attachment in attachments {
                    plan.ensure(IptablesPorts(attachment: attachment, network: network, family: family), in: table.name)
                }
                for case .insert(let rule, let chain, _) in plan.edits {
                    purposes[table.command(adding: rule, to: chain)] =
                        RulePurpose(of: rule, in: chain, of: table.name, names: names, userChain: network.userChain)
                }
            }
        }
        return purposes
    }
}
