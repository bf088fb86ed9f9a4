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
                    dropsByDefault: attributes.number(NFTA_CHAIN_POLICY, as: Int32.self) == NF_DROP,
                    interfaces: (hook.text(NFTA_HOOK_DEV).map { [$0] } ?? [])
                        + (hook[NFTA_HOOK_DEVS].map(Self.interfaces) ?? [])
                )
            },
            comment: attributes[NFTA_CHAIN_USERDATA].flatMap(NftablesNotes.comment(in:)),
            handle: attributes.number(NFTA_CHAIN_HANDLE, as: UInt64.self) ?? 0,
            uses: attributes.number(NFTA_CHAIN_USE, as: UInt32.self) ?? 0
        )
    }

    /// The names of interfaces in a list; what only begins a name has a type of its own (`NFTA_DEVICE_PREFIX`, Linux 6.16).
    private static func interfaces(_ list: ArraySlice<UInt8>) -> [String] {
        NetlinkAttributes(list).map { device in
            let name = String(decoding: device.payload.prefix { $0 != 0 }, as: UTF8.self)
            return UInt32(device.type) == NFTA_DEVICE_NAME.rawValue ? name : name + "*"
        }
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
        return NetlinkAttributes(list).map { NftablesElement(NetlinkAttributes($0.payload)) }
    }

    /// Reads an element; there may be tens of thousands, so no dictionaries are made.
    private init(_ attributes: NetlinkAttributes) {
        key = []
        for attribute in attributes {
            switch UInt32(attribute.type) {
            case NFTA_SET_ELEM_KEY.rawValue: key = Self.value(attribute.payload) ?? []
            case NFTA_SET_ELEM_KEY_END.rawValue: keyEnd = Self.value(attribute.payload)
            case NFTA_SET_ELEM_FLAGS.rawValue:
                let flags = attribute.payload.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
                endsInterval = flags & NFT_SET_ELEM_INTERVAL_END.rawValue != 0
            case NFTA_SET_ELEM_DATA.rawValue: data = Data(attribute.payload)
            case NFTA_SET_ELEM_USERDATA.rawValue: comment = NftablesNotes.comment(in: attribute.payload)
            case NFTA_SET_ELEM_TIMEOUT.rawValue: timeout = attribute.payload.reduce(0) { $0 << 8 | UInt64($1) }
            case NFTA_SET_ELEM_EXPR.rawValue:
                guard case .counter(let count) = NftablesExpression(attribute.payload) else { continue }
                (packets, bytes) = (count.packets, count.bytes)
            default: break
            }
        }
    }

    /// The bytes of a value of registers and keys.
    private static func value(_ payload: ArraySlice<UInt8>) -> [UInt8]? {
        for part in NetlinkAttributes(payload) where UInt32(part.type) == NFTA_DATA_VALUE.rawValue {
            return Array(part.payload)
        }
        return nil
    }
}

extension NftablesElement.Data {
    fileprivate init?(_ payload: ArraySlice<UInt8>) {
        for part in NetlinkAttributes(payload) {
            switch UInt32(part.type) {
            case NFTA_DATA_VALUE.rawValue:
                self = .value(Array(part.payload))
                return
            case NFTA_DATA_VERDICT.rawValue:
                guard let verdict = NftablesVerdict(NetlinkAttributes(part.payload).byType()) else { return nil }
                self = .verdict(verdict)
                return
            default:
                break
            }
        }
        return nil
    }
}
