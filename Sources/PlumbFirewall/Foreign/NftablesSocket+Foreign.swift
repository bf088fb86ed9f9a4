import CLibnl
import CNetfilter

/// What of nftables belongs to others and has to do with forwarded packets.
struct ForeignInventory {
    /// The base chains that forwarded packets pass and that may be changed.
    var chains: [NftablesChain] = []
    /// Those that the kernel lets nobody change but the program that made them (`NFT_TABLE_F_OWNER`).
    var ownedChains: [NftablesChain] = []
    /// Those that frames between the ports of a bridge pass.
    var bridgeChains: [NftablesChain] = []
}

extension NftablesSocket {
    /// Looks for the base chains of others that forwarded packets of families pass.
    ///
    /// First for tables, of which there are few; if there are none but plumb's own nothing more is asked. Of those
    /// that iptables-nft makes the chain's name is known, so that the thousands of chains that kube-proxy may have in its
    /// table `nat` are not listed.
    ///
    /// - Throws: `FirewallError`
    mutating func foreignChains(_ families: Set<NftablesFamily>) throws(FirewallError) -> ForeignInventory {
        var inventory = ForeignInventory()
        let tables = try dump(NFT_MSG_GETTABLE, "list the tables of nftables") { answer in
            answer.table(NFTA_TABLE_NAME).map { table in
                let flags = answer.attributes.number(NFTA_TABLE_FLAGS, as: UInt32.self) ?? 0
                return (table: table, isOwned: flags & NFT_TABLE_F_OWNER.rawValue != 0)
            }
        }
        .filter { !$0.table.isOfPlumb }
        for family in families.union([.bridge]).sorted(by: { $0.rawValue < $1.rawValue }) {
            let tables = tables.filter { $0.table.family == family }
            guard !tables.isEmpty else { continue }
            let chains = try forwardChains(family, of: tables.map(\.table))
            let owned = Set(tables.filter(\.isOwned).map(\.table))
            guard family != .bridge else {
                inventory.bridgeChains = chains
                continue
            }
            inventory.chains += chains.filter { !owned.contains($0.table) }
            inventory.ownedChains += chains.filter { owned.contains($0.table) }
        }
        return inventory
    }

    private mutating func forwardChains(
        _ family: NftablesFamily,
        of tables: [NftablesTable]
    ) throws(FirewallError) -> [NftablesChain] {
        var found: [NftablesChain] = []
        var isComplete = true
        for table in tables where !(table.isOfIptables && ["nat", "raw"].contains(table.name)) {
            guard table.isOfIptables, let chain = try chain(table, "FORWARD"), chain.isForward else {
                isComplete = false
                break
            }
            found.append(chain)
        }
        guard !isComplete else { return found }
        return try chains(family).filter { $0.isForward && tables.contains($0.table) }
    }

    /// A chain by its name; nil if there is none.
    private mutating func chain(_ table: NftablesTable, _ name: String) throws(FirewallError) -> NftablesChain? {
        let operation = "look for the chain \(name) of \(table)"
        var chain: NftablesChain?
        let sequence = try request(NFT_MSG_GETCHAIN, family: table.family, for: operation) { message in
            message.put(NFTA_CHAIN_TABLE, text: table.name)
            message.put(NFTA_CHAIN_NAME, text: name)
        }
        do {
            try collect(sequence, operation) { message in
                chain = NftablesAnswer(message.payload).flatMap { NftablesChain($0) } ?? chain
            }
        } catch {
            guard error.errno == ENOENT else { throw error }
        }
        return chain
    }

    /// The rules of a chain from the first one on, up to one that is enough, without those that obviously pick packets.
    ///
    /// Those are not even decoded, since there may be thousands; the condition is called for them with nil.
    ///
    /// The kernel lists rules part by part. Where many are left the socket is closed, on which the kernel forgets about
    /// them, and this one is a new one then.
    ///
    /// - Throws: `FirewallError`; of ERESTART if others have changed the list while it was read.
    mutating func rules(
        of chain: NftablesChain,
        until isEnough: (NftablesRule?) -> Bool = { _ in false }
    ) throws(FirewallError) -> [NftablesRule] {
        let operation = "list the rules of the chain \(chain.name) of \(chain.table)"
        var rules: [NftablesRule] = []
        var failure: CInt?
        var left = Self.mostLeft
        let sequence = try request(NFT_MSG_GETRULE, family: chain.table.family, flags: NLM_F_DUMP, for: operation) {
            $0.put(NFTA_RULE_TABLE, text: chain.table.name)
            $0.put(NFTA_RULE_CHAIN, text: chain.name)
        }
        _ = try receive(for: operation) { message in
            guard message.sequence == sequence else { return false }
            failure = message.flags & NLM_F_DUMP_INTR != 0 ? ERESTART : message.failure
            if failure != nil { return true }
            if left < Self.mostLeft {
                left -= 1
                return left == 0
            }
            var rule: NftablesRule?
            if ForeignRuleNames.mayBeForAll(message.payload) {
                rule = NftablesAnswer(message.payload).flatMap { NftablesRule($0) }
                // Kernels from before 5.11 list all rules of the table.
                guard rule?.chain == chain.name else { return false }
            }
            if let rule { rules.append(rule) }
            if isEnough(rule) { left -= 1 }
            return false
        }
        if failure == nil, let fresh = try Self.open() { self = fresh }
        switch failure {
        case nil, 0?, ENOENT?: return rules
        case ERESTART?, EINTR?: throw Self.error(operation, ERESTART)
        case let errno?: throw Self.error(operation, errno)
        }
    }

    /// How many rules are rather received in vain than a new socket opened, which takes as long.
    private static let mostLeft = 128
}

extension NftablesChain {
    /// Whether it filters forwarded packets or frames: the hook has the same number in all families (`NF_INET_FORWARD`).
    fileprivate var isForward: Bool {
        hook?.number == NF_INET_FORWARD.rawValue && hook?.type == "filter"
    }
}

/// A look at a rule's message for the names of its expressions alone.
private enum ForeignRuleNames {
    /// The expressions of which rules for all packets are made, and plumb's own.
    private static let ofAll = [
        "bitwise", "cmp", "counter", "ct", "immediate", "log", "match", "meta", "reject", "target",
    ]
    .map { Array($0.utf8) + [0] }

    /// Whether the rule of a message has no other expressions: one that looks into the packet picks some.
    static func mayBeForAll(_ payload: ArraySlice<UInt8>) -> Bool {
        let rule = NetlinkAttributes(payload.dropFirst(MemoryLayout<nfgenmsg>.size))
        for list in rule where list.type == UInt16(NFTA_RULE_EXPRESSIONS.rawValue) {
            for expression in NetlinkAttributes(list.payload) {
                let parts = NetlinkAttributes(expression.payload)
                let name = parts.first { $0.type == UInt16(NFTA_EXPR_NAME.rawValue) }
                guard let name, ofAll.contains(where: name.payload.elementsEqual) else { return false }
            }
        }
        return true
    }
}
