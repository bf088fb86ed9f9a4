import CLibiptc
import PlumbAddress

/// Which of the rules that carry a mark are read in full: of thousands of published ports one matters.
struct ReadingInterest {
    /// The attachments whose rules are wanted.
    var ids: Set<UInt64> = []
    /// The host ports whose holders are wanted.
    var hostPorts = PortSet()
}

extension IptablesTable {
    /// A plan over some chains of the snapshot; those that don't exist are left out.
    func plan(reading chains: some Sequence<String>, interest: ReadingInterest) -> TablePlan {
        var read: [String: [TablePlan.Entry]] = [:]
        for chain in chains where contains(chain) {
            var entries: [TablePlan.Entry] = []
            forEachRule(of: chain) { entry, targetName in
                let mark = entry.mark
                let isWanted =
                    mark.map { interest.ids.contains($0.id) } ?? true
                    || !interest.hostPorts.isEmpty && entry.destinationPorts.map(interest.hostPorts.overlaps) == true
                entries.append(
                    .init(
                        mark: mark,
                        rule: isWanted ? entry.rule(targetName: targetName()) : nil,
                        dropsAll: mark == nil && entry.dropsAll(targetName: targetName())
                    )
                )
            }
            read[chain] = entries
        }
        return TablePlan(chains: read)
    }

    /// The kernel's chains that plumb has rules in, the chains of a prefix, and the user chain whatever its name.
    func listing(of names: ChainNames) -> TableListing {
        let base = listing { IptablesNetwork.baseChains(of: name).contains($0) }
        let userChain = base.userChain(names)
        let own = listing { names.contains($0) || $0 == userChain }
        return TableListing(syntax: .iptables(family), table: name.rawValue, chains: base.chains + own.chains)
    }

    /// The chains of the snapshot that are wanted, rule by rule.
    func listing(where isWanted: (String) -> Bool) -> TableListing {
        let chains = chainNames().filter(isWanted).map { chain in
            var rules: [ListedRule] = []
            forEachRule(of: chain) { entry, targetName in
                let name = targetName()
                let rule = entry.rule(targetName: name)
                rules.append(
                    ListedRule(
                        text: rule?.text(in: chain) ?? entry.outline(in: chain, targetName: name),
                        mark: rule?.comment.flatMap { RuleMark(comment: $0) },
                        packets: entry.counters.pcnt,
                        bytes: entry.counters.bcnt,
                        rule: rule
                    )
                )
            }
            return ChainListing(name: chain, policy: policy(of: chain), rules: rules)
        }
        return TableListing(syntax: .iptables(family), table: name.rawValue, chains: chains)
    }

    private func contains(_ chain: String) -> Bool {
        switch family {
        case .ipv4: unsafe iptc_is_chain(chain, handle) != 0
        case .ipv6: unsafe ip6tc_is_chain(chain, handle) != 0
        }
    }

    /// The chains' names in libiptc's order: those of the kernel, then the others by name.
    func chainNames() -> [String] {
        var names: [String] = []
        var next =
            switch family {
            case .ipv4: unsafe iptc_first_chain(handle)
            case .ipv6: unsafe ip6tc_first_chain(handle)
            }
        while let name = unsafe next {
            names.append(unsafe String(cString: name))
            switch family {
            case .ipv4: unsafe next = iptc_next_chain(handle)
            case .ipv6: unsafe next = ip6tc_next_chain(handle)
            }
        }
        return names
    }

    /// What becomes of packets that no rule of a chain of the kernel decides on; nil in other chains.
    func policy(of chain: String) -> String? {
        var counters = xt_counters()
        let policy =
            switch family {
            case .ipv4: unsafe iptc_get_policy(chain, &counters, handle)
            case .ipv6: unsafe ip6tc_get_policy(chain, &counters, handle)
            }
        return unsafe policy.map { unsafe String(cString: $0) }
    }

    func forEachRule(of chain: String, _ body: (EntryView, _ targetName: () -> String) -> Void) {
        func text(_ name: UnsafePointer<CChar>?) -> String {
            unsafe name.map { unsafe String(cString: $0) } ?? ""
        }
        switch family {
        case .ipv4:
            var next = unsafe iptc_first_rule(chain, handle)
            while let entry = unsafe next {
                body(unsafe EntryView(entry)) { unsafe text(iptc_get_target(entry, handle)) }
                unsafe next = iptc_next_rule(entry, handle)
            }
        case .ipv6:
            var next = unsafe ip6tc_first_rule(chain, handle)
            while let entry = unsafe next {
                body(unsafe EntryView(entry)) { unsafe text(ip6tc_get_target(entry, handle)) }
                unsafe next = ip6tc_next_rule(entry, handle)
            }
        }
    }
}
