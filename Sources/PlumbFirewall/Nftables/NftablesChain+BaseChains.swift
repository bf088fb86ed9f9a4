import CLibnl
import CNetfilter
import Glibc
import PlumbAddress

extension NftablesChain {
    /// The base chains of all tables that see packets of IP; none where the kernel has no nftables.
    ///
    /// - Throws: `FirewallError`. Equivalent to: `nft list ruleset`
    static func baseChains() throws(FirewallError) -> [BaseChain] {
        guard var socket = try NftablesSocket.open() else { return [] }
        let chains: [NftablesChain]
        do throws(FirewallError) {
            chains = try socket.chains()
        } catch {
            guard error.kind == .unavailable else { throw error }
            return []
        }
        var baseChains: [BaseChain] = []
        let tables = Set(chains.filter { $0.evaluated != nil }.map(\.table))
        for table in tables.sorted(by: { "\($0)" < "\($1)" }) {
            let rules = try Self.rules(of: table, &socket)
            baseChains += chains.filter { $0.table == table }.compactMap { $0.baseChain(rules) }
        }
        return baseChains
    }

    /// Where the chain is asked, if that is on the way of IP packets through the host.
    private var evaluated: (hook: PlumbFirewall.Hook, family: AddressFamily?)? {
        guard let hook else { return nil }
        let hooks: [UInt32: PlumbFirewall.Hook] = [
            NF_INET_PRE_ROUTING.rawValue: .prerouting, NF_INET_LOCAL_IN.rawValue: .input,
            NF_INET_FORWARD.rawValue: .forward, NF_INET_LOCAL_OUT.rawValue: .output,
            NF_INET_POST_ROUTING.rawValue: .postrouting,
        ]
        guard let place = hooks[hook.number] else { return nil }
        switch table.family {
        case .inet: return (place, nil)
        case .ip: return (place, .ipv4)
        case .ip6: return (place, .ipv6)
        case .arp, .bridge, .netdev: return nil
        }
    }

    private func baseChain(_ rules: [String: [KernelRule]]) -> BaseChain? {
        guard let hook, let (place, family) = evaluated else { return nil }
        return BaseChain(
            family: family,
            hook: place,
            priority: Int(hook.priority),
            isNat: hook.type == "nat",
            name: name,
            chains: rules,
            drops: hook.dropsByDefault,
            policyPlace: RulePlace(
                description: "the policy of the chain \(name) in the nftables table \(table)",
                text: "policy \(hook.dropsByDefault ? "drop" : "accept")",
                opening: .acceptance("nft insert rule \(table) \(name)")
            )
        )
    }

    /// The rules of all chains of a table, with the sets that they look things up in.
    private static func rules(
        of table: NftablesTable,
        _ socket: inout NftablesSocket
    ) throws(FirewallError) -> [String: [KernelRule]] {
        let rules = try socket.rules(table)
        var context = NftablesContext()
        for name in Set(rules.flatMap(\.expressions).compactMap(\.setName)) {
            context.sets[name] = try socket.elements(table, set: name)
        }
        let asksForIndexes = rules.contains { $0.expressions.contains(where: \.loadsInterfaceIndex) }
        if asksForIndexes { context.interfaces = interfaceIndexes() }
        return Dictionary(grouping: rules, by: \.chain).mapValues { rules in
            rules.map { rule in
                let place = RulePlace(
                    description: "the rule with handle \(rule.handle) of the chain \(rule.chain) in the nftables table "
                        + "\(table)",
                    text: rule.outline,
                    mark: rule.remark.flatMap { RuleMark(comment: $0) },
                    opening: rule.isProtective
                        ? .closed : .deletion("nft delete rule \(table) \(rule.chain) handle \(rule.handle)")
                )
                return KernelRule(
                    program: .steps(NftablesProgram(steps: rule.expressions, context: context)),
                    place: place
                )
            }
        }
    }

    private static func interfaceIndexes() -> [String: UInt32] {
        guard let list = unsafe if_nameindex() else { return [:] }
        defer { unsafe if_freenameindex(list) }
        var indexes: [String: UInt32] = [:]
        var next = unsafe list
        while let name = unsafe next.pointee.if_name {
            indexes[unsafe String(cString: name)] = unsafe next.pointee.if_index
            unsafe next += 1
        }
        return indexes
    }
}

extension NftablesTable {
    /// Whether plumb makes the table.
    var isOwn: Bool { name == "plumb" || name.hasPrefix("plumb-") }
}

extension NftablesRule {
    /// Whether the rule is one of plumb's own, and none that a user has put into the chain for users.
    fileprivate var isProtective: Bool { table.isOwn && chain != NftablesLayout.userChain }

    /// The rule's comment, or where nft prints the rule.
    fileprivate var outline: String {
        remark.map { "comment \"\($0)\"" } ?? "see nft -a list chain \(table) \(chain)"
    }
}

extension NftablesExpression {
    fileprivate var setName: String? {
        switch self {
        case .lookup(let set, _, _, _): set
        case .verdictLookup(let map, _): map
        default: nil
        }
    }

    fileprivate var loadsInterfaceIndex: Bool {
        if case .meta(let key, _) = self { key == NFT_META_IIF || key == NFT_META_OIF } else { false }
    }
}
