/// What becomes of the elements of attachments: whose they are, whether somebody else has them, and whether their owner
/// is still known.
struct NftablesClaims {
    let store: UInt32
    /// The marks of the attachments that the change is about.
    let own: Set<RuleMark.Identity>

    private var knownIDs: Set<UInt64>?

    init(store: UInt32, own: Set<RuleMark.Identity>) {
        self.store = store
        self.own = own
    }

    /// Whether the entry is of one of the attachments.
    func owns(_ entry: NftablesEntry) -> Bool {
        entry.mark.map { own.contains($0.identity) } ?? false
    }

    /// Whether the attachment of the entry is one that its store has forgotten; the store is asked once.
    ///
    /// - Throws: `FirewallError` when the store does not answer.
    mutating func isOrphan(
        _ entry: NftablesEntry,
        knownIDs: () throws -> Set<UInt64>
    ) throws(FirewallError) -> Bool {
        guard let mark = entry.mark, mark.store == store, !own.contains(mark.identity) else { return false }
        return try !knows(mark, knownIDs: knownIDs)
    }

    /// Whether the store knows an attachment.
    ///
    /// - Throws: `FirewallError` when the store does not answer.
    mutating func knows(_ mark: RuleMark, knownIDs: () throws -> Set<UInt64>) throws(FirewallError) -> Bool {
        if let known = self.knownIDs { return known.contains(mark.id) }
        do {
            let known = try knownIDs()
            self.knownIDs = known
            return known.contains(mark.id)
        } catch {
            throw FirewallError(.refused, "tell orphaned rules from others", reason: "\(error)")
        }
    }
}

extension NftablesTablePlan {
    /// Plans that entries of networks are there, as they are wanted, and of the others that were found none.
    mutating func ensure(_ wanted: [NftablesEntry], besides others: [NftablesEntry], in inventory: NftablesInventory) {
        for entry in wanted { ensure(entry, in: inventory) }
        for entry in others {
            guard !wanted.contains(where: { $0.place == entry.place }), let found = inventory[entry.place] else {
                continue
            }
            remove(found)
        }
    }

    private mutating func ensure(_ entry: NftablesEntry, in inventory: NftablesInventory) {
        guard let found = inventory[entry.place] else { return add(entry) }
        if !found.says(entry) { replace(found, by: entry) }
    }

    /// Plans that entries of an attachment are there, and of the others that were found and carry its mark none.
    ///
    /// A container may publish a port on two of its networks. The first has it; the second waits in the spare map.
    ///
    /// - Returns: False when an element stands in the way that is about to be gone.
    /// - Throws: `FirewallError` of kind `.refused` that names who else has one of them.
    mutating func claim(
        _ wanted: [NftablesEntry],
        for attachment: AttachmentPolicy,
        in inventory: NftablesInventory,
        _ claims: inout NftablesClaims,
        knownIDs: () throws -> Set<UInt64>
    ) throws(FirewallError) -> Bool {
        var places: Set<NftablesEntry.Place> = []
        for entry in wanted {
            var entry = entry
            while true {
                places.insert(entry.place)
                guard let found = inventory[entry.place] else {
                    add(entry)
                    break
                }
                guard found.element.timeout == nil else { return false }
                if found.says(entry) { break }
                if entry.isNamedByHostEnd || found.mark?.identity == attachment.mark.identity {
                    replace(found, by: entry)
                } else if try claims.isOrphan(found, knownIDs: knownIDs) {
                    replace(found, by: entry)
                } else if found.mark?.sharesContainer(with: attachment.mark) == true, let spare = entry.spare {
                    entry = spare
                    continue
                } else {
                    throw conflict(over: entry, with: found, for: attachment)
                }
                break
            }
        }
        for entry in inventory.all
        where entry.mark?.identity == attachment.mark.identity && !places.contains(entry.place) {
            remove(entry)
        }
        return true
    }

    /// Plans that the entries of forgotten attachments are gone, as far as they were read.
    mutating func sweep(
        _ inventory: NftablesInventory,
        _ claims: inout NftablesClaims,
        knownIDs: () throws -> Set<UInt64>
    ) throws(FirewallError) {
        let replaced = Set(replacements.map(\.old.place))
        var orphans: [NftablesEntry] = []
        for entry in inventory.all where !replaced.contains(entry.place) {
            if try claims.isOrphan(entry, knownIDs: knownIDs) { orphans.append(entry) }
        }
        // An inventory has no order, but what a dry run tells shall come true as it was told.
        orphans.sort { left, right in
            left.set == right.set ? left.element.key.lexicographicallyPrecedes(right.element.key) : left.set < right.set
        }
        for orphan in orphans { remove(orphan) }
    }

    private func conflict(
        over entry: NftablesEntry,
        with holder: NftablesEntry,
        for attachment: AttachmentPolicy
    ) -> FirewallError {
        let owner = holder.mark.map { "the attachment \($0.label)" } ?? "a rule of another program"
        let isShared = holder.mark?.sharesContainer(with: attachment.mark) == true
        return FirewallError(
            .refused,
            "publish \(entry.publishedPort)",
            reason: "\(owner) has it: nft get element \(frame.table) \(holder.set) { \(holder.text(in: frame)) }",
            advice: isShared
                ? "With nftables a container publishes a host port on two of its networks at most: publish it on one."
                : ""
        )
    }
}
