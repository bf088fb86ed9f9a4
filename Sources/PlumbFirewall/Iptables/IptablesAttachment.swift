import PlumbAddress

extension TablePlan {
    /// Plans that an attachment has its rules in the table and no others.
    mutating func ensure(_ ports: IptablesPorts, in table: TableName) {
        ensure([ports], in: table)
    }

    /// Plans that attachments have their rules in the table and no others, in the time that one walk over it takes.
    mutating func ensure(_ ports: [IptablesPorts], in table: TableName) {
        let wanted = ports.flatMap { $0.rules(for: table) }
        let wantedRules = Dictionary(grouping: wanted, by: \.chain).mapValues { Set($0.map(\.rule)) }
        let marks = Set(ports.map(\.attachment.mark.identity))
        func isOwn(_ entry: Entry) -> Bool { entry.mark.map(marks.contains) ?? false }
        for chain in chains.keys {
            remove(from: chain) { entry in
                isOwn(entry) && entry.rule.map { wantedRules[chain]?.contains($0) == true } != true
            }
        }
        // By value, since a container may publish thousands of ports, too many to look for each among the rules.
        let present = chains.mapValues { Set($0.lazy.filter(isOwn).compactMap(\.rule)) }
        for (chain, rule) in wanted where present[chain]?.contains(rule) != true {
            insert(rule, in: chain, at: entries(of: chain).count)
        }
    }

    /// Plans that no rule carries one of the marks.
    mutating func remove(_ marks: Set<RuleMark.Identity>) {
        for chain in chains.keys {
            remove(from: chain) { $0.mark.map(marks.contains) ?? false }
        }
    }

    /// Whether rules of a store may be orphans: they carry marks that are not among those at hand.
    func mayHoldOrphans(of store: UInt32, besides marks: Set<RuleMark.Identity>) -> Bool {
        chains.values.contains { entries in
            entries.contains { $0.mark?.store == store && !marks.contains($0.mark ?? .init(store: 0, id: 0)) }
        }
    }

    /// Plans that the rules of a store whose ids it does not know are gone.
    mutating func sweep(_ store: UInt32, knownIDs: Set<UInt64>) {
        for chain in chains.keys.sorted() {
            remove(from: chain) { entry in
                entry.mark.map { $0.store == store && !knownIDs.contains($0.id) } ?? false
            }
        }
    }

    /// Looks for rules of others that publish a port of the attachment.
    ///
    /// Those of the same container don't count: podman publishes its ports on each of its networks, and the first rule wins.
    ///
    /// - Throws: `FirewallError` of kind `.refused` that names the holder.
    func refuseConflicts(with ports: IptablesPorts) throws(FirewallError) {
        let others = chains.mapValues { entries in
            entries.compactMap(\.rule).filter { other in
                other.isTranslation && other.mark?.sharesContainer(with: ports.attachment.mark) != true
            }
        }
        for (chain, rule) in ports.rules(for: .nat) where rule.isTranslation {
            guard
                let (holder, contested) = rule.firstConflict(among: others[chain] ?? []),
                let transport = rule.transport
            else { continue }
            let owner = holder.mark.map { "the attachment \($0.label)" }
            let isOne = contested.count == 1
            let numbers =
                isOne ? "port \(contested.lowerBound)" : "ports \(contested.lowerBound)-\(contested.upperBound)"
            throw FirewallError(
                .refused,
                "publish \(numbers)/\(transport.rawValue)",
                reason:
                    "\(owner ?? "a rule of another program") has \(isOne ? "it" : "them"): \(holder.text(in: chain))"
            )
        }
    }
}

extension Rule {
    fileprivate var mark: RuleMark? { comment.flatMap { RuleMark(comment: $0) } }

    fileprivate var isTranslation: Bool {
        if case .dnat = target { true } else { false }
    }

    /// The first rule for the same host address that takes some of the host ports, and which they are.
    fileprivate func firstConflict(among others: [Rule]) -> (holder: Rule, ports: ClosedRange<UInt16>)? {
        guard let destinationPorts else { return nil }
        for other in others where transport == other.transport && destination == other.destination {
            guard let theirs = other.destinationPorts, theirs.overlaps(destinationPorts) else { continue }
            return (other, destinationPorts.clamped(to: theirs))
        }
        return nil
    }
}
