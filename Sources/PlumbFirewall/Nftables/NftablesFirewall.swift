import PlumbAddress

/// The firewall over a table of nftables for each prefix, in which attachments are elements of sets.
struct NftablesFirewall: Firewall {
    /// For how long other programs that change nftables may come between.
    let timeout: Duration

    private var transaction: NftablesTransaction { NftablesTransaction(timeout: timeout) }

    /// Whether the kernel has nftables.
    static func isOffered() -> Bool {
        do throws(FirewallError) {
            guard var socket = try NftablesSocket.open() else { return false }
            _ = try socket.generation()
            return true
        } catch {
            return false
        }
    }

    func attach(
        _ attachment: AttachmentPolicy,
        to network: NetworkPolicy,
        knownIDs: () throws -> Set<UInt64>
    ) throws(FirewallError) {
        let layout = NftablesLayout(prefix: network.chainPrefix)
        try transaction.run { socket, lacksObjects throws(FirewallError) in
            var claims = NftablesClaims(store: attachment.mark.store, own: [attachment.mark.identity])
            var plan = NftablesTablePlan(layout)
            let chains = try socket.chains(.inet)
            let isFree = try layout.plan(attachment, in: network, &plan, &claims, knownIDs: knownIDs, &socket)
            let isWhole = layout.looksWhole(chains, ruleCounts: NftablesLayout.ruleCounts) && !plan.changesBridges
            if lacksObjects || !isWhole {
                plan.mend(among: try socket.rules(layout.table), lacksObjects: lacksObjects)
                try socket.refuseForeignRules(plan)
            }
            guard isFree else { return .wait }
            guard attachment.onlyMAC != nil else { return .change([plan]) }
            let check = SourceCheck(network, timeout: timeout)
            let checkPlan = try check.plan(attachment, lacksObjects: lacksObjects, &socket)
            return checkPlan.map { .change([plan, $0]) } ?? .wait
        }
    }

    func detach(
        _ attachments: [AttachmentPolicy],
        from network: NetworkPolicy,
        knownIDs: () throws -> Set<UInt64>
    ) throws(FirewallError) {
        // Who has no address has no record any more: nobody knows what it may have published.
        guard attachments.allSatisfy({ !$0.addresses.isEmpty }) else {
            return try detach(attachments.map(\.mark), from: network, knownIDs: knownIDs)
        }
        try SourceCheck(network, timeout: timeout).detach(attachments)
        let layout = NftablesLayout(prefix: network.chainPrefix)
        let entries = attachments.flatMap(layout.entries(of:))
        guard let store = attachments.first?.mark.store, !entries.isEmpty else { return }
        let claims = NftablesClaims(store: store, own: Set(attachments.map(\.mark.identity)))
        try transaction.run { socket, _ throws(FirewallError) in
            var plan = NftablesTablePlan(layout)
            var inventory = try NftablesInventory.read(entries, of: layout.table, &socket)
            try inventory.readSpares(entries, besides: claims.own, of: layout.table, &socket)
            for entry in inventory.all where claims.owns(entry) { plan.remove(entry) }
            return .change([plan])
        }
    }

    func detach(
        _ marks: [RuleMark],
        from network: NetworkPolicy,
        knownIDs: () throws -> Set<UInt64>
    ) throws(FirewallError) {
        guard let store = marks.first?.store else { return }
        try SourceCheck(network, timeout: timeout).detach(marks)
        let layout = NftablesLayout(prefix: network.chainPrefix)
        try transaction.run { socket, _ throws(FirewallError) in
            var claims = NftablesClaims(store: store, own: Set(marks.map(\.identity)))
            var plan = NftablesTablePlan(layout)
            let inventory = try NftablesInventory.read(
                sets: NftablesLayout.attachmentSets,
                of: layout.table,
                &socket
            )
            for entry in inventory.all where claims.owns(entry) { plan.remove(entry) }
            try plan.sweep(inventory, &claims, knownIDs: knownIDs)
            return .change([plan])
        }
    }

    func removeNetwork(_ network: NetworkPolicy) throws(FirewallError) {
        let layout = NftablesLayout(prefix: network.chainPrefix)
        try transaction.run { socket, _ throws(FirewallError) in
            .change([try layout.planRemoval(of: network, &socket)])
        }
        try SourceCheck(network, timeout: timeout).removeIfUnused()
    }

    func differences(
        _ attachment: AttachmentPolicy,
        in network: NetworkPolicy
    ) throws(FirewallError) -> [String] {
        let differences = try differences([attachment], in: network)
        return differences.network + differences.attachments.flatMap(\.self)
    }
}

extension NftablesLayout {
    /// Plans what an attachment to a network takes; false when an element that is about to be gone stands in the way.
    ///
    /// Only what can be there already is looked for, so that the time does not depend on how many ports are published: all
    /// elements are read for an attachment that has published some before.
    fileprivate func plan(
        _ attachment: AttachmentPolicy,
        in network: NetworkPolicy,
        _ plan: inout NftablesTablePlan,
        _ claims: inout NftablesClaims,
        knownIDs: () throws -> Set<UInt64>,
        _ socket: inout NftablesSocket
    ) throws(FirewallError) -> Bool {
        let ofNetwork = entries(of: network)
        let ofAttachment = entries(of: attachment)
        let possible = possibleEntries(of: network)
        let publisher = publisher(attachment)
        var inventory = try NftablesInventory.read(possible + [publisher] + ofAttachment, of: table, &socket)
        let hasPublished = inventory[publisher.place].map(claims.owns) ?? false
        if hasPublished {
            inventory.merge(try NftablesInventory.read(sets: Self.attachmentSets, of: table, &socket))
        } else {
            let taken = ofAttachment.filter { inventory[$0.place] != nil }
            try inventory.readSpares(taken, besides: claims.own, of: table, &socket)
        }
        plan.ensure(ofNetwork, besides: possible, in: inventory)
        let isFree = try plan.claim(ofAttachment, for: attachment, in: inventory, &claims, knownIDs: knownIDs)
        if hasPublished { try plan.sweep(inventory, &claims, knownIDs: knownIDs) }
        return isFree
    }

    /// The element that tells that an attachment has published ports.
    private func publisher(_ attachment: AttachmentPolicy) -> NftablesEntry {
        NftablesEntry(Name.publishers, NftablesElement(key: attachment.hostInterface.interfaceKey))
    }

    /// Plans that a network is gone, and the table with the last one, unless the administrator has rules, chains or sets
    /// in it.
    fileprivate func planRemoval(
        of network: NetworkPolicy,
        _ socket: inout NftablesSocket
    ) throws(FirewallError) -> NftablesTablePlan {
        var plan = NftablesTablePlan(self)
        // Without that set it is somebody else's table.
        guard try socket.sets(table).contains(where: isFirst) else { return plan }
        let bridge = network.bridge.interfaceKey
        let inventory = try NftablesInventory.read(sets: Self.networkSets + [Name.publishers], of: table, &socket)
        let own = inventory.all.filter { $0.set != Name.publishers && $0.element.key.starts(with: bridge) }
        let others = inventory.all.filter { entry in
            (entry.set == Name.bridges || entry.set == Name.publishers) && entry.element.timeout == nil
                && !own.contains(entry)
        }
        if others.isEmpty, try socket.rules(table, chain: Self.userChain).isEmpty, try !socket.holdsMore(than: self) {
            plan.isDeleted = true
        } else {
            for entry in own { plan.remove(entry) }
        }
        return plan
    }
}
