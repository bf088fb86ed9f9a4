import PlumbAddress

/// The rules that a network has whether or not anything is attached to it, in one family.
///
/// ```
/// filter FORWARD    -j PLUMB-USER, -j PLUMB-ISOLATION-STAGE-1, then a block per network, the newest first
/// nat POSTROUTING   a block per network, the newest first; then rules of others; then those of attachments
/// nat PREROUTING    -j PLUMB for the host's own addresses, behind rules of others; OUTPUT alike
/// raw PREROUTING    -j PLUMB: what guards 127.0.0.0/8
/// ```
///
/// An internal network has rules in filter alone: it drops in stage 1 what comes from elsewhere or goes there.
struct IptablesNetwork {
    let network: NetworkPolicy
    let family: AddressFamily
    let names: ChainNames

    init(_ network: NetworkPolicy, _ family: AddressFamily) {
        self.network = network
        self.family = family
        self.names = ChainNames(prefix: network.chainPrefix)
    }

    private var bridge: String { network.bridge }

    /// Whether the rules have to be Docker's own and no others.
    private var isDockerLayout: Bool { names.prefix == ChainNames.dockerPrefix }

    private var subnets: [Prefix] { network.subnets.filter { $0.family == family }.map(\.subnet) }

    /// The jump to the user chain, if the family has one: Docker 20.10 makes none in IPv6.
    var userJump: Rule? {
        let families = isDockerLayout ? [.ipv4] : network.userChainFamilies
        return families.contains(family) ? Rule(target: .jump(network.userChain)) : nil
    }

    private var stage1Jump: Rule { Rule(target: .jump(names.isolationStage1)) }

    /// What stands on top of FORWARD.
    private var topOfForward: [Rule] { (userJump.map { [$0] } ?? []) + [stage1Jump] }

    private var leave: Rule { Rule(input: .equal(bridge), output: .not(bridge), target: .accept) }
    private var stay: Rule { Rule(input: .equal(bridge), output: .equal(bridge), target: .accept) }
    private var refuseStaying: Rule { Rule(input: .equal(bridge), output: .equal(bridge), target: .drop) }
    private var refuseEntering: Rule { Rule(input: .not(bridge), output: .equal(bridge), target: .drop) }

    private var answers: [Rule] {
        [
            Rule(output: .equal(bridge), states: [.related, .established], target: .accept),
            Rule(output: .equal(bridge), target: .jump(names.ports)),
        ]
    }

    /// The block in FORWARD.
    private var forward: [Rule] {
        let inside = network.ingressPolicy == .isolated ? [] : [stay]
        if network.isInternal { return inside }
        return answers + [leave] + inside + (network.ingressPolicy == .protected ? [refuseEntering] : [])
    }

    private var refuseCrossing: Rule {
        Rule(input: .equal(bridge), output: .not(bridge), target: .jump(names.isolationStage2))
    }

    /// What cuts an internal network off from everything but the host, whose own packets don't pass FORWARD.
    ///
    /// Docker knows the network by its subnet, which a sender elsewhere can claim to be in; its bridge can't be claimed.
    private var seclusion: [Rule] {
        guard isDockerLayout else {
            return [refuseEntering, Rule(input: .equal(bridge), output: .not(bridge), target: .drop)]
        }
        return subnets.flatMap { subnet in
            [
                Rule(source: .not(subnet), output: .equal(bridge), target: .drop),
                Rule(destination: .not(subnet), input: .equal(bridge), target: .drop),
            ]
        }
    }

    /// The block in stage 1.
    private var stage1: [Rule] { network.isInternal ? seclusion : [refuseCrossing] }

    /// Lets connections to published ports cross from one network to another, answers included.
    ///
    /// They are meant for whoever can reach the host; Docker drops them where no proxy takes them in. The rule is in stage
    /// 2, behind the drops of internal networks, which nothing crosses.
    private var publishedCrossing: [Rule] {
        isDockerLayout ? [] : [Rule(states: .dnat, target: .return)]
    }

    private var refuseOthers: Rule { Rule(output: .equal(bridge), target: .drop) }

    /// The block in stage 2.
    private var stage2: [Rule] { network.isInternal ? [] : [refuseOthers] }

    /// What leaves the network takes the host's address.
    private func egress(randomPort: Bool) -> [Rule] {
        subnets.map {
            Rule(source: .equal($0), output: .not(bridge), target: .masquerade(randomPort: randomPort))
        }
    }

    /// The host's own connections to published ports: those from 127.0.0.1 would have no way back.
    private var fromHost: Rule {
        Rule(output: .equal(bridge), local: .source, target: .masquerade(randomPort: false))
    }

    /// Connections of the network's containers to each other's published ports.
    ///
    /// Without br_netfilter the answer would go straight over the bridge, past the translation, from an address that the
    /// client never called. Docker leaves that open.
    private var fromNeighbours: [Rule] {
        subnets.map {
            Rule(
                source: .equal($0),
                output: .equal(bridge),
                states: .dnat,
                target: .masquerade(randomPort: false)
            )
        }
    }

    /// The block in POSTROUTING.
    private var postrouting: [Rule] {
        (network.hairpin ? [fromHost] + (isDockerLayout ? [] : fromNeighbours) : [])
            + (network.masquerade ? egress(randomPort: network.randomizesPorts && !isDockerLayout) : [])
    }

    /// Everything that the block in POSTROUTING may be made of.
    private var postroutingVariants: [Rule] {
        [fromHost] + fromNeighbours + egress(randomPort: true) + egress(randomPort: false)
    }

    private var portsJump: Rule { Rule(local: .destination, target: .jump(names.ports)) }

    /// The jump for what the host sends itself.
    ///
    /// Answers to ::1 can't come back from another interface (IPv6 has no route_localnet), so translating it would turn
    /// a refused connection into one that hangs.
    private var outputJump: Rule {
        guard family == .ipv6, !isDockerLayout else { return portsJump }
        var jump = portsJump
        jump.destination = .not(Prefix(host: .v6(IPv6Address(rawValue: 1))))
        return jump
    }

    /// Keeps 127.0.0.0/8 on the host, although a bridge routes it (`route_localnet`) for connections from the host.
    private var loopbackGuard: Rule? {
        guard family == .ipv4 else { return nil }
        let loopback = Prefix(.v4(IPv4Address(rawValue: 127 << 24)), length: 8)
        return loopback.map { Rule(destination: .equal($0), input: .not("lo"), target: .drop) }
    }
}

extension IptablesNetwork {
    /// The kernel's chains that plumb has rules in.
    static func baseChains(of table: TableName) -> [String] {
        switch table {
        case .raw: ["PREROUTING"]
        case .mangle: ["PREROUTING", "POSTROUTING"]
        case .nat: ["PREROUTING", "OUTPUT", "POSTROUTING"]
        case .filter: ["FORWARD"]
        }
    }

    /// The chains that a plan for the table looks at.
    func chains(of table: TableName) -> [String] {
        let own = [names.ports, names.isolationStage1, names.isolationStage2, network.userChain]
        return Self.baseChains(of: table) + (table == .filter ? own : [names.ports])
    }

    /// The rules whose place in a chain of the kernel counts, and is the first that there is.
    func placedRules(of table: TableName) -> [Rule] {
        switch table {
        case .raw, .mangle: family == .ipv4 ? [Rule(target: .jump(names.ports))] : []
        case .nat: []
        case .filter: topOfForward + forward + (network.ingressPolicy == .isolated ? [refuseStaying] : [])
        }
    }

    /// Plans that the network's rules are there, and the guard of 127.0.0.0/8 if it belongs in this table.
    func ensure(_ table: IptablesChange.Table, in plan: inout TablePlan) {
        if table.guardsLoopback { ensureGuard(in: &plan) }
        ensure(table.name, in: &plan)
    }

    /// Plans that the network's rules are there, but for the guard.
    func ensure(_ table: TableName, in plan: inout TablePlan) {
        switch table {
        case .raw, .mangle: break
        case .nat: ensureNat(in: &plan)
        case .filter: ensureFilter(in: &plan)
        }
    }

    /// Plans that 127.0.0.0/8 is guarded in the table.
    func ensureGuard(in plan: inout TablePlan) {
        guard let loopbackGuard else { return }
        plan.ensureChain(names.ports)
        plan.ensureInserted(loopbackGuard, in: names.ports)
        plan.ensureTop([Rule(target: .jump(names.ports))], of: "PREROUTING")
    }

    private func ensureNat(in plan: inout TablePlan) {
        plan.ensureChain(names.ports)
        plan.ensureAppended(portsJump, to: "PREROUTING")
        plan.ensureAppended(outputJump, to: "OUTPUT")
        plan.ensureBlock(postrouting, insteadOf: postroutingVariants, in: "POSTROUTING", at: 0)
    }

    private func ensureFilter(in plan: inout TablePlan) {
        // All chains first: a jump to none would be taken for a target of that name.
        for chain in [names.ports, names.isolationStage1, names.isolationStage2] { plan.ensureChain(chain) }
        for chain in [names.isolationStage1, names.isolationStage2] {
            plan.ensureAppended(Rule(target: .return), to: chain)
        }
        plan.ensureBlock(stage1, insteadOf: seclusion + [refuseCrossing], in: names.isolationStage1, at: 0)
        plan.ensureTop(publishedCrossing, of: names.isolationStage2)
        plan.ensureBlock(stage2, insteadOf: [refuseOthers], in: names.isolationStage2, at: publishedCrossing.count)
        if userJump != nil {
            plan.ensureChain(network.userChain)
            plan.ensureAppended(Rule(target: .return), to: network.userChain)
        }
        plan.ensureTop(topOfForward, of: "FORWARD")
        let isIsolated = network.ingressPolicy == .isolated
        let variants = answers + [leave, stay, refuseEntering] + (isIsolated ? [] : [refuseStaying])
        plan.ensureBlock(forward, insteadOf: variants, in: "FORWARD", at: topOfForward.count)
        if isIsolated { plan.ensureAppended(refuseStaying, to: "FORWARD") }
    }

    /// Plans that the network's rules are gone, and the chains with the last network of the prefix.
    ///
    /// Only filter tells whether it is the last, so its plan has to be made before the others.
    func remove(_ table: TableName, isLast: Bool, in plan: inout TablePlan) {
        switch table {
        case .raw, .mangle:
            guard isLast else { return }
            plan.remove(from: "PREROUTING") { $0.rule == Rule(target: .jump(names.ports)) }
            plan.deleteChain(names.ports)
        case .nat:
            let own = postroutingVariants
            plan.remove(from: "POSTROUTING") { $0.rule.map(own.contains) ?? false }
            guard isLast, plan.entries(of: names.ports).isEmpty else { return }
            plan.remove(from: "PREROUTING") { $0.rule == portsJump }
            plan.remove(from: "OUTPUT") { $0.rule == outputJump }
            plan.deleteChain(names.ports)
        case .filter:
            removeFilter(in: &plan)
        }
    }

    private func removeFilter(in plan: inout TablePlan) {
        let own = answers + [leave, stay, refuseStaying, refuseEntering]
        plan.remove(from: "FORWARD") { $0.rule.map(own.contains) ?? false }
        let crossing = seclusion + [refuseCrossing]
        plan.remove(from: names.isolationStage1) { $0.rule.map(crossing.contains) ?? false }
        plan.remove(from: names.isolationStage2) { $0.rule == refuseOthers }
        guard isLast(in: plan), plan.entries(of: names.ports).isEmpty else { return }
        plan.remove(from: "FORWARD") { $0.rule == stage1Jump }
        for chain in [names.isolationStage1, names.isolationStage2, names.ports] { plan.deleteChain(chain) }
        if let userJump, Self.isUnused(plan.entries(of: network.userChain)) {
            plan.remove(from: "FORWARD") { $0.rule == userJump }
            plan.deleteChain(network.userChain)
        }
    }

    /// Whether the prefix has no network in a table filter whose plan is made: every network has a rule in stage 1.
    func isLast(in plan: TablePlan) -> Bool {
        Self.isUnused(plan.entries(of: names.isolationStage1))
    }

    private static func isUnused(_ entries: [TablePlan.Entry]) -> Bool {
        entries.allSatisfy { $0.rule == Rule(target: .return) }
    }
}
