import PlumbAddress

/// Tells which rules in the tables of a family are plumb's, and what these are for.
///
/// Nothing in a rule of a network says that it is plumb's, only that plumb would make it. So the planner is asked for the
/// rules of every policy that a network can have, on each bridge that the chains of the prefix speak of.
struct IptablesClassifier {
    private let names: ChainNames
    private let userChain: String
    private let planned: [Place: Set<Rule>]

    private struct Place: Hashable {
        let table: TableName
        let chain: String
    }

    init(_ listings: [TableListing], family: AddressFamily, names: ChainNames) {
        self.names = names
        userChain = listings.lazy.compactMap { $0.userChain(names) }.first ?? names.user
        var planned: [Place: Set<Rule>] = [:]
        for policy in Self.policies(listings, family, names, userChain: userChain) {
            let network = IptablesNetwork(policy, family)
            for table in IptablesChange.Table.all(family) {
                var plan = TablePlan(chains: [:])
                network.ensure(table, in: &plan)
                for (chain, entries) in plan.chains {
                    planned[Place(table: table.name, chain: chain), default: []].formUnion(entries.compactMap(\.rule))
                }
            }
        }
        self.planned = planned
    }

    /// The listing with the purposes of its rules.
    func classified(_ listing: TableListing) -> TableListing {
        guard let table = TableName(rawValue: listing.table) else { return listing }
        let chains = listing.chains.map { chain in
            var rules = chain.rules
            for index in rules.indices { rules[index].purpose = purpose(of: rules[index], chain.name, table) }
            return ChainListing(name: chain.name, policy: chain.policy, rules: rules)
        }
        return listing.replacing(chains)
    }

    /// Nil for a rule that is somebody else's.
    private func purpose(of listed: ListedRule, _ chain: String, _ table: TableName) -> RulePurpose? {
        if table == .filter, chain == userChain { return .userChain }
        guard let rule = listed.rule else { return nil }
        let isPlanned = planned[Place(table: table, chain: chain)]?.contains(rule) == true
        guard isPlanned || listed.mark != nil else { return nil }
        return RulePurpose(of: rule, in: chain, of: table, names: names, userChain: userChain)
    }

    /// The policies that the networks of a prefix may have: which ones they have can't be read from rules.
    private static func policies(
        _ listings: [TableListing],
        _ family: AddressFamily,
        _ names: ChainNames,
        userChain: String
    ) -> [NetworkPolicy] {
        // What all networks share is there before the first and after the last: a bridge without a name stands for none.
        let bridges = listings.flatMap { $0.bridges(names) } + [""]
        let subnets = listings.reduce(into: [:]) { $0.merge($1.subnets) { $0.union($1) } }
        let truths = [true, false]
        return Set(bridges).flatMap { bridge in
            IngressPolicy.allCases.flatMap { ingress in
                truths.flatMap { isInternal in
                    truths.map { randomizesPorts in
                        NetworkPolicy(
                            bridge: bridge,
                            subnets: Array(subnets[bridge] ?? []),
                            masquerade: true,
                            hairpin: true,
                            ingressPolicy: ingress,
                            isInternal: isInternal,
                            randomizesPorts: randomizesPorts,
                            chainPrefix: names.prefix,
                            userChain: userChain
                        )
                    }
                }
            }
        }
    }
}

extension RulePurpose {
    /// What a rule that plumb makes is for, as its table, chain and target tell; nil if plumb makes none like it.
    init?(of rule: Rule, in chain: String, of table: TableName, names: ChainNames, userChain: String) {
        switch (table, rule.target) {
        case (.raw, .jump), (.raw, .drop), (.mangle, .jump), (.mangle, .drop): self = .loopbackGuard
        case (.mangle, .fillChecksum): self = .publishedPorts
        case (.nat, .jump), (.nat, .dnat): self = .publishedPorts
        case (.nat, .masquerade): self = .masquerade
        case (.filter, .jump(userChain)): self = .userChain
        case (.filter, .return) where chain == userChain: self = .userChain
        case (.filter, .jump(names.isolationStage1)), (.filter, .jump(names.isolationStage2)): self = .isolation
        case (.filter, .drop): self = .isolation
        case (.filter, .return) where [names.isolationStage1, names.isolationStage2].contains(chain): self = .isolation
        case (.filter, .jump(names.ports)): self = .publishedPorts
        case (.filter, .accept): self = chain == names.ports ? .publishedPorts : .containerAccess
        default: return nil
        }
    }
}

extension IptablesChange.Table {
    /// The tables of a family that plumb may have rules in, those with the guard of 127.0.0.0/8 included.
    static func all(_ family: AddressFamily) -> [Self] {
        [TableName.raw, .mangle, .nat, .filter].map { name in
            Self(family: family, name: name, guardsLoopback: [.raw, .mangle].contains(name))
        }
    }
}

extension TableListing {
    /// The chain that FORWARD jumps to right before stage 1, as nothing else stands between the two jumps.
    func userChain(_ names: ChainNames) -> String? {
        let rules = chains.first { table == TableName.filter.rawValue && $0.name == "FORWARD" }?.rules ?? []
        let stage1 = Rule(target: .jump(names.isolationStage1))
        guard
            let position = rules.firstIndex(where: { $0.rule == stage1 }), position > 0,
            let rule = rules[position - 1].rule, case .jump(let chain) = rule.target,
            rule == Rule(target: rule.target), ChainNames.isValidChain(chain)
        else { return nil }
        return chain
    }

    /// The interfaces that the isolation stages name: each network has a rule there.
    fileprivate func bridges(_ names: ChainNames) -> [String] {
        chains.filter { [names.isolationStage1, names.isolationStage2].contains($0.name) }
            .flatMap(\.rules).compactMap(\.rule).flatMap(\.interfaces)
    }

    /// The subnets that rules name together with an interface.
    fileprivate var subnets: [String: Set<Prefix>] {
        var subnets: [String: Set<Prefix>] = [:]
        for rule in chains.flatMap(\.rules).compactMap(\.rule) where rule.comment == nil {
            for interface in rule.interfaces {
                subnets[interface, default: []].formUnion([rule.source, rule.destination].compactMap { $0?.value })
            }
        }
        return subnets
    }
}

extension Rule {
    fileprivate var interfaces: [String] { [input, output].compactMap { $0?.value } }
}
