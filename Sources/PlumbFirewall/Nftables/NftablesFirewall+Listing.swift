extension NftablesFirewall {
    func rules(of chainPrefix: String) throws(FirewallError) -> [TableListing] {
        guard var socket = try NftablesSocket.open() else { return [] }
        return try [NftablesLayout(prefix: chainPrefix), SourceCheckLayout(prefix: chainPrefix)]
            .listings(&socket)
    }
}

extension [any NftablesFrame] {
    /// The tables of frames as they stand in the kernel: those that are there.
    func listings(_ socket: inout NftablesSocket) throws(FirewallError) -> [TableListing] {
        let tables = try socket.tables()
        var listings: [TableListing] = []
        for frame in self where tables.contains(frame.table) { listings.append(try frame.listing(&socket)) }
        return listings
    }
}

extension NftablesFrame {
    /// The table with its chains first, and then its sets, whose elements count as rules.
    fileprivate func listing(_ socket: inout NftablesSocket) throws(FirewallError) -> TableListing {
        var listings: [ChainListing] = []
        let rules = Dictionary(grouping: try socket.rules(table), by: \.chain)
        for chain in try socket.chains(table.family) where chain.table == table {
            listings.append(
                ChainListing(
                    name: chain.name,
                    policy: chain.hook?.policy,
                    rules: (rules[chain.name] ?? []).map { listed($0) }
                )
            )
        }
        for set in try socket.sets(table) {
            let elements = try socket.elements(table, set: set.name).map { NftablesEntry(set.name, $0) }
            let living = elements.filter { $0.element.timeout == nil }.map { listed($0) }.sorted { $0.text < $1.text }
            guard !living.isEmpty else { continue }
            listings.append(ChainListing(name: "@\(set.name)", policy: nil, rules: living))
        }
        return TableListing(syntax: .nftables(family: "\(table.family)"), table: table.name, chains: listings)
    }

    private func listed(_ rule: NftablesRule) -> ListedRule {
        ListedRule(
            text: rule.text(in: self),
            mark: rule.remark.flatMap { RuleMark(comment: $0) },
            packets: rule.count?.packets,
            bytes: rule.count?.bytes,
            purpose: rule.chain == userChain
                ? .userChain : lines.first { $0.chain == rule.chain && rule.says($0) }?.purpose
        )
    }

    private func listed(_ entry: NftablesEntry) -> ListedRule {
        ListedRule(
            text: entry.text(in: self),
            mark: entry.mark,
            packets: entry.element.packets,
            bytes: entry.element.bytes,
            purpose: NftablesLayout.purpose(ofSet: entry.set)
        )
    }
}
