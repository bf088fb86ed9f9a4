/// What keeps the packets of a configuration's networks in order.
package enum FirewallBackend: String, Codable, Hashable, Sendable, CaseIterable {
    /// The first that the kernel offers.
    case auto
    case iptables
    case nftables
    /// No rules at all.
    case none
}

extension FirewallBackend {
    /// The backends that the kernel offers, the preferred one first.
    package static func offered() -> [FirewallBackend] {
        (IptablesTable.isOffered() ? [.iptables] : []) + (NftablesFirewall.isOffered() ? [.nftables] : [])
    }

    /// The backend that `auto` stands for on this host, or nil if the kernel offers none.
    package static func preferred() -> FirewallBackend? {
        if IptablesTable.isOffered() { return .iptables }
        return NftablesFirewall.isOffered() ? .nftables : nil
    }
}

/// The firewall of the network namespace that the thread is in.
///
/// All verbs can be repeated: what is there stays, what is gone is no error. They find the rules of an attachment by its
/// mark. Whenever a table is read anyway they sweep it of orphans: rules that carry a mark of the same store whose
/// `id` is not among `knownIDs()`. That closure is called only if there may be some, after the tables were read, so an
/// attachment that is recorded before its rules are made is never taken for an orphan; what it throws is wrapped.
package protocol Firewall {
    /// Makes sure of the rules of a network and of an attachment to it, and removes others that carry its mark.
    ///
    /// - Throws: `FirewallError`; `.refused` when somebody else's rule publishes one of the ports.
    func attach(
        _ attachment: AttachmentPolicy,
        to network: NetworkPolicy,
        knownIDs: () throws -> Set<UInt64>
    ) throws(FirewallError)

    /// Removes the rules of attachments to a network.
    ///
    /// - Throws: `FirewallError`
    func detach(
        _ marks: [RuleMark],
        from network: NetworkPolicy,
        knownIDs: () throws -> Set<UInt64>
    ) throws(FirewallError)

    /// The same, with what was known of the attachments at their time, which saves looking for it.
    ///
    /// One without addresses is one of which no more is known than the mark.
    ///
    /// - Throws: `FirewallError`
    func detach(
        _ attachments: [AttachmentPolicy],
        from network: NetworkPolicy,
        knownIDs: () throws -> Set<UInt64>
    ) throws(FirewallError)

    /// Removes the rules of a network whose bridge has no attachments left.
    ///
    /// After the last network of the chain prefix the chains go too. A user chain that holds rules of the user stays,
    /// with the jump to it.
    ///
    /// - Throws: `FirewallError`
    func removeNetwork(_ network: NetworkPolicy) throws(FirewallError)

    /// Makes sure of everything of networks and their attachments at once, one commit per table.
    ///
    /// From nothing the rules come in the order that successive `attach` calls give. An attachment whose `id` is not
    /// among `knownIDs()` counts as removed, and its rules as orphans: it may have been since the caller read of it.
    ///
    /// - Returns: What was changed, or would be in a dry run, as lines like commands; none when all is right.
    /// - Throws: `FirewallError`; `.refused` when somebody else's rule publishes a port, and nothing is changed then.
    func restore(
        _ attachments: [(attachment: AttachmentPolicy, network: NetworkPolicy)],
        dryRun: Bool,
        knownIDs: () throws -> Set<UInt64>
    ) throws(FirewallError) -> [String]

    /// Removes the rules of attachments that a store has forgotten, from every table that plumb may have made.
    ///
    /// Other verbs sweep the tables of their networks only. Rules come back by themselves where an administrator restores a
    /// saved ruleset, also for prefixes and families that no attachment has any more. A dry run waits for no lock.
    ///
    /// - Returns: What was removed, or would be in a dry run.
    /// - Throws: `FirewallError`
    func sweep(
        store: UInt32,
        dryRun: Bool,
        knownIDs: () throws -> Set<UInt64>
    ) throws(FirewallError) -> [ForgottenRule]

    /// The rules that should be there and are not, or the other way round, as commands that would mend that.
    ///
    /// - Throws: `FirewallError`
    func differences(_ attachment: AttachmentPolicy, in network: NetworkPolicy) throws(FirewallError) -> [String]

    /// The same for many attachments of a network at once.
    ///
    /// - Throws: `FirewallError`
    func differences(
        _ attachments: [AttachmentPolicy],
        in network: NetworkPolicy
    ) throws(FirewallError) -> FirewallDifferences

    /// The commands that put back what is missing of the rules of an attachment and its network, in their order.
    ///
    /// - Throws: `FirewallError`
    func restoringCommands(
        _ attachment: AttachmentPolicy,
        in network: NetworkPolicy
    ) throws(FirewallError) -> [String]

    /// The chains of a prefix, and those of the kernel from which they are reached, whoever their rules belong to.
    ///
    /// - Throws: `FirewallError`. Equivalent to: `iptables -t TABLE -S` and `ip6tables -t TABLE -S`, or
    ///   `nft list table inet TABLE`
    func rules(of chainPrefix: String) throws(FirewallError) -> [TableListing]
}

extension Firewall {
    package func restoringCommands(
        _ attachment: AttachmentPolicy,
        in network: NetworkPolicy
    ) throws(FirewallError) -> [String] {
        try differences(attachment, in: network)
    }

    package func detach(
        _ attachments: [AttachmentPolicy],
        from network: NetworkPolicy,
        knownIDs: () throws -> Set<UInt64>
    ) throws(FirewallError) {
        try detach(attachments.map(\.mark), from: network, knownIDs: knownIDs)
    }

    package func differences(
        _ attachments: [AttachmentPolicy],
        in network: NetworkPolicy
    ) throws(FirewallError) -> FirewallDifferences {
        var all: [[String]] = []
        for attachment in attachments { all.append(try differences(attachment, in: network)) }
        return FirewallDifferences(network: [], attachments: all)
    }
}

/// The rules that a network and its attachments lack, and those that are too many, as commands that would mend that.
package struct FirewallDifferences: Hashable, Sendable {
    /// The rules of the network itself.
    package let network: [String]

    /// The rules of each attachment, in the order in which they were asked for.
    package let attachments: [[String]]
}

/// Chooses the firewall of a configuration, which also sees to it that the firewalls of other programs let packets through.
///
/// `lockTimeout` is how long its verbs wait for other programs that change the firewall; `warn` takes sentences about rules
/// of others that stand in the way and that plumb can't change.
///
/// - Throws: `FirewallError` of kind `.unavailable`.
package func makeFirewall(
    _ backend: FirewallBackend,
    lockTimeout: Duration = .seconds(5),
    warn: @escaping (String) -> Void = { _ in }
) throws(FirewallError) -> any Firewall {
    let own = try makeOwnFirewall(backend, lockTimeout: lockTimeout)
    if own is NoFirewall { return own }
    // The rules of the iptables backend are in the legacy chain FORWARD themselves.
    let legacy = LegacyForward(lockPath: xtablesLockPath(), lockTimeout: lockTimeout)
    return FirewallAmongOthers(
        own: own,
        others: ForeignFirewalls(legacy: own is IptablesFirewall ? nil : legacy, timeout: lockTimeout, warn: warn)
    )
}

/// Chooses the firewall that plumb's own rules are in.
private func makeOwnFirewall(
    _ backend: FirewallBackend,
    lockTimeout: Duration
) throws(FirewallError) -> any Firewall {
    switch backend {
    case .none:
        return NoFirewall()
    case .iptables:
        return IptablesFirewall(lockPath: xtablesLockPath(), lockTimeout: lockTimeout)
    case .auto:
        guard let backend = FirewallBackend.preferred() else {
            let reason =
                "the kernel offers neither iptables (modprobe ip_tables, CONFIG_IP_NF_IPTABLES_LEGACY) "
                + "nor nftables (modprobe nf_tables, CONFIG_NF_TABLES); "
            throw FirewallError(.unavailable, "choose a firewall", reason: reason + runWithoutFirewall)
        }
        return try makeOwnFirewall(backend, lockTimeout: lockTimeout)
    case .nftables:
        return NftablesFirewall(timeout: lockTimeout)
    }
}

/// What an error tells those whose kernel has no firewall.
let runWithoutFirewall = "with \"firewallBackend\": \"none\" plumb runs without a firewall"

/// The firewall for those who want none.
private struct NoFirewall: Firewall {
    func attach(
        _ attachment: AttachmentPolicy,
        to network: NetworkPolicy,
        knownIDs: () throws -> Set<UInt64>
    ) throws(FirewallError) {}

    func detach(
        _ marks: [RuleMark],
        from network: NetworkPolicy,
        knownIDs: () throws -> Set<UInt64>
    ) throws(FirewallError) {}

    func removeNetwork(_ network: NetworkPolicy) throws(FirewallError) {}

    func restore(
        _ attachments: [(attachment: AttachmentPolicy, network: NetworkPolicy)],
        dryRun: Bool,
        knownIDs: () throws -> Set<UInt64>
    ) throws(FirewallError) -> [String] { [] }

    func sweep(
        store: UInt32,
        dryRun: Bool,
        knownIDs: () throws -> Set<UInt64>
    ) throws(FirewallError) -> [ForgottenRule] { [] }

    func differences(
        _ attachment: AttachmentPolicy,
        in network: NetworkPolicy
    ) throws(FirewallError) -> [String] { [] }

    func rules(of chainPrefix: String) throws(FirewallError) -> [TableListing] { [] }
}
