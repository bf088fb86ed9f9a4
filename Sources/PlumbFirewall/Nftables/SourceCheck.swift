import PlumbAddress

/// The check that containers send under their own addresses only, whichever backend the rest of the rules has.
struct SourceCheck {
    /// For how long other programs that change nftables may come between.
    let timeout: Duration

    private let layout: SourceCheckLayout

    init(_ network: NetworkPolicy, timeout: Duration) {
        self.init(prefix: network.chainPrefix, timeout: timeout)
    }

    init(prefix: String, timeout: Duration) {
        layout = SourceCheckLayout(prefix: prefix)
        self.timeout = timeout
    }

    /// Makes sure of the check of an attachment that has one.
    ///
    /// - Throws: `FirewallError`, `.unavailable` when the kernel can't filter on bridges.
    func attach(_ attachment: AttachmentPolicy) throws(FirewallError) {
        guard attachment.onlyMAC != nil else { return }
        try NftablesTransaction(timeout: timeout).run { socket, lacksObjects throws(FirewallError) in
            let plan = try plan(attachment, lacksObjects: lacksObjects, &socket)
            return plan.map { .change([$0]) } ?? .wait
        }
    }

    /// Plans the check of an attachment; nil when an element that is about to be gone stands in the way.
    func plan(
        _ attachment: AttachmentPolicy,
        lacksObjects: Bool,
        _ socket: inout NftablesSocket
    ) throws(FirewallError) -> NftablesTablePlan? {
        var plan = NftablesTablePlan(layout)
        plan.mend(among: try socket.rules(layout.table), lacksObjects: lacksObjects)
        try socket.refuseForeignRules(plan)
        let entries = layout.entries(of: attachment)
        var inventory = try NftablesInventory.read(entries, of: layout.table, &socket)
        if inventory[layout.port(attachment).place] != nil {
            inventory = try .read(sets: SourceCheckLayout.Name.all, of: layout.table, &socket)
        }
        var claims = NftablesClaims(store: attachment.mark.store, own: [attachment.mark.identity])
        let isFree = try plan.claim(entries, for: attachment, in: inventory, &claims, knownIDs: { [] })
        return isFree ? plan : nil
    }

    /// Removes the checks of attachments; those of which nobody knows whether they have some are looked for.
    ///
    /// - Throws: `FirewallError`
    func detach(_ attachments: [AttachmentPolicy]) throws(FirewallError) {
        let isKnown = attachments.allSatisfy { !$0.addresses.isEmpty }
        let entries = attachments.flatMap(layout.entries(of:))
        guard !isKnown || !entries.isEmpty else { return }
        try remove(Set(attachments.map(\.mark.identity)), knownEntries: isKnown ? entries : nil)
    }

    /// Removes the checks of attachments of which no more is known than their marks.
    ///
    /// - Throws: `FirewallError`
    func detach(_ marks: [RuleMark]) throws(FirewallError) {
        try remove(Set(marks.map(\.identity)), knownEntries: nil)
    }

    private func remove(
        _ marks: Set<RuleMark.Identity>,
        knownEntries: [NftablesEntry]?
    ) throws(FirewallError) {
        try changeIfOffered { socket throws(FirewallError) in
            var plan = NftablesTablePlan(layout)
            let inventory =
                if let knownEntries {
                    try NftablesInventory.read(knownEntries, of: layout.table, &socket)
                } else {
                    try NftablesInventory.read(sets: SourceCheckLayout.Name.all, of: layout.table, &socket)
                }
            for entry in inventory.all where entry.mark.map({ marks.contains($0.identity) }) ?? false {
                plan.remove(entry)
            }
            return plan
        }
    }

    /// Removes the table if nobody is checked any more.
    ///
    /// - Throws: `FirewallError`
    func removeIfUnused() throws(FirewallError) {
        try changeIfOffered { socket throws(FirewallError) in
            var plan = NftablesTablePlan(layout)
            guard try socket.sets(layout.table).contains(where: layout.isFirst) else { return plan }
            let ports = try socket.elements(layout.table, set: SourceCheckLayout.Name.ports)
            guard ports.allSatisfy({ $0.timeout != nil }) else { return plan }
            plan.isDeleted = try !socket.holdsMore(than: layout)
            return plan
        }
    }

    /// Changes the table where the kernel has nftables; elsewhere there is nothing to change.
    private func changeIfOffered(
        _ plan: (inout NftablesSocket) throws(FirewallError) -> NftablesTablePlan
    ) throws(FirewallError) {
        do throws(FirewallError) {
            try NftablesTransaction(timeout: timeout).run { socket, _ throws(FirewallError) in
                .change([try plan(&socket)])
            }
        } catch {
            guard case .unavailable = error.kind else { throw error }
        }
    }

    /// What each of the attachments lacks, as commands that would add it.
    ///
    /// What lacks in the rules counts for the first of those that need them.
    ///
    /// - Throws: `FirewallError`
    func differences(_ attachments: [AttachmentPolicy]) throws(FirewallError) -> [[String]] {
        let entries = attachments.map(layout.entries(of:))
        var missing = entries.map { _ in [String]() }
        guard let first = entries.firstIndex(where: { !$0.isEmpty }) else { return missing }
        guard var socket = try NftablesSocket.open() else { throw FirewallError.noNftables }
        let frame = layout
        var plan = NftablesTablePlan(frame)
        plan.mend(among: try socket.rules(frame.table), try socket.presence(frame))
        missing[first] = plan.differences.map { $0.command(frame) }
        let inventory = try NftablesInventory.read(entries.flatMap(\.self), of: frame.table, &socket)
        for (position, entries) in entries.enumerated() {
            missing[position] += inventory.missing(among: entries, in: frame)
        }
        return missing
    }

    /// Makes sure of the checks of all attachments, and removes others that carry marks of the same store.
    ///
    /// - Returns: What was changed, or would be in a dry run, as commands.
    /// - Throws: `FirewallError`
    func restore(
        _ attachments: [AttachmentPolicy],
        dryRun: Bool,
        knownIDs: () throws -> Set<UInt64>
    ) throws(FirewallError) -> [String] {
        guard let store = attachments.first?.mark.store else { return [] }
        var commands: [String] = []
        func run(_ socket: inout NftablesSocket) throws(FirewallError) -> NftablesTransaction.Outcome {
            var claims = NftablesClaims(store: store, own: [])
            let plan = try plan(restoring: attachments, &claims, knownIDs: knownIDs, &socket)
            guard let plan else { return .wait }
            commands = plan.differences.map { $0.command(layout) }
            return .change(dryRun ? [] : [plan])
        }
        do throws(FirewallError) {
            try NftablesTransaction(timeout: timeout).run { socket, _ throws(FirewallError) in try run(&socket) }
        } catch {
            guard case .unavailable = error.kind, attachments.allSatisfy({ $0.onlyMAC == nil }) else { throw error }
        }
        return commands
    }

    /// Plans that attachments have the checks that they should have; nil when an element is about to be gone.
    func plan(
        restoring attachments: [AttachmentPolicy],
        _ claims: inout NftablesClaims,
        knownIDs: () throws -> Set<UInt64>,
        _ socket: inout NftablesSocket
    ) throws(FirewallError) -> NftablesTablePlan? {
        var plan = NftablesTablePlan(layout)
        let isNeeded = attachments.contains { $0.onlyMAC != nil }
        let isThere = try socket.tables().contains(layout.table)
        guard isNeeded || isThere else { return plan }
        if isNeeded {
            plan.mend(among: try socket.rules(layout.table), try socket.presence(layout))
            try socket.refuseForeignRules(plan)
        }
        let inventory = try NftablesInventory.read(sets: SourceCheckLayout.Name.all, of: layout.table, &socket)
        for attachment in attachments where try claims.knows(attachment.mark, knownIDs: knownIDs) {
            let entries = layout.entries(of: attachment)
            guard try plan.claim(entries, for: attachment, in: inventory, &claims, knownIDs: knownIDs) else {
                return nil
            }
        }
        try plan.sweep(inventory, &claims, knownIDs: knownIDs)
        return plan
    }

    /// The table as it stands in the kernel, or none.
    ///
    /// - Throws: `FirewallError`
    func listings() throws(FirewallError) -> [TableListing] {
        guard var socket = try NftablesSocket.open() else { return [] }
        do throws(FirewallError) {
            return try [layout].listings(&socket)
        } catch {
            guard case .unavailable = error.kind else { throw error }
            return []
        }
    }
}
