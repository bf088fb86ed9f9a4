import CLibnl

extension NftablesExpression {
    /// The name that the kernel has for the expression.
    var name: String {
        switch self {
        case .meta: "meta"
        case .payload: "payload"
        case .connection: "ct"
        case .route: "fib"
        case .compare: "cmp"
        case .range: "range"
        case .mask: "bitwise"
        case .lookup, .verdictLookup: "lookup"
        case .verdict, .immediate: "immediate"
        case .translate: "nat"
        case .masquerade: "masq"
        case .reject: "reject"
        case .counter: "counter"
        case .xtMatch: "match"
        case .xtTarget: "target"
        case .other(let name, _): name
        }
    }

    /// Appends the expression as the kernel reads it: its name, and attributes of its own.
    func encode(to message: inout NetlinkMessages) {
        message.put(NFTA_EXPR_NAME, text: name)
        message.nest(NFTA_EXPR_DATA) { encodeAttributes(to: &$0) }
    }

    private func encodeAttributes(to message: inout NetlinkMessages) {
        switch self {
        case .meta(let key, let register):
            message.put(NFTA_META_KEY, number: key.rawValue)
            message.put(NFTA_META_DREG, register: register)
        case .payload(let base, let offset, let length, let register):
            message.put(NFTA_PAYLOAD_DREG, register: register)
            message.put(NFTA_PAYLOAD_BASE, number: base.rawValue)
            message.put(NFTA_PAYLOAD_OFFSET, number: offset)
            message.put(NFTA_PAYLOAD_LEN, number: length)
        case .connection(let key, let direction, let register):
            message.put(NFTA_CT_KEY, number: key.rawValue)
            message.put(NFTA_CT_DREG, register: register)
            if let direction { message.put(NFTA_CT_DIRECTION, [direction]) }
        case .route(let result, let flags, let register):
            message.put(NFTA_FIB_RESULT, number: result.rawValue)
            message.put(NFTA_FIB_FLAGS, number: flags)
            message.put(NFTA_FIB_DREG, register: register)
        case .compare, .range, .mask, .lookup, .verdictLookup:
            encodeComparison(to: &message)
        default:
            encodeStatement(to: &message)
        }
    }

    /// Appends the attributes of an expression that matches.
    private func encodeComparison(to message: inout NetlinkMessages) {
        switch self {
        case .compare(let register, let operation, let value):
            message.put(NFTA_CMP_SREG, register: register)
            message.put(NFTA_CMP_OP, number: operation.rawValue)
            message.put(NFTA_CMP_DATA, value: value)
        case .range(let register, let isOutside, let from, let to):
            message.put(NFTA_RANGE_SREG, register: register)
            message.put(NFTA_RANGE_OP, number: (isOutside ? NFT_RANGE_NEQ : NFT_RANGE_EQ).rawValue)
            message.put(NFTA_RANGE_FROM_DATA, value: from)
            message.put(NFTA_RANGE_TO_DATA, value: to)
        case .mask(let source, let register, let and, let xor):
            message.put(NFTA_BITWISE_SREG, register: source)
            message.put(NFTA_BITWISE_DREG, register: register)
            message.put(NFTA_BITWISE_LEN, number: UInt32(and.count))
            message.put(NFTA_BITWISE_MASK, value: and)
            message.put(NFTA_BITWISE_XOR, value: xor)
        case .lookup(let set, let source, let register, let isInverted):
            message.put(NFTA_LOOKUP_SET, text: set)
            message.put(NFTA_LOOKUP_SREG, register: source)
            if let register { message.put(NFTA_LOOKUP_DREG, register: register) }
            if isInverted { message.put(NFTA_LOOKUP_FLAGS, number: UInt32(NFT_LOOKUP_F_INV.rawValue)) }
        case .verdictLookup(let map, let source):
            message.put(NFTA_LOOKUP_SET, text: map)
            message.put(NFTA_LOOKUP_SREG, register: source)
            message.put(NFTA_LOOKUP_DREG, number: NFT_REG_VERDICT.rawValue)
        default:
            preconditionFailure("\(name) compares nothing")
        }
    }

    /// Appends the attributes of an expression that does something.
    private func encodeStatement(to message: inout NetlinkMessages) {
        switch self {
        case .verdict(let verdict):
            message.put(NFTA_IMMEDIATE_DREG, number: NFT_REG_VERDICT.rawValue)
            message.put(NFTA_IMMEDIATE_DATA, verdict: verdict)
        case .immediate(let value, let register):
            message.put(NFTA_IMMEDIATE_DREG, register: register)
            message.put(NFTA_IMMEDIATE_DATA, value: value)
        case .translate(let type, let family, let address, let port, let flags):
            message.put(NFTA_NAT_TYPE, number: type.rawValue)
            message.put(NFTA_NAT_FAMILY, number: UInt32(family.rawValue))
            if let address { message.put(NFTA_NAT_REG_ADDR_MIN, register: address) }
            if let port { message.put(NFTA_NAT_REG_PROTO_MIN, register: port) }
            if flags != 0 { message.put(NFTA_NAT_FLAGS, number: flags) }
        case .masquerade(let flags):
            if flags != 0 { message.put(NFTA_MASQ_FLAGS, number: flags) }
        case .reject(let type, let code):
            message.put(NFTA_REJECT_TYPE, number: type.rawValue)
            message.put(NFTA_REJECT_ICMP_CODE, [code])
        case .counter(let count):
            message.put(NFTA_COUNTER_BYTES, number: count.bytes)
            message.put(NFTA_COUNTER_PACKETS, number: count.packets)
        case .xtMatch(let name, let revision, let info):
            message.put(NFTA_MATCH_NAME, text: name)
            message.put(NFTA_MATCH_REV, number: revision)
            message.put(NFTA_MATCH_INFO, info)
        case .xtTarget(let name, let revision, let info):
            message.put(NFTA_TARGET_NAME, text: name)
            message.put(NFTA_TARGET_REV, number: revision)
            message.put(NFTA_TARGET_INFO, info)
        case .other(_, let attributes):
            message.append(attributes: attributes)
        default:
            preconditionFailure("\(name) does nothing")
        }
    }
}

extension NetlinkMessages {
    /// Appends the number of a register, as the kernel gives it: those of 16 bytes have names of their own.
    mutating func put(_ type: some RawRepresentable<UInt32>, register: Int) {
        let wide = Int(NFT_REG_SIZE / NFT_REG32_SIZE)
        let number =
            register % wide == 0
            ? Int(NFT_REG_1.rawValue) + register / wide : Int(NFT_REG32_00.rawValue) + register
        put(type, number: UInt32(number))
    }

    /// Appends bytes as a value of registers and keys.
    mutating func put(_ type: some RawRepresentable<UInt32>, value: [UInt8]) {
        nest(type) { $0.put(NFTA_DATA_VALUE, value) }
    }

    mutating func put(_ type: some RawRepresentable<UInt32>, verdict: NftablesVerdict) {
        nest(type) { message in
            message.nest(NFTA_DATA_VERDICT) { message in
                message.put(NFTA_VERDICT_CODE, number: verdict.code)
                if let chain = verdict.chain { message.put(NFTA_VERDICT_CHAIN, text: chain) }
            }
        }
    }
}

extension NftablesVerdict {
    /// The kernel's number (`NF_ACCEPT` and its like, `enum nft_verdicts`).
    fileprivate var code: Int32 {
        switch self {
        case .accept: NF_ACCEPT
        case .drop: NF_DROP
        case .queue: NF_QUEUE
        case .continue: NFT_CONTINUE.rawValue
        case .break: NFT_BREAK.rawValue
        case .return: NFT_RETURN.rawValue
        case .jump: NFT_JUMP.rawValue
        case .goto: NFT_GOTO.rawValue
        }
    }

    /// The chain that the packet goes to.
    var chain: String? {
        switch self {
        case .jump(let chain), .goto(let chain): chain
        default: nil
        }
    }

    /// Reads the attributes of a verdict, or nil if the kernel has one that is not known here.
    init?(_ attributes: [UInt32: ArraySlice<UInt8>]) {
        let chain = attributes.text(NFTA_VERDICT_CHAIN) ?? ""
        // The upper half is the number of a queue, or the errno that a dropped packet's sender gets.
        switch attributes.number(NFTA_VERDICT_CODE, as: Int32.self) {
        case NFT_CONTINUE.rawValue?: self = .continue
        case NFT_BREAK.rawValue?: self = .break
        case NFT_RETURN.rawValue?: self = .return
        case NFT_JUMP.rawValue?: self = .jump(chain)
        case NFT_GOTO.rawValue?: self = .goto(chain)
        case let code? where code & 0xFF == NF_ACCEPT: self = .accept
        case let code? where code & 0xFF == NF_DROP: self = .drop
        case let code? where code & 0xFF == NF_QUEUE: self = .queue
        default: return nil
        }
    }
}
