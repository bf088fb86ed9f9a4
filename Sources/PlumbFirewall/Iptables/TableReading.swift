import CNetfilter
import PlumbAddress

/// Which of the rules that carry a mark are read in full: of thousands of published ports one matters.
struct ReadingInterest {
    /// The attachments whose rules are wanted.
    var ids: Set<UInt64> = []
    /// The host ports whose holders are wanted.
    var hostPorts = PortSet()
    /// Whether all are wanted.
    var isEverything = false

    static let everything = ReadingInterest(isEverything: true)
}

extension IptablesTable {
    /// A plan over some chains of the snapshot; those that don't exist are left out.
    func plan(reading chains: some Sequence<String>, interest: ReadingInterest) -> TablePlan {
        var read: [String: [TablePlan.Entry]] = [:]
        for chain in chains where image.chain(chain) != nil {
            var entries: [TablePlan.Entry] = []
            forEachRule(of: chain) { entry, targetName in
                let mark = entry.mark
                let isWanted =
                    interest.isEverything || mark.map { interest.ids.contains($0.id) } ?? true
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

    /// The chains' names: those of the kernel, then the others in order.
    func chainNames() -> [String] {
        image.chains.filter { $0.hook != nil }.map(\.name) + image.chains.filter { $0.hook == nil }.map(\.name).sorted()
    }

    /// What becomes of packets that no rule of a chain of the kernel decides on; nil in other chains.
    func policy(of chain: String) -> String? {
        guard let chain = image.chain(chain), chain.hook != nil else { return nil }
        return image.targetName(of: chain.foot)
    }

    func forEachRule(of chain: String, _ body: (EntryView, _ targetName: () -> String) -> Void) {
        for rule in image.chain(chain)?.rules ?? [] {
            image.withView(of: rule) { view in body(view) { image.targetName(of: rule) } }
        }
    }
}
