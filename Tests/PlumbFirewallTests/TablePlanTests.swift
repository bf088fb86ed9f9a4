import PlumbAddress
import Testing

@testable import PlumbFirewall

/// Planning, without a kernel.
@Suite struct `A plan` {
    private func emptyTable(_ chains: String...) -> TablePlan {
        TablePlan(chains: Dictionary(uniqueKeysWithValues: chains.map { ($0, []) }))
    }

    private func text(_ plan: TablePlan, _ chain: String) -> [String] {
        plan.entries(of: chain).map { withoutComment($0.rule?.text(in: chain) ?? "foreign") }
    }

    @Test(arguments: [
        (
            IngressPolicy.open,
            ["-i br0 ! -o br0 -j ACCEPT", "-i br0 -o br0 -j ACCEPT"]
        ),
        (.sameBridge, ["-i br0 ! -o br0 -j ACCEPT", "-i br0 -o br0 -j ACCEPT"]),
        (.isolated, ["-i br0 ! -o br0 -j ACCEPT", "-i br0 -o br0 -j DROP"]),
        (.protected, ["-i br0 ! -o br0 -j ACCEPT", "-i br0 -o br0 -j ACCEPT", "! -i br0 -o br0 -j DROP"]),
    ])
    func `of a network obeys its ingress policy`(ingress: IngressPolicy, rest: [String]) {
        var plan = emptyTable("FORWARD")
        IptablesNetwork(network("br0", "10.88.0.0/24", ingress: ingress), .ipv4).ensure(.filter, in: &plan)
        let first = [
            "-j PLUMB-USER", "-j PLUMB-ISOLATION-STAGE-1",
            "-o br0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", "-o br0 -j PLUMB",
        ]
        #expect(text(plan, "FORWARD") == (first + rest).map { "-A FORWARD \($0)" })
    }

    @Test(arguments: IngressPolicy.allCases, IngressPolicy.allCases)
    func `leaves nothing of the policy before`(old: IngressPolicy, new: IngressPolicy) {
        var changed = emptyTable("FORWARD")
        IptablesNetwork(network("br0", "10.88.0.0/24", ingress: old), .ipv4).ensure(.filter, in: &changed)
        IptablesNetwork(network("br0", "10.88.0.0/24", ingress: new), .ipv4).ensure(.filter, in: &changed)
        var fresh = emptyTable("FORWARD")
        IptablesNetwork(network("br0", "10.88.0.0/24", ingress: new), .ipv4).ensure(.filter, in: &fresh)
        #expect(changed.chains == fresh.chains)
    }

    @Test func `moves a network's block up where a rule of others drops everything before`() {
        let rules = IptablesNetwork(network("br0", "10.88.0.0/24"), .ipv4)
        var plan = emptyTable("FORWARD")
        rules.ensure(.filter, in: &plan)
        let block = plan.entries(of: "FORWARD")
        let wall = TablePlan.Entry(mark: nil, rule: Rule(target: .drop), dropsAll: true)
        let other = TablePlan.Entry(mark: nil, rule: nil)

        var chains = plan.chains
        chains["FORWARD"] = [other] + block + [wall]
        var reached = TablePlan(chains: chains)
        rules.ensure(.filter, in: &reached)
        #expect(reached.entries(of: "FORWARD") == Array(block[..<2]) + [other] + Array(block[2...]) + [wall])

        chains["FORWARD"] = Array(block[..<2]) + [other, wall] + Array(block[2...])
        var cutOff = TablePlan(chains: chains)
        rules.ensure(.filter, in: &cutOff)
        #expect(cutOff.entries(of: "FORWARD") == block + [other, wall])
    }

    @Test func `of an internal network closes both ways out of it, and translates nothing`() {
        let internalNetwork = network("br0", "10.88.0.0/24", isInternal: true)
        var plan = emptyTable("FORWARD")
        IptablesNetwork(internalNetwork, .ipv4).ensure(.filter, in: &plan)
        let top = ["-j PLUMB-USER", "-j PLUMB-ISOLATION-STAGE-1", "-i br0 -o br0 -j ACCEPT"]
        #expect(text(plan, "FORWARD") == top.map { "-A FORWARD \($0)" })
        let stage1 = ["! -i br0 -o br0 -j DROP", "-i br0 ! -o br0 -j DROP", "-j RETURN"]
        #expect(text(plan, "PLUMB-ISOLATION-STAGE-1") == stage1.map { "-A PLUMB-ISOLATION-STAGE-1 \($0)" })
        #expect(!internalNetwork.masquerade && !internalNetwork.hairpin)
    }

    @Test(arguments: IngressPolicy.allCases, ["PLUMB", "DOCKER"])
    func `leaves nothing of the network that was internal, nor of the one that was not`(
        ingress: IngressPolicy,
        prefix: String
    ) {
        func network(_ isInternal: Bool) -> IptablesNetwork {
            let network = PlumbFirewallTests.network(
                "br0",
                "10.88.0.0/24",
                ingress: ingress,
                isInternal: isInternal,
                prefix: prefix
            )
            return IptablesNetwork(network, .ipv4)
        }
        for isInternal in [true, false] {
            var changed = emptyTable("FORWARD")
            network(!isInternal).ensure(.filter, in: &changed)
            network(isInternal).ensure(.filter, in: &changed)
            var fresh = emptyTable("FORWARD")
            network(isInternal).ensure(.filter, in: &fresh)
            #expect(changed.chains == fresh.chains)
            network(isInternal).remove(.filter, isLast: false, in: &changed)
            #expect(changed.chains == ["FORWARD": []])
        }
    }

    @Test(arguments: [true, false]) func `replaces a masquerade with other source ports`(randomizesPorts: Bool) {
        var plan = emptyTable("PREROUTING", "OUTPUT", "POSTROUTING")
        for randomizes in [!randomizesPorts, randomizesPorts] {
            let network = network("br0", "10.88.0.0/24", hairpin: false, randomizesPorts: randomizes)
            IptablesNetwork(network, .ipv4).ensure(.nat, in: &plan)
        }
        let option = randomizesPorts ? " --random-fully" : ""
        #expect(
            text(plan, "POSTROUTING") == ["-A POSTROUTING -s 10.88.0.0/24 ! -o br0 -j MASQUERADE\(option)"]
        )
    }

    @Test(arguments: [
        (true, true, 3), (true, false, 1), (false, true, 2), (false, false, 0),
    ])
    func `masquerades what the policy says`(masquerade: Bool, hairpin: Bool, count: Int) {
        var plan = emptyTable("PREROUTING", "OUTPUT", "POSTROUTING")
        let all = network("br0", "10.88.0.0/24")
        IptablesNetwork(all, .ipv4).ensure(.nat, in: &plan)
        let wanted = network("br0", "10.88.0.0/24", masquerade: masquerade, hairpin: hairpin)
        IptablesNetwork(wanted, .ipv4).ensure(.nat, in: &plan)
        #expect(plan.entries(of: "POSTROUTING").count == count)
    }

    @Test(
        arguments: [
            ("PLUMB", .ipv4, [.ipv4, .ipv6], true),
            ("PLUMB", .ipv6, [.ipv4, .ipv6], true),
            ("PLUMB", .ipv6, [.ipv4], false),
            ("DOCKER", .ipv4, [.ipv4, .ipv6], true),
            ("DOCKER", .ipv6, [.ipv4, .ipv6], false),
        ] as [(String, AddressFamily, Set<AddressFamily>, Bool)]
    )
    func `makes the user chain where it is wanted`(
        prefix: String,
        family: AddressFamily,
        families: Set<AddressFamily>,
        exists: Bool
    ) {
        let network = network("br0", "10.88.0.0/24", "fd00::/64", prefix: prefix, userChainFamilies: families)
        var plan = emptyTable("FORWARD")
        IptablesNetwork(network, family).ensure(.filter, in: &plan)
        #expect((plan.chains["\(prefix)-USER"] != nil) == exists)
    }

    @Test func `puts a block together again that somebody tore`() {
        var plan = emptyTable("FORWARD")
        let network = IptablesNetwork(network("br0", "10.88.0.0/24"), .ipv4)
        network.ensure(.filter, in: &plan)
        let whole = text(plan, "FORWARD")
        plan.remove(from: "FORWARD") { $0.rule?.states.isEmpty == false }
        plan.insert(Rule(source: .equal(Prefix(host: .v4(.init(rawValue: 1)))), target: .drop), in: "FORWARD", at: 3)
        network.ensure(.filter, in: &plan)
        #expect(text(plan, "FORWARD") == whole + ["-A FORWARD -s 0.0.0.1/32 -j DROP"])
    }

    @Test func `of ports keeps to the families that both ends have`() {
        let lan = network("br0", "10.88.0.0/24", "fd00::/64")
        let ports = [port(80, 80), port(81, 81, on: "0.0.0.0"), port(82, 82, on: "::"), port(83, 83, on: "192.0.2.1")]
        let dual = attachment("web", "10.88.0.2", "fd00::2", ports: ports)
        func hostPorts(_ attachment: AttachmentPolicy, _ family: AddressFamily) -> [UInt16] {
            IptablesPorts(attachment: attachment, network: lan, family: family)
                .rules(for: .filter)
                .compactMap { $0.rule.destinationPorts?.lowerBound }
        }
        #expect(hostPorts(dual, .ipv4) == [80, 81, 83])
        #expect(hostPorts(dual, .ipv6) == [80, 82])
        #expect(hostPorts(attachment("web", "10.88.0.2", ports: ports), .ipv6) == [])
    }

    @Test func `counts positions as they are when the kernel gets there`() {
        let rules = (0..<4).map { Rule(output: .equal("eth\($0)"), target: .drop) }
        var plan = TablePlan(chains: ["FORWARD": rules.map { TablePlan.Entry($0) }])
        plan.remove(from: "FORWARD") { $0.rule == rules[1] || $0.rule == rules[3] }
        plan.ensureAppended(rules[1], to: "FORWARD")
        #expect(
            plan.edits == [
                .remove(chain: "FORWARD", at: 3), .remove(chain: "FORWARD", at: 1),
                .insert(rules[1], chain: "FORWARD", at: 2),
            ]
        )
    }
}

@Suite struct `The attributes of a netlink message` {
    @Test(
        arguments: [
            ([], 0), ([4, 0], 0), ([3, 0, 1, 0], 0), ([5, 0, 1, 0], 0), ([255, 255, 1, 0], 0), ([4, 0, 1, 0], 1),
            ([5, 0, 1, 0, 9], 1), ([5, 0, 1, 0, 9, 0, 0, 0, 4, 0, 2, 0], 2), ([8, 0, 1, 128, 1, 2, 3, 4, 6, 0], 1),
        ] as [([UInt8], Int)]
    )
    func `end where the bytes make no sense`(bytes: [UInt8], count: Int) {
        #expect(Array(NetlinkAttributes(bytes[...])).count == count)
    }

    @Test func `name a connection only with both tuples`() {
        #expect(ConntrackEntry([]) == nil)
        #expect(ConntrackEntry([4, 0, 1, 128]) == nil)
        #expect(ConntrackEntry([4, 0, 1, 128, 4, 0, 2, 128])?.identity == [4, 0, 1, 128])
    }
}
