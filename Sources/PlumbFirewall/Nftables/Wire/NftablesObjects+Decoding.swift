import CLibnl

/// The attributes of a message about nftables, with the family of its header.
struct NftablesAnswer {
    let family: NftablesFamily
    let attributes: [UInt32: ArraySlice<UInt8>]

    /// Reads what stands behind a message's netlink header; nil for a family of no tables.
    init?(_ payload: ArraySlice<UInt8>) {
        guard let family = payload.first.flatMap(NftablesFamily.init(rawValue:)) else { return nil }
        self.family = family
        attributes = NetlinkAttributes(payload.dropFirst(MemoryLayout<nfgenmsg>.size)).byType()
    }

    /// The table that an attribute names.
    func table(_ type: some RawRepresentable<UInt32>) -> NftablesTable? {
        attributes.text(type).map { NftablesTable(family: family, name: $0) }
    }
}

extension NftablesChain {
    init?(_ answer: NftablesAnswer) {
        let attributes = answer.attributes
        guard let table = answer.table(NFTA_CHAIN_TABLE), let name = attributes.text(NFTA_CHAIN_NAME) else {
            return nil
        }
        self.init(
            table: table,
            name: name,
            hook: attributes.nested(NFTA_CHAIN_HOOK).map { hook in
                Hook(
                    type: attributes.text(NFTA_CHAIN_TYPE) ?? "",
                    number: hook.number(NFTA_HOOK_HOOKNUM, as: UInt32.self) ?? 0,
                    priority: hook.number(NFTA_HOOK_PRIORITY, as: Int32.self) ?? 0,
                    dropsByDefault: attributes.number(NFTA_CHAIN_POLICY, as: Int32.self) == NF_DROP
                )
            },
            comment: attributes[NFTA_CHAIN_USERDATA].flatMap(NftablesNotes.comment(in:)),
            handle: attributes.number(NFTA_CHAIN_HANDLE, as: UInt64.self) ?? 0
        )
    }
}

extension NftablesRule {
    init?(_ answer: NftablesAnswer) {
        let attributes = answer.attributes
        guard let table = answer.table(NFTA_RULE_TABLE), let chain = attributes.text(NFTA_RULE_CHAIN) else {
            return nil
        }
        self.init(
            table: table,
            chain: chain,
            expressions: attributes[NFTA_RULE_EXPRESSIONS].map(NftablesExpression.list) ?? [],
            comment: attributes[NFTA_RULE_USERDATA].flatMap(NftablesNotes.comment(in:)),
            handle: attributes.number(NFTA_RULE_HANDLE, as: UInt64.self) ?? 0
        )
    }
}

extension NftablesSet {
    /// Reads a set; one of types that plumb has no name for is nil, and so is one that a rule keeps for itself.
    init?(_ answer: NftablesAnswer) {
        let attributes = answer.attributes
        let flags = attributes.number(NFTA_SET_FLAGS, as: UInt32.self) ?? 0
        guard
            flags & NFT_SET_ANONYMOUS.rawValue == 0,
            let table = answer.table(NFTA_SET_TABLE), let name = attributes.text(NFTA_SET_NAME),
            let key = NftablesType.types(ofNumber: attributes.number(NFTA_SET_KEY_TYPE, as: UInt32.self) ?? 0),
            let data = NftablesType.types(ofNumber: attributes.number(NFTA_SET_DATA_TYPE, as: UInt32.self) ?? 0)
        else { return nil }
        self.init(
            table: table,
            name: name,
            key: key,
            data: data,
            isInterval: flags & NFT_SET_INTERVAL.rawValue != 0,
            hasTimeouts: flags & NFT_SET_TIMEOUT.rawValue != 0,
            countsPackets: attributes.nested(NFTA_SET_EXPR)?.text(NFTA_EXPR_NAME) == "counter",
            comment: attributes[NFTA_SET_USERDATA].flatMap(NftablesNotes.setComment(in:))
        )
    }
}

extension NftablesElement {
    /// The elements that an answer lists.
    static func list(_ answer: NftablesAnswer) -> [NftablesElement] {
        guard let list = answer.attributes[NFTA_SET_ELEM_LIST_ELEMENTS] else { return [] }
        return NetlinkAttributes(list).map { NftablesElement(NetlinkAttributes($0.payload).byType()) }
    }

    private init(_ attributes: [UInt32: ArraySlice<UInt8>]) {
        key = attributes.value(NFTA_SET_ELEM_KEY) ?? []
        keyEnd = attributes.value(NFTA_SET_ELEM_KEY_END)
        let flags = attributes.number(NFTA_SET_ELEM_FLAGS, as: UInt32.self) ?? 0
        endsInterval = flags & NFT_SET_ELEM_INTERVAL_END.rawValue != 0
        if let verdict = attributes.nested(NFTA_SET_ELEM_DATA)?.nested(NFTA_DATA_VERDICT) {
            data = NftablesVerdict(verdict).map { .verdict($0) }
        } else {
            data = attributes.value(NFTA_SET_ELEM_DATA).map { .value($0) }
        }
        comment = attributes[NFTA_SET_ELEM_USERDATA].flatMap(NftablesNotes.comment(in:))
        timeout = attributes.number(NFTA_SET_ELEM_TIMEOUT, as: UInt64.self)
        if case .counter(let count)? = attributes[NFTA_SET_ELEM_EXPR].map(NftablesExpression.init) {
            (packets, bytes) = (count.packets, count.bytes)
        }
    }
}
