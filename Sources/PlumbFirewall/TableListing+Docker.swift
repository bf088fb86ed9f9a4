extension TableListing {
    /// The listing as it would be on a host of Docker: with `DOCKER` in place of a prefix, and without marks.
    package func likeDocker(from chainPrefix: String) -> TableListing {
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
