/// A firewall of plumb's own together with the rules that it takes in the firewalls of other programs.
struct FirewallAmongOthers: Firewall {
    let own: any Firewall
    let others: ForeignFirewalls

    func attach(
        _ attachment: AttachmentPolicy,
        to network: NetworkPolicy,
        knownIDs: () throws -> Set<UInt64>
    ) throws(FirewallError) {
        try own.attach(attachment, to: network, knownIDs: knownIDs)
        try others.ensure(network)
    }

    func detach(
        _ marks: [RuleMark],
        from network: NetworkPolicy,
        knownIDs: () throws -> Set<UInt64>
    ) throws(FirewallError) {
        try own.detach(marks, from: network, knownIDs: knownIDs)
    }

    func detach(
        _ attachments: [AttachmentPolicy],
        from network: NetworkPolicy,
        knownIDs: () throws -> Set<UInt64>
    ) throws(FirewallError) {
        try own.detach(attachments, from: network, knownIDs: knownIDs)
    }

    func removeNetwork(_ network: NetworkPolicy) throws(FirewallError) {
        do throws(FirewallError) {
            try others.remove(network)
        } catch {
            // What is plumb's own goes even so.
            try own.removeNetwork(network)
            throw error
        }
        try own.removeNetwork(network)
    }

    func restore(
        _ attachments: [(attachment: AttachmentPolicy, network: NetworkPolicy)],
        dryRun: Bool,
        knownIDs: () throws -> Set<UInt64>
    ) throws(FirewallError) -> [String] {
        var known: Set<UInt64>?
        let commands = try own.restore(attachments, dryRun: dryRun) {
            let ids = try known ?? knownIDs()
            known = ids
            return ids
        }
        let networks = attachments.filter { known?.contains($0.attachment.mark.id) ?? true }.map(\.network)
        return try commands + others.restore(networks, dryRun: dryRun)
    }

    func sweep(
        store: UInt32,
        dryRun: Bool,
        knownIDs: () throws -> Set<UInt64>
    ) throws(FirewallError) -> [ForgottenRule] {
        try own.sweep(store: store, dryRun: dryRun, knownIDs: knownIDs)
    }

    func differences(
        _ attachment: AttachmentPolicy,
        in network: NetworkPolicy
    ) throws(FirewallError) -> [String] {
        try own.differences(attachment, in: network) + others.missing(network)
    }

    func differences(
        _ attachments: [AttachmentPolicy],
        in network: NetworkPolicy
    ) throws(FirewallError) -> FirewallDifferences {
        let differences = try own.differences(attachments, in: network)
        return FirewallDifferences(
            network: differences.network + (try others.missing(network)),
            attachments: differences.attachments
        )
    }

    func restoringCommands(
        _ attachment: AttachmentPolicy,
        in network: NetworkPolicy
    ) throws(FirewallError) -> [String] {
        try own.restoringCommands(attachment, in: network) + others.missing(network)
    }

    func rules(of chainPrefix: String) throws(FirewallError) -> [TableListing] {
        try own.rules(of: chainPrefix)
    }
}
