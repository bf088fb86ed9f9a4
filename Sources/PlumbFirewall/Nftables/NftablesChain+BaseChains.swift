import CLibnl
import CNetfilter
import Glibc
import PlumbAddress

extension NftablesChain {
    /// The base chains of all tables that see packets of IP, or the frames that carry them; none where the kernel has no
    /// nftables.
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

    /// Where the chain is asked, if that is on the way of IP packets through the namespace.
    private var evaluated: (hook: PlumbFirewall.Hook, family: AddressFamily?, layers: [Layer])? {
        guard let hook else { return nil }
        let interfaces = hook.interfaces.map { Layer.interface($0) }
        let hooks: [UInt32: PlumbFirewall.Hook] = [
            NF_INET_PRE_ROUTING.rawValue: .prerouting, NF_INET_LOCAL_IN.rawValue: .input,
            NF_INET_FORWARD.rawValue: .forward, NF_INET_LOCAL_OUT.rawValue: .output,
            NF_INET_POST_ROUTING.rawValue: .postrouting,
        ]
        let place = hooks[hook.number]
        switch table.family {
        case .inet where hook.number == NF_INET_INGRESS.rawValue: return (.ingress, nil, interfaces)
        case .inet: return place.map { ($0, nil, [.network]) }
        case .ip: return place.map { ($0, .ipv4, [.network]) }
        case .ip6: return place.map { ($0, .ipv6, [.network]) }
        // The hooks of bridges have the same numbers (`linux/netfilter_bridge.h`).
        case .bridge: return place.map { ($0, nil, [.bridge]) }
        case .netdev: return (hook.number == NF_NETDEV_EGRESS.rawValue ? .egress : .ingress, nil, interfaces)
        case .arp: return nil
        }
    }

    private func baseChain(_ rules: [String: [KernelRule]]) -> BaseChain? {
        guard let hook, let (place, family, layers) = evaluated else { return nil }
        return BaseChain(
            family: family,
            hook: place,
            layers: layers,
            priority: Int(hook.priority),
            isNat: hook.type == "nat",
            name: name,
            chains: rules,
            drops: hook.dropsByDefault,
            policyPlace: RulePlace(
                description: "the policy of the chain \(name) in the nftables table \(table)",
                text: "policy \(hook.dropsByDefault ? "drop" : "accept")",
                opening: layers == [.network] ? .acceptance("nft insert rule \(table) \(name)") : .unopened
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
