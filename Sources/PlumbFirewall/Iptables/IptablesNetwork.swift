import PlumbAddress

/// The rules that a network has whether or not anything is attached to it, in one family.
///
/// ```
/// filter FORWARD    -j PLUMB-USER, -j PLUMB-ISOLATION-STAGE-1, then a block per network, the newest first
/// nat POSTROUTING   a block per network, the newest first; then rules of others; then those of attachments
/// nat PREROUTING    -j PLUMB for the host's own addresses, behind rules of others; OUTPUT alike
/// raw PREROUTING    -j PLUMB: what guards 127.0.0.0/8
/// ```
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
        switch network.ingressPolicy {
        case .open, .sameBridge: answers + [leave, stay]
        case .isolated: answers + [leave]
        case .protected: answers + [leave, stay, refuseEntering]
        }
    }

    private var stage1: Rule {
        Rule(input: .equal(bridge), output: .not(bridge), target: .jump(names.isolationStage2))
    }
    /// Lets connections to published ports cross from one network to another, answers included.
    ///
    /// They are meant for whoever can reach the host; Docker drops them where no proxy takes them in.
    private var publishedCrossing: [Rule] {
        isDockerLayout ? [] : [Rule(states: .dnat, target: .return)]
    }

    private var stage2: Rule { Rule(output: .equal(bridge), target: .drop) }

    /// What leaves the network takes the host's address.
    private var egress: [Rule] {
        subnets.map { Rule(source: .equal($0), output: .not(bridge), target: .masquerade) }
    }

    /// The host's own connections to published ports: those from 127.0.0.1 would have no way back.
    private var fromHost: Rule { Rule(output: .equal(bridge), local: .source, target: .masquerade) }

    /// Connections of the network's containers to each other's published ports.
    ///
    /// Without br_netfilter the answer would go straight over the bridge, past the translation, from an address that the
    /// client never called. Docker leaves that open.
    private var fromNeighbours: [Rule] {
        subnets.map { Rule(source: .equal($0), output: .equal(bridge), states: .dnat, target: .masquerade) }
    }

    /// The block in POSTROUTING.
    private var postrouting: [Rule] {
        (network.hairpin ? [fromHost] + (isDockerLayout ? [] : fromNeighbours) : [])
            + (network.masquerade ? egress : [])
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
        case .raw, .mangle: ["PREROUTING"]
        case .nat: ["PREROUTING", "OUTPUT", "POSTROUTING"]
        case .filter: ["FORWARD"]
        }
    }

    /// The chains that a plan for the table looks at.
    func chains(of table: TableName) -> [String] {
        let own = [names.ports, names.isolationStage1, names.isolationStage2, network.userChain]
        return Self.baseChains(of: table) + (table == .filter ? own : [names.ports])
    }

    /// Plans that the network's rules are there.
    func ensure(_ table: TableName, in plan: inout TablePlan) {
        switch table {
        case .raw, .mangle: ensureGuard(in: &plan)
        case .nat: ensureNat(in: &plan)
        case .filter: ensureFilter(in: &plan)
        }
    }

    private func ensureGuard(in plan: inout TablePlan) {
        guard let loopbackGuard else { return }
        plan.ensureChain(names.ports)
        plan.ensureInserted(loopbackGuard, in: names.ports)
        plan.ensureTop([Rule(target: .jump(names.ports))], of: "PREROUTING")
    }

    private func ensureNat(in plan: inout TablePlan) {
        plan.ensureChain(names.ports)
        plan.ensureAppended(portsJump, to: "PREROUTING")
        plan.ensureAppended(outputJump, to: "OUTPUT")
        let variants = [fromHost] + fromNeighbours + egress
        plan.ensureBlock(postrouting, insteadOf: variants, in: "POSTROUTING", at: 0)
    }

    private func ensureFilter(in plan: inout TablePlan) {
        // All chains first: a jump to none would be taken for a target of that name.
        for chain in [names.ports, names.isolationStage1, names.isolationStage2] { plan.ensureChain(chain) }
        for (chain, rule) in [(names.isolationStage1, stage1), (names.isolationStage2, stage2)] {
            plan.ensureAppended(Rule(target: .return), to: chain)
            plan.ensureInserted(rule, in: chain)
        }
        plan.ensureTop(publishedCrossing, of: names.isolationStage1)
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
            let own = [fromHost] + fromNeighbours + egress
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
        plan.remove(from: names.isolationStage1) { $0.rule == stage1 }
        plan.remove(from: names.isolationStage2) { $0.rule == stage2 }
        guard isLast(in: plan), plan.entries(of: names.ports).isEmpty else { return }
        plan.remove(from: "FORWARD") { $0.rule == stage1Jump }
        for chain in [names.isolationStage1, names.isolationStage2, names.ports] { plan.deleteChain(chain) }
        if let userJump, Self.isUnused(plan.entries(of: network.userChain)) {
            plan.remove(from: "FORWARD") { $0.rule == userJump }
            plan.deleteChain(network.userChain)
        }
    }

    /// Whether the prefix has no network in a table filter whose plan is made: every network has a rule in stage 2.
    func isLast(in plan: TablePlan) -> Bool {
        Self.isUnused(plan.entries(of: names.isolationStage2))
    }

    private static func isUnused(_ entries: [TablePlan.Entry]) -> Bool {
        entries.allSatisfy { $0.rule == Rule(target: .return) }
    }
}
