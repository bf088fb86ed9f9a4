extension TableListing {
    /// The listings of iptables as they would be on a host of Docker: each table once, without marks, and with `DOCKER` in
    /// place of the prefix of plumb's chains.
    ///
    /// Only one prefix can have Docker's names: the first of those that have chains, and none where such chains are there
    /// already.
    package static func likeDocker(_ listings: [TableListing], prefixes: [String]) -> [TableListing] {
        let tables = merged(listings.filter(\.isIptables))
        let chains = tables.flatMap(\.chains)
        let known = Set(chains.map(\.name) + chains.flatMap(\.rules).compactMap(\.rule?.chainOfTarget))
        func isPresent(_ prefix: String) -> Bool { known.contains(ChainNames(prefix: prefix).ports) }
        let prefix = isPresent(ChainNames.dockerPrefix) ? nil : prefixes.first(where: isPresent)
        return tables.map { $0.likeDocker(from: prefix ?? ChainNames.dockerPrefix) }
    }

    private func likeDocker(from chainPrefix: String) -> TableListing {
        let names = ChainNames(prefix: chainPrefix)
        func renamed(_ chain: String) -> String {
            names.contains(chain) ? ChainNames.dockerPrefix + chain.dropFirst(chainPrefix.count) : chain
        }
        let chains = chains.map { chain in
            let name = renamed(chain.name)
            let rules = chain.rules.map { rule in rule.like(in: name, from: chain.name, renamed: renamed) }
            return ChainListing(name: name, policy: chain.policy, rules: rules)
        }
        return replacing(chains)
    }
}

extension Rule {
    /// The chain that the rule leads to.
    fileprivate var chainOfTarget: String? {
        if case .jump(let chain) = target { chain } else { nil }
    }
}

extension ListedRule {
    fileprivate func like(in chain: String, from old: String, renamed: (String) -> String) -> ListedRule {
        guard var rule else {
            return replacing(text: "-A \(chain)" + text.dropFirst("-A \(old)".count), rule: nil)
        }
        if mark != nil { rule.comment = nil }
        if case .jump(let target) = rule.target { rule.target = .jump(renamed(target)) }
        return replacing(text: rule.text(in: chain), rule: rule)
    }

    private func replacing(text: String, rule: Rule?) -> ListedRule {
        ListedRule(text: text, mark: mark, packets: packets, bytes: bytes, purpose: purpose, rule: rule)
    }
}
