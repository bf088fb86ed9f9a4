import Glibc
import PlumbAddress

/// The firewalls of other programs on the host, which forwarded packets have to pass besides plumb's own.
struct ForeignFirewalls {
    /// The legacy tables, unless plumb's own rules are there.
    let legacy: LegacyForward?

    /// For how long other programs that change nftables may come between.
    let timeout: Duration

    /// Takes sentences about what plumb can't change.
    let warn: (String) -> Void

    /// Makes sure that a network's packets pass.
    ///
    /// - Throws: `FirewallError`
    func ensure(_ network: NetworkPolicy) throws(FirewallError) {
        _ = try letPass([network], dryRun: false)
    }

    /// What keeps a network's packets from passing, as commands that would let them.
    ///
    /// - Throws: `FirewallError`
    func missing(_ network: NetworkPolicy) throws(FirewallError) -> [String] {
        try letPass([network], dryRun: true)
    }

    /// Makes sure that the packets of networks pass, and takes away what is left of bridges that are gone.
    ///
    /// - Returns: What was changed, or would be in a dry run, as commands.
    /// - Throws: `FirewallError`
    func restore(_ networks: [NetworkPolicy], dryRun: Bool) throws(FirewallError) -> [String] {
        let bridges = Set(networks.map(\.bridge))
        let removed = try takeAway([.inet, .ip, .ip6], dryRun: dryRun) { comment in
            guard let bridge = ForeignAccept.bridge(ofComment: comment), !bridges.contains(bridge) else { return false }
            return unsafe if_nametoindex(bridge) == 0
        }
        return try removed + letPass(networks, dryRun: dryRun)
    }

    private func letPass(_ networks: [NetworkPolicy], dryRun: Bool) throws(FirewallError) -> [String] {
        let accepts = Self.unique(networks).map(ForeignAccept.init(network:))
        guard !accepts.isEmpty else { return [] }
        var commands: [String] = []
        for accept in accepts { commands += try legacy?.ensure(accept, dryRun: dryRun) ?? [] }
        let families = Self.families(of: networks)
        return try commands
            + change(families, dryRun: dryRun) { socket, inventory throws(FirewallError) in
                for accept in accepts { try warn(of: inventory, accept, &socket) }
                var changes: [ForeignChange] = []
                for chain in inventory.chains {
                    for accept in accepts where accept.network.isFiltered(by: chain.table.family) {
                        changes += try socket.changes(of: chain, for: accept)
                    }
                }
                return changes
            }
    }

    /// Takes away everything that was ever put into chains of others for a network.
    ///
    /// - Throws: `FirewallError`
    func remove(_ network: NetworkPolicy) throws(FirewallError) {
        let accept = ForeignAccept(network: network)
        try legacy?.remove(accept)
        _ = try takeAway([.inet, .ip, .ip6], dryRun: false) { $0 == accept.comment }
    }

    /// Takes away the rules of plumb's with certain comments.
    private func takeAway(
        _ families: Set<NftablesFamily>,
        dryRun: Bool,
        where isUnwanted: (_ comment: String) -> Bool
    ) throws(FirewallError) -> [String] {
        try change(families, dryRun: dryRun) { socket, inventory throws(FirewallError) in
            var changes: [ForeignChange] = []
            for chain in inventory.chains {
                let rules = try socket.rules(of: chain)
                changes += rules.filter { $0.remark.map(isUnwanted) ?? false }.map { .removal(of: $0) }
            }
            return changes
        }
    }

    /// Plans and carries out changes of nftables, again as long as others come between.
    private func change(
        _ families: Set<NftablesFamily>,
        dryRun: Bool,
        _ plan: (inout NftablesSocket, ForeignInventory) throws(FirewallError) -> [ForeignChange]
    ) throws(FirewallError) -> [String] {
        guard var socket = try NftablesSocket.open() else { return [] }
        let deadline = ContinuousClock.now + timeout
        var refusals = 0
        while true {
            do throws(FirewallError) {
                guard let inventory = try socket.foreignChainsIfOffered(families), !inventory.isEmpty else { return [] }
                let generation = try socket.generation()
                let changes = try plan(&socket, inventory)
                if !dryRun { try socket.commit(changes.map(\.change), generation: generation) }
                return changes.map(\.command)
            } catch {
                // A chain or a rule that has gone since is not there the next time; a match that the kernel lacks stays so.
                if error.errno == ENOENT { refusals += 1 }
                guard
                    error.errno == ERESTART || error.errno == ENOENT, refusals < Self.mostRefusals,
                    ContinuousClock.now < deadline
                else { throw error }
            }
        }
    }

    /// How often something may be missing that a change names.
    private static let mostRefusals = 4

    /// Tells of chains that drop the network's packets and that plumb can't or must not change.
    private func warn(
        of inventory: ForeignInventory,
        _ accept: ForeignAccept,
        _ socket: inout NftablesSocket
    ) throws(FirewallError) {
        let bridge = accept.network.bridge
        for chain in inventory.ownedChains where accept.network.isFiltered(by: chain.table.family) {
            // Somebody may have seen to it already.
            guard try !socket.rules(chain.table).contains(where: { $0.names(bridge) }) else { continue }
            guard try !socket.changes(of: chain, for: accept).isEmpty else { continue }
            let remedy =
                chain.table.name == "firewalld"
                ? "firewall-cmd --permanent --zone=trusted --add-interface=\(bridge) && firewall-cmd --reload"
                : accept.lines(for: chain).map { $0.command(in: chain) }.joined(separator: "; ")
            warn(
                "the chain \(chain.name) of the table \(chain.table) drops packets of \(bridge), and only the program "
                    + "that made the table may change it; to let them pass have that program do: \(remedy)"
            )
        }
        for chain in inventory.bridgeChains where chain.hook?.dropsByDefault == true {
            guard try !socket.rules(chain.table).contains(where: { $0.names(bridge) }) else { continue }
            warn(
                "the chain \(chain.name) of the table \(chain.table) drops what containers on \(bridge) send each other; "
                    + "to let it pass: nft insert rule \(chain.table) \(chain.name) meta ibrname \"\(bridge)\" accept"
            )
        }
    }

    /// The networks without those whose rules would be the same.
    private static func unique(_ networks: [NetworkPolicy]) -> [NetworkPolicy] {
        var bridges: Set<String> = []
        return networks.filter { bridges.insert($0.bridge).inserted }
    }

    private static func families(of networks: [NetworkPolicy]) -> Set<NftablesFamily> {
        Set(NftablesFamily.allCases.filter { family in networks.contains { $0.isFiltered(by: family) } })
    }
}

/// A change of a chain of somebody else, for the kernel and for people.
struct ForeignChange {
    let change: NftablesChange
    let command: String

    /// Takes a rule away.
    static func removal(of rule: NftablesRule) -> Self {
        Self(
            change: .deleteRule(rule.table, chain: rule.chain, handle: rule.handle),
            command: "nft delete rule \(rule.table) \(rule.chain) handle \(rule.handle)"
        )
    }

    /// Puts a rule on top of the others.
    static func insertion(of line: ForeignLine, in chain: NftablesChain) -> Self {
        Self(change: .addRule(line.rule(in: chain), .start), command: line.command(in: chain))
    }
}

extension ForeignInventory {
    fileprivate var isEmpty: Bool { chains.isEmpty && ownedChains.isEmpty && bridgeChains.isEmpty }
}

extension NftablesSocket {
    /// The chains of others; nil when the kernel has no nftables.
    fileprivate mutating func foreignChainsIfOffered(
        _ families: Set<NftablesFamily>
    ) throws(FirewallError) -> ForeignInventory? {
        do throws(FirewallError) {
            return try foreignChains(families)
        } catch {
            guard error.kind == .unavailable else { throw error }
            return nil
        }
    }

    /// The changes that let a network's packets through a chain.
    fileprivate mutating func changes(
        of chain: NftablesChain,
        for accept: ForeignAccept
    ) throws(FirewallError) -> [ForeignChange] {
        let count = accept.lines(for: chain).count
        // Behind the last of plumb's rules nothing matters.
        var found = 0
        let rules = try rules(of: chain) { rule in
            guard let rule, ForeignChain.isOwn(rule, accept) else { return found >= count }
            found += 1
            return false
        }
        var jumps: [String: [NftablesRule]] = [:]
        return try ForeignChain(chain: chain, rules: rules).changes(for: accept) { name throws(FirewallError) in
            if let known = jumps[name] { return known }
            let read = try self.rules(chain.table, chain: name)
            jumps[name] = read
            return read
        }
    }
}

extension NetworkPolicy {
    /// Whether chains of the family see packets of the network.
    fileprivate func isFiltered(by family: NftablesFamily) -> Bool {
        switch family {
        case .inet: true
        case .ip: families.contains(.ipv4)
        case .ip6: families.contains(.ipv6)
        case .arp, .netdev, .bridge: false
        }
    }
}
