import PlumbAddress

extension IptablesTable {
    /// All chains of the snapshot as hooks ask them.
    func baseChains() -> [BaseChain] {
        let names = chainNames()
        var chains: [String: [KernelRule]] = [:]
        for chain in names { chains[chain] = rules(of: chain) }
        return names.compactMap { chain in
            guard let policy = policy(of: chain), let hook = Hook(rawValue: chain.lowercased()) else { return nil }
            let text = "-P \(chain) \(policy)"
            let place = RulePlace(
                description: "the policy of the chain \(chain) in the \(family.iptables) table \(name.rawValue)",
                text: text,
                iptablesProgram: program,
                opening: .acceptance("\(program) -I \(chain)")
            )
            return BaseChain(
                family: family,
                hook: hook,
                priority: name.priority(at: hook),
                isNat: name == .nat,
                name: chain,
                chains: chains,
                drops: policy == "DROP",
                policyPlace: place
            )
        }
    }

    private var program: String { "\(family.iptablesProgram) -t \(name.rawValue)" }

    private func rules(of chain: String) -> [KernelRule] {
        var rules: [KernelRule] = []
        forEachRule(of: chain) { entry, targetName in
            let target = targetName()
            let rule = entry.rule(targetName: target)
            let number = rules.count + 1
            let place = RulePlace(
                description: "rule \(number) of the chain \(chain) in the \(family.iptables) table \(name.rawValue)",
                text: rule?.text(in: chain) ?? entry.outline(in: chain, targetName: target),
                mark: rule?.comment.flatMap { RuleMark(comment: $0) },
                iptablesProgram: program,
                opening: .deletion("\(program) -D \(chain) \(number)")
            )
            rules.append(
                KernelRule(
                    program: .conditions(entry.conditions, entry.verdict(targetName: target)),
                    place: place
                )
            )
        }
        return rules
    }
}

extension TableName {
    /// When the table is asked at a hook (`enum nf_ip_hook_priorities` of `linux/netfilter_ipv4.h`).
    fileprivate func priority(at hook: Hook) -> Int {
        switch self {
        case .raw: -300
        case .mangle: -150
        case .nat: hook == .postrouting || hook == .input ? 100 : -100
        case .filter: 0
        }
    }
}
