import CLibnl

extension NftablesChain {
    func encode(to message: inout NetlinkMessages) {
        message.put(NFTA_CHAIN_TABLE, text: table.name)
        message.put(NFTA_CHAIN_NAME, text: name)
        if let hook {
            message.nest(NFTA_CHAIN_HOOK) { message in
                message.put(NFTA_HOOK_HOOKNUM, number: hook.number)
                message.put(NFTA_HOOK_PRIORITY, number: hook.priority)
            }
            message.put(NFTA_CHAIN_TYPE, text: hook.type)
            message.put(NFTA_CHAIN_POLICY, number: UInt32(hook.dropsByDefault ? NF_DROP : NF_ACCEPT))
        }
        if let comment { message.put(NFTA_CHAIN_USERDATA, NftablesNotes.comment(comment)) }
    }
}

extension NftablesRule {
    func encode(to message: inout NetlinkMessages) {
        message.put(NFTA_RULE_TABLE, text: table.name)
        message.put(NFTA_RULE_CHAIN, text: chain)
        message.nest(NFTA_RULE_EXPRESSIONS) { message in
            for expression in expressions { message.nest(NFTA_LIST_ELEM) { expression.encode(to: &$0) } }
        }
        if let comment { message.put(NFTA_RULE_USERDATA, NftablesNotes.comment(comment)) }
    }
}

extension NftablesSet {
    /// The bits of `enum nft_set_flags` that the set's kind comes to.
    private var flags: UInt32 {
        let isConcatenated = isInterval && key.count > 1
        return (isInterval ? NFT_SET_INTERVAL.rawValue : 0)
            | (isConcatenated ? NFT_SET_CONCAT.rawValue : 0)
            | (data.isEmpty ? 0 : NFT_SET_MAP.rawValue)
            | (hasTimeouts ? NFT_SET_TIMEOUT.rawValue : 0)
    }

    func encode(to message: inout NetlinkMessages) {
        message.put(NFTA_SET_TABLE, text: table.name)
        message.put(NFTA_SET_NAME, text: name)
        message.put(NFTA_SET_FLAGS, number: flags)
        message.put(NFTA_SET_KEY_TYPE, number: NftablesType.number(of: key))
        message.put(NFTA_SET_KEY_LEN, number: size(of: key))
        if !data.isEmpty {
            message.put(NFTA_SET_DATA_TYPE, number: NftablesType.number(of: data))
            message.put(NFTA_SET_DATA_LEN, number: size(of: data))
        }
        // A number within the batch, which the kernel wants even where nothing refers to it.
        message.put(NFTA_SET_ID, number: UInt32(1))
        if isInterval, key.count > 1 {
            // Intervals of several parts are compared part by part, so their sizes count, padding included.
            message.nest(NFTA_SET_DESC) { message in
                message.nest(NFTA_SET_DESC_CONCAT) { message in
                    for part in key {
                        message.nest(NFTA_LIST_ELEM) { message in
                            message.put(NFTA_SET_FIELD_LEN, number: UInt32(part.paddedSize))
                        }
                    }
                }
            }
        }
        message.put(NFTA_SET_USERDATA, NftablesNotes.set(self))
        if countsPackets {
            message.nest(NFTA_SET_EXPR) { message in
                message.put(NFTA_EXPR_NAME, text: "counter")
                message.nest(NFTA_EXPR_DATA) { _ in }
            }
        }
    }

    private func size(of types: [NftablesType]) -> UInt32 {
        UInt32(types.count == 1 ? types[0].size : types.reduce(0) { $0 + $1.paddedSize })
    }
}

extension NftablesElement {
    func encode(to message: inout NetlinkMessages) {
        if key.isEmpty {
            message.put(NFTA_SET_ELEM_FLAGS, number: NFT_SET_ELEM_CATCHALL.rawValue)
        } else {
            message.put(NFTA_SET_ELEM_KEY, value: key)
        }
        if let keyEnd { message.put(NFTA_SET_ELEM_KEY_END, value: keyEnd) }
        switch data {
        case .value(let value): message.put(NFTA_SET_ELEM_DATA, value: value)
        case .verdict(let verdict): message.put(NFTA_SET_ELEM_DATA, verdict: verdict)
        case nil: break
        }
        if let timeout {
            message.put(NFTA_SET_ELEM_TIMEOUT, number: timeout)
            message.put(NFTA_SET_ELEM_EXPIRATION, number: timeout)
        }
        if let comment { message.put(NFTA_SET_ELEM_USERDATA, NftablesNotes.comment(comment)) }
    }
}
