import PlumbAddress

extension NftablesFirewall {
    func differences(
        _ attachments: [AttachmentPolicy],
        in network: NetworkPolicy
    ) throws(FirewallError) -> FirewallDifferences {
        guard var socket = try NftablesSocket.open() else { throw FirewallError.noNftables }
        let layout = NftablesLayout(prefix: network.chainPrefix)
        let frame = layout
        var plan = NftablesTablePlan(frame)
        plan.mend(among: try socket.rules(frame.table), try socket.presence(frame))
        let ofNetwork = layout.entries(of: network)
        let ofAttachments = attachments.map(layout.entries(of:))
        let wanted = ofAttachments.flatMap(\.self)
        var inventory = try NftablesInventory.read(ofNetwork + wanted, of: frame.table, &socket)
        let own = Set(attachments.map(\.mark.identity))
        try inventory.readSpares(wanted, besides: own, of: frame.table, &socket)
        return FirewallDifferences(
            network: plan.differences.map { $0.command(frame) } + inventory.missing(among: ofNetwork, in: frame),
            attachments: zip(ofAttachments, try SourceCheck(network, timeout: timeout).differences(attachments)).map {
                inventory.missing(among: $0, in: frame) + $1
            }
        )
    }

    func restore(
        _ attachments: [(attachment: AttachmentPolicy, network: NetworkPolicy)],
        dryRun: Bool,
        knownIDs: () throws -> Set<UInt64>
    ) throws(FirewallError) -> [String] {
        guard let store = attachments.first?.attachment.mark.store else { return [] }
        let prefixes = Set(attachments.map(\.network.chainPrefix)).sorted()
        var commands: [String] = []
        try NftablesTransaction(timeout: timeout).run { socket, _ throws(FirewallError) in
            var claims = NftablesClaims(store: store, own: [])
            var plans: [NftablesTablePlan] = []
            commands = []
            for prefix in prefixes {
                let layout = NftablesLayout(prefix: prefix)
                let own = attachments.filter { $0.network.chainPrefix == prefix }
                let plan = try layout.plan(restoring: own, &claims, knownIDs: knownIDs, &socket)
                guard let plan else { return .wait }
                commands += plan.differences.map { $0.command(layout) }
                plans.append(plan)
                let check = SourceCheck(prefix: prefix, timeout: timeout)
                let checkPlan = try check.plan(
                    restoring: own.map(\.attachment),
                    &claims,
                    knownIDs: knownIDs,
                    &socket
                )
                guard let checkPlan else { return .wait }
                commands += checkPlan.differences.map { $0.command(checkPlan.frame) }
                plans.append(checkPlan)
            }
            return .change(dryRun ? [] : plans)
        }
        return commands
    }
}

extension NftablesLayout {
    /// Plans that all attachments and their networks have what they should have; nil when an element is about to be gone.
    fileprivate func plan(
        restoring attachments: [(attachment: AttachmentPolicy, network: NetworkPolicy)],
        _ claims: inout NftablesClaims,
        knownIDs: () throws -> Set<UInt64>,
        _ socket: inout NftablesSocket
    ) throws(FirewallError) -> NftablesTablePlan? {
        var plan = NftablesTablePlan(self)
        plan.mend(among: try socket.rules(table), try socket.presence(self))
        try socket.refuseForeignRules(plan)
        let inventory = try NftablesInventory.read(
            sets: Self.networkSets + Self.attachmentSets,
            of: table,
            &socket
        )
        plan.ensure(ofAll: attachments.map(\.network), of: self, in: inventory)
        var places = SharedPlaces(attachments.map(\.attachment), of: self, in: inventory)
        for (attachment, _) in attachments where try claims.knows(attachment.mark, knownIDs: knownIDs) {
            let wanted = places.assign(entries(of: attachment), to: attachment.mark)
            guard try plan.claim(wanted, for: attachment, in: inventory, &claims, knownIDs: knownIDs) else {
                return nil
            }
        }
        try plan.sweep(inventory, &claims, knownIDs: knownIDs)
        return plan
    }
}

extension NftablesTablePlan {
    /// Plans that networks have what they should have; attachments of one may know of different subnets.
    ///
    /// Other subnets of their bridges stay, since these need not be all of the attachments.
    fileprivate mutating func ensure(
        ofAll networks: [NetworkPolicy],
        of layout: NftablesLayout,
        in inventory: NftablesInventory
    ) {
        var wanted: [NftablesEntry] = []
        var possible: [NftablesEntry] = []
        var places: (wanted: Set<NftablesEntry.Place>, possible: Set<NftablesEntry.Place>) = ([], [])
        var seen: Set<NetworkPolicy> = []
        for network in networks where seen.insert(network).inserted {
            wanted += layout.entries(of: network).filter { places.wanted.insert($0.place).inserted }
            possible += layout.possibleEntries(of: network).filter { places.possible.insert($0.place).inserted }
        }
        ensure(wanted, besides: possible, in: inventory)
    }
}

/// Who of several attachments of a container has a port that they all publish.
private struct SharedPlaces {
    private var holders: [NftablesEntry.Place: RuleMark.Identity] = [:]
    private var taken: Set<NftablesEntry.Place> = []

    /// Finds those that have their ports now, and keep them.
    init(_ attachments: [AttachmentPolicy], of layout: NftablesLayout, in inventory: NftablesInventory) {
        for attachment in attachments {
            for entry in layout.entries(of: attachment)
            where inventory[entry.place]?.mark?.identity == attachment.mark.identity {
                holders[entry.place] = attachment.mark.identity
            }
        }
    }

    /// The entries as the attachment gets them: in the first map, or else in the spare one, whoever has it.
    mutating func assign(_ entries: [NftablesEntry], to mark: RuleMark) -> [NftablesEntry] {
        entries.map { entry in
            if holders[entry.place] ?? mark.identity == mark.identity, taken.insert(entry.place).inserted {
                return entry
            }
            guard let spare = entry.spare else { return entry }
            taken.insert(spare.place)
            return spare
        }
    }
}
