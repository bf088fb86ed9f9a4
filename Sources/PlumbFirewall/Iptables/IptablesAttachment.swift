import PlumbAddress

extension TablePlan {
    /// Plans that an attachment has its rules in the table and no others.
    mutating func ensure(_ ports: IptablesPorts, in table: TableName) {
        let wanted = ports.rules(for: table)
        let mark = ports.attachment.mark.identity
        for chain in chains.keys {
            remove(from: chain) { entry in
                entry.mark == mark && !wanted.contains { $0.chain == chain && $0.rule == entry.rule }
            }
        }
        for (chain, rule) in wanted {
            ensureAppended(rule, to: chain)
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
        for chain in chains.keys {
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
        for (chain, rule) in ports.rules(for: .nat) where rule.isTranslation {
            let holder = entries(of: chain).lazy.compactMap { $0.rule }.first { other in
                other.isTranslation && other.catchesSame(as: rule)
                    && other.mark?.sharesContainer(with: ports.attachment.mark) != true
            }
            guard let holder, let port = rule.destinationPorts?.lowerBound, let transport = rule.transport else {
                continue
            }
            let owner = holder.mark.map { "the attachment \($0.label)" }
            throw FirewallError(
                .refused,
                "publish port \(port)/\(transport.rawValue)",
                reason: "\(owner ?? "a rule of another program") has it: \(holder.text(in: chain))"
            )
        }
    }
}

extension Rule {
    fileprivate var mark: RuleMark? { comment.flatMap { RuleMark(comment: $0) } }

    fileprivate var isTranslation: Bool {
        if case .dnat = target { true } else { false }
    }

    /// Whether the two rules are for the same host port on the same host address.
    fileprivate func catchesSame(as other: Rule) -> Bool {
        transport == other.transport && destination == other.destination
            && destinationPorts == other.destinationPorts
    }
}
