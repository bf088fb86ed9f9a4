import PlumbAddress
import PlumbFirewall
import PlumbLinux
import PlumbNetlink
import PlumbSubnetStore

/// Removes attachments: for DEL, for the undo of a failed ADD, and for what died without either.
///
/// Everything comes from the records; the sandboxes need not exist. Each step runs even if an earlier one failed, what is
/// gone already counts as removed, and a record is only forgotten when nothing of its attachment is left.
struct Removal {
    let writer: ProcessIdentity

    /// Removes attachments and forgets them.
    ///
    /// The order keeps packets from going astray: no rule may lead to an address that is already free.
    func run(_ attachments: [Attachment], store: Store?, host: Host) throws {
        var failures = Failures()
        var failed: Set<AttachmentKey> = []
        for group in Self.groups(attachments) {
            let isClean = failures.collect { try removeRules(of: group, store: store, host: host) }
            if !isClean { failed.formUnion(group.map(\.key)) }
        }
        let isUnlinked = failures.collect { try removeLinks(of: attachments, host: host) }
        if !isUnlinked { failed.formUnion(attachments.map(\.key)) }
        let removed = attachments.filter { !failed.contains($0.key) }
        failures.collect { try forget(removed, store: store, host: host) }
        try failures.throwIfAny()
    }

    /// Removes dead attachments; of those whose records can't be read, what follows from their keys and a network.
    ///
    /// Who wrote a record may have finished and gone between the reading of the record and the verdict.
    func run(dead: [StoreEntry], derivedFrom network: NetworkSpecification, store: Store, host: Host) throws {
        let unchanged = try dead.filter { try store.entry($0.row.key)?.row == $0.row }
        try run(unchanged.map { $0.attachment(orDerivedFrom: network) }, store: store, host: host)
    }

    /// Attachments whose rules lie in the same chains, so that one commit removes them all.
    private static func groups(_ attachments: [Attachment]) -> [[Attachment]] {
        Dictionary(grouping: attachments) { [$0.firewall.backend.rawValue, $0.firewall.network.chainPrefix] }
            .sorted { $0.key.lexicographicallyPrecedes($1.key) }
            .map(\.value)
    }

    private func removeRules(of group: [Attachment], store: Store?, host: Host) throws {
        guard let plan = group.first?.firewall, plan.backend != .none else { return }
        host.trace.begin(.firewall)
        let network = plan.network.covering(group.map(\.firewall.network))
        // Who has no record may have rules wherever the kernel has some.
        let backends = plan.backend == .auto ? FirewallBackend.offered() : [plan.backend]
        for backend in backends {
            guard let firewall = try openFirewall(backend, isRequired: false) else { continue }
            try firewall.detach(group.map(\.firewallPolicy), from: network) {
                // A store that was lost is no proof that rules belong to nobody.
                try store?.marks() ?? Set(Survivors.links(ofStore: plan.mark.store, host).map(\.mark.id))
            }
        }
        guard !backends.isEmpty else { return }
        host.trace.begin(.conntrack)
        try flushConntrack(
            ports: group.flatMap(\.publishedPorts),
            addresses: group.flatMap { $0.addresses.map(\.prefix.address) },
            families: AddressFamily.allCases.filter { family in group.contains { $0.families.contains(family) } }
        )
    }

    /// One pair is removed without waiting for the kernel to free it; many are removed in batches.
    private func removeLinks(of attachments: [Attachment], host: Host) throws {
        host.trace.begin(.links)
        if attachments.count == 1, let attachment = attachments.first {
            try VethPair(attachment: attachment).remove(from: host)
            return
        }
        var links: [Link] = []
        for attachment in attachments {
            if let link = try VethPair(attachment: attachment).hostEnd(host) { links.append(link) }
        }
        try LinkBatch.remove(links, host)
    }

    /// Forgets attachments of which nothing is left, and then networks that go with their last attachment.
    private func forget(_ removed: [Attachment], store: Store?, host: Host) throws {
        guard let store, !removed.isEmpty else { return }
        host.trace.begin(.release)
        try store.release(removed.map(\.key))
        var networks: Set<String> = []
        for attachment in removed where attachment.bridge.removedWhenEmpty {
            guard networks.insert(attachment.key.network).inserted else { continue }
            guard try store.beginRemoval(of: attachment.key.network, writer: writer) else { continue }
            var failures = Failures()
            failures.collect { try removeNetwork(of: attachment, host: host) }
            failures.collect { try store.endRemoval(of: attachment.key.network) }
            try failures.throwIfAny()
        }
    }

    /// Removes the bridge and the rules of a network that has no attachment any more.
    ///
    /// While anybody has a port in the bridge the rules stay with it: they may be those of another network, and they keep
    /// the host's 127.0.0.0/8 from whoever is there.
    private func removeNetwork(of attachment: Attachment, host: Host) throws {
        let name = attachment.bridge.name
        let bridge = try host.socket.link(named: name).flatMap { $0.kind == "bridge" ? $0 : nil }
        if let bridge, try !host.socket.links(master: bridge.index).isEmpty { return }
        let machineID = HostFacts.machineID()
        let ownMAC = Planner.bridgeMAC(network: attachment.key.network, bridge: name, machineID: machineID)
        let isOurs = bridge?.mac == ownMAC
        if let bridge, !isOurs, bridge.ipv4RouteLocalnet {
            try Sysctl("net/ipv4/conf/\(name)/route_localnet").write("0")
        }
        // Other attachments of the network may have had another backend than the last one.
        for backend in attachment.firewall.backend == .none ? [] : FirewallBackend.offered() {
            guard let firewall = try openFirewall(backend, isRequired: false) else { continue }
            try firewall.removeNetwork(attachment.firewall.network)
        }
        if isOurs { _ = try host.socket.removeLinkWithoutWaiting(named: name) }
    }
}

extension NetworkPolicy {
    /// The network with the subnets of all policies, so that every family in which one of them has rules is looked at.
    ///
    /// A policy without subnets stands for an attachment whose record is lost: its rules may be in any family.
    fileprivate func covering(_ policies: [NetworkPolicy]) -> NetworkPolicy {
        let isComplete = policies.allSatisfy { !$0.subnets.isEmpty }
        let everything = AddressFamily.allCases.map { Prefix(wholeOf: $0) }
        let subnets = Set(isComplete ? policies.flatMap(\.subnets) : everything)
        return NetworkPolicy(
            bridge: bridge,
            subnets: Array(subnets),
            masquerade: masquerade,
            hairpin: hairpin,
            ingressPolicy: ingressPolicy,
            isInternal: isInternal,
            randomizesPorts: randomizesPorts,
            chainPrefix: chainPrefix,
            userChain: userChain,
            userChainFamilies: userChainFamilies
        )
    }
}

/// Opens a firewall, or none where the attachment can do without.
///
/// - Throws: `FirewallError` when there is no such backend and `isRequired`.
func openFirewall(
    _ backend: FirewallBackend,
    isRequired: Bool,
    warn: @escaping (String) -> Void = { _ in }
) throws(FirewallError) -> (any Firewall)? {
    guard backend != .none else { return nil }
    do throws(FirewallError) {
        return try makeFirewall(backend, lockTimeout: .seconds(30), warn: warn)
    } catch {
        if case .unavailable = error.kind, !isRequired { return nil }
        throw error
    }
}
