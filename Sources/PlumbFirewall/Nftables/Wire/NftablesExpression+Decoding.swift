import CLibnl

extension NftablesExpression {
    /// The expressions in a list of them.
    static func list(_ bytes: ArraySlice<UInt8>) -> [NftablesExpression] {
        NetlinkAttributes(bytes).map { NftablesExpression($0.payload) }
    }

    /// Reads an expression as the kernel dumps it; one that says more than plumb knows becomes `.other`.
    init(_ bytes: ArraySlice<UInt8>) {
        let attributes = NetlinkAttributes(bytes).byType()
        let name = attributes.text(NFTA_EXPR_NAME) ?? ""
        let data = attributes[NFTA_EXPR_DATA] ?? []
        let fields = NetlinkAttributes(data).byType()
        self =
            Self.load(name, fields) ?? Self.match(name, fields) ?? Self.act(name, fields) ?? .other(name, Array(data))
    }

    /// An expression that loads something into a register.
    private static func load(_ name: String, _ fields: [UInt32: ArraySlice<UInt8>]) -> NftablesExpression? {
        switch name {
        case "meta":
            guard let key = fields.number(NFTA_META_KEY, as: UInt32.self),
                let register = fields.register(NFTA_META_DREG)
            else { return nil }
            return .meta(nft_meta_keys(key), into: register)
        case "payload":
            guard
                let base = fields.number(NFTA_PAYLOAD_BASE, as: UInt32.self),
                let offset = fields.number(NFTA_PAYLOAD_OFFSET, as: UInt32.self),
                let length = fields.number(NFTA_PAYLOAD_LEN, as: UInt32.self),
                let register = fields.register(NFTA_PAYLOAD_DREG)
            else { return nil }
            return .payload(nft_payload_bases(base), offset: offset, length: length, into: register)
        case "ct":
            guard let key = fields.number(NFTA_CT_KEY, as: UInt32.self), let register = fields.register(NFTA_CT_DREG)
            else { return nil }
            let direction = fields.number(NFTA_CT_DIRECTION, as: UInt8.self)
            return .connection(nft_ct_keys(key), direction: direction, into: register)
        case "fib":
            guard
                let result = fields.number(NFTA_FIB_RESULT, as: UInt32.self),
                let flags = fields.number(NFTA_FIB_FLAGS, as: UInt32.self),
                let register = fields.register(NFTA_FIB_DREG)
            else { return nil }
            return .route(nft_fib_result(result), flags: flags, into: register)
        case "immediate":
            if let verdict = fields.nested(NFTA_IMMEDIATE_DATA)?.nested(NFTA_DATA_VERDICT) {
                return NftablesVerdict(verdict).map { .verdict($0) }
            }
            guard let value = fields.value(NFTA_IMMEDIATE_DATA), let register = fields.register(NFTA_IMMEDIATE_DREG)
            else { return nil }
            return .immediate(value, into: register)
        default:
            return nil
        }
    }

    /// An expression that matches or does not.
    private static func match(_ name: String, _ fields: [UInt32: ArraySlice<UInt8>]) -> NftablesExpression? {
        switch name {
        case "cmp":
            guard
                let register = fields.register(NFTA_CMP_SREG),
                let operation = fields.number(NFTA_CMP_OP, as: UInt32.self),
                let value = fields.value(NFTA_CMP_DATA)
            else { return nil }
            return .compare(register, nft_cmp_ops(operation), value)
        case "range":
            guard
                let register = fields.register(NFTA_RANGE_SREG),
                let operation = fields.number(NFTA_RANGE_OP, as: UInt32.self),
                let from = fields.value(NFTA_RANGE_FROM_DATA), let to = fields.value(NFTA_RANGE_TO_DATA)
            else { return nil }
            return .range(register, isOutside: operation == NFT_RANGE_NEQ.rawValue, from: from, to: to)
        case "bitwise":
            guard
                let source = fields.register(NFTA_BITWISE_SREG), let register = fields.register(NFTA_BITWISE_DREG),
                fields.number(NFTA_BITWISE_OP, as: UInt32.self) ?? 0 == NFT_BITWISE_MASK_XOR.rawValue,
                let and = fields.value(NFTA_BITWISE_MASK), let xor = fields.value(NFTA_BITWISE_XOR)
            else { return nil }
            return .mask(source, into: register, and: and, xor: xor)
        case "lookup":
            guard let set = fields.text(NFTA_LOOKUP_SET), let source = fields.register(NFTA_LOOKUP_SREG)
            else { return nil }
            let target = fields.number(NFTA_LOOKUP_DREG, as: UInt32.self)
            if target == NFT_REG_VERDICT.rawValue { return .verdictLookup(map: set, from: source) }
            let flags = fields.number(NFTA_LOOKUP_FLAGS, as: UInt32.self) ?? 0
            return .lookup(
                set: set,
                from: source,
                into: fields.register(NFTA_LOOKUP_DREG),
                isInverted: flags & UInt32(NFT_LOOKUP_F_INV.rawValue) != 0
            )
        case "match":
            guard let name = fields.text(NFTA_MATCH_NAME) else { return nil }
            let revision = fields.number(NFTA_MATCH_REV, as: UInt32.self) ?? 0
            return .xtMatch(name, revision: revision, info: Array(fields[NFTA_MATCH_INFO] ?? []))
        default:
            return nil
        }
    }

    /// An expression that does something with the packet.
    private static func act(_ name: String, _ fields: [UInt32: ArraySlice<UInt8>]) -> NftablesExpression? {
        switch name {
        case "nat":
            return translation(fields)
        case "masq":
            guard fields[NFTA_MASQ_REG_PROTO_MIN] == nil else { return nil }
            return .masquerade(flags: fields.number(NFTA_MASQ_FLAGS, as: UInt32.self) ?? 0)
        case "reject":
            guard let type = fields.number(NFTA_REJECT_TYPE, as: UInt32.self) else { return nil }
            let code = fields.number(NFTA_REJECT_ICMP_CODE, as: UInt8.self) ?? 0
            return .reject(nft_reject_types(type), code: code)
        case "counter":
            return .counter(
                Count(
                    packets: fields.number(NFTA_COUNTER_PACKETS, as: UInt64.self) ?? 0,
                    bytes: fields.number(NFTA_COUNTER_BYTES, as: UInt64.self) ?? 0
                )
            )
        case "target":
            guard let name = fields.text(NFTA_TARGET_NAME) else { return nil }
            let revision = fields.number(NFTA_TARGET_REV, as: UInt32.self) ?? 0
            return .xtTarget(name, revision: revision, info: Array(fields[NFTA_TARGET_INFO] ?? []))
        default:
            return nil
        }
    }

    /// A translation, unless it is to one of several addresses or ports.
    private static func translation(_ fields: [UInt32: ArraySlice<UInt8>]) -> NftablesExpression? {
        let address = fields.register(NFTA_NAT_REG_ADDR_MIN)
        let port = fields.register(NFTA_NAT_REG_PROTO_MIN)
        guard
            let type = fields.number(NFTA_NAT_TYPE, as: UInt32.self),
            let family = fields.number(NFTA_NAT_FAMILY, as: UInt32.self)
                .flatMap({ UInt8(exactly: $0) }).flatMap(NftablesFamily.init(rawValue:)),
            [nil, address].contains(fields.register(NFTA_NAT_REG_ADDR_MAX)),
            [nil, port].contains(fields.register(NFTA_NAT_REG_PROTO_MAX))
        else { return nil }
        // The kernel adds what follows from the registers that are there.
        let implied = UInt32(NF_NAT_RANGE_MAP_IPS | NF_NAT_RANGE_PROTO_SPECIFIED)
        let flags = (fields.number(NFTA_NAT_FLAGS, as: UInt32.self) ?? 0) & ~implied
        return .translate(nft_nat_types(type), family: family, address: address, port: port, flags: flags)
    }
}

extension Dictionary where Key == UInt32, Value == ArraySlice<UInt8> {
    /// The word that the register of an attribute begins at; nil without one, and for the verdict's.
    fileprivate func register(_ type: some RawRepresentable<UInt32>) -> Int? {
        guard let number = number(type, as: UInt32.self) else { return nil }
        switch number {
        case NFT_REG_1.rawValue...NFT_REG_4.rawValue:
            return Int(number - NFT_REG_1.rawValue) * Int(NFT_REG_SIZE / NFT_REG32_SIZE)
        case NFT_REG32_00.rawValue...NFT_REG32_15.rawValue:
            return Int(number - NFT_REG32_00.rawValue)
        default:
            return nil
        }
    }

    /// The bytes of a value of registers and keys.
    func value(_ type: some RawRepresentable<UInt32>) -> [UInt8]? {
        nested(type)?[NFTA_DATA_VALUE].map { Array($0) }
    }
}
