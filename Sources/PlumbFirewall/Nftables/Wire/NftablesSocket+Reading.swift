import CLibnl
import Glibc

extension NftablesSocket {
    /// The number of the ruleset's state, which every change of anything in it raises.
    ///
    /// - Throws: `FirewallError`, `.unavailable` if the kernel has no nftables. Equivalent to: the number in
    ///   `nft monitor`
    mutating func generation() throws(FirewallError) -> UInt32 {
        var generation: UInt32?
        let operation = "read the generation of nftables"
        let sequence = try request(NFT_MSG_GETGEN, for: operation) { _ in }
        try collect(sequence, operation) { message in
            let attributes = NetlinkAttributes(message.payload.dropFirst(MemoryLayout<nfgenmsg>.size)).byType()
            generation = attributes.number(NFTA_GEN_ID, as: UInt32.self) ?? generation
        }
        guard let generation else { throw Self.error(operation, ENODATA) }
        return generation
    }

    /// The tables of all families.
    ///
    /// - Throws: `FirewallError`. Equivalent to: `nft list tables`
    mutating func tables() throws(FirewallError) -> [NftablesTable] {
        try dump(NFT_MSG_GETTABLE, "list the tables of nftables") { $0.table(NFTA_TABLE_NAME) }
    }

    /// The chains of all tables, or of a family's; base chains are those with a hook.
    ///
    /// - Throws: `FirewallError`. Equivalent to: `nft list chains`
    mutating func chains(_ family: NftablesFamily? = nil) throws(FirewallError) -> [NftablesChain] {
        try dump(NFT_MSG_GETCHAIN, family: family, "list the chains of nftables") { NftablesChain($0) }
    }

    /// The rules of a table or of one of its chains, in order; none when there is no such table or chain.
    ///
    /// - Throws: `FirewallError`. Equivalent to: `nft list table FAMILY NAME`
    mutating func rules(_ table: NftablesTable, chain: String? = nil) throws(FirewallError) -> [NftablesRule] {
        try dump(NFT_MSG_GETRULE, family: table.family, "list the rules of \(table)") { message in
            message.put(NFTA_RULE_TABLE, text: table.name)
            if let chain { message.put(NFTA_RULE_CHAIN, text: chain) }
        } read: { answer in
            NftablesRule(answer)
        }
        // Kernels from before 5.11 heed a chain only together with its table, others neither.
        .filter { $0.table == table && (chain == nil || $0.chain == chain) }
    }

    /// The sets and maps of a table that have names and types that plumb knows; none when there is no such table.
    ///
    /// - Throws: `FirewallError`. Equivalent to: `nft list sets` and `nft list maps`
    mutating func sets(_ table: NftablesTable) throws(FirewallError) -> [NftablesSet] {
        try dump(NFT_MSG_GETSET, family: table.family, "list the sets of \(table)") { message in
            message.put(NFTA_SET_TABLE, text: table.name)
        } read: { answer in
            NftablesSet(answer)
        }
    }

    /// The names of the sets and maps of a table that a condition does not hold for, which sees only types that plumb
    /// knows; those that rules keep for themselves don't count.
    ///
    /// - Throws: `FirewallError`
    mutating func sets(
        _ table: NftablesTable,
        besides isWanted: (NftablesSet) -> Bool
    ) throws(FirewallError) -> [String] {
        try dump(NFT_MSG_GETSET, family: table.family, "list the sets of \(table)") { message in
            message.put(NFTA_SET_TABLE, text: table.name)
        } read: { answer in
            let flags = answer.attributes.number(NFTA_SET_FLAGS, as: UInt32.self) ?? 0
            guard flags & NFT_SET_ANONYMOUS.rawValue == 0 else { return nil }
            return NftablesSet(answer).map(isWanted) == true ? nil : answer.attributes.text(NFTA_SET_NAME)
        }
    }

    /// All elements of a set; none when there is no such set.
    ///
    /// - Throws: `FirewallError`. Equivalent to: `nft list set FAMILY TABLE SET`
    mutating func elements(_ table: NftablesTable, set: String) throws(FirewallError) -> [NftablesElement] {
        try dump(NFT_MSG_GETSETELEM, family: table.family, "list the set \(set) of \(table)") { message in
            message.put(NFTA_SET_ELEM_LIST_TABLE, text: table.name)
            message.put(NFTA_SET_ELEM_LIST_SET, text: set)
        } read: { answer in
            NftablesElement.list(answer)
        }
        .flatMap(\.self)
    }

    /// The elements of keys, each in some set; nil for one that is not there, as in a set whose keys have another length.
    ///
    /// - Throws: `FirewallError`. Equivalent to: `nft get element FAMILY TABLE SET { KEY }`
    mutating func elements(
        _ table: NftablesTable,
        _ wanted: [(set: String, element: NftablesElement)]
    ) throws(FirewallError) -> [NftablesElement?] {
        var found = [NftablesElement?](repeating: nil, count: wanted.count)
        func operation() -> String { "look for elements of \(table)" }
        for start in stride(from: 0, to: wanted.count, by: Self.mostQuestions) {
            let part = wanted[start..<min(start + Self.mostQuestions, wanted.count)]
            let first = try send(part.count, for: operation()) { messages, first in
                for (offset, question) in part.enumerated() {
                    messages.append(
                        type: NFNL_SUBSYS_NFTABLES << 8 | CInt(NFT_MSG_GETSETELEM.rawValue),
                        flags: 0,
                        sequence: first + UInt32(offset),
                        family: table.family.rawValue
                    ) { message in
                        message.put(NFTA_SET_ELEM_LIST_TABLE, text: table.name)
                        message.put(NFTA_SET_ELEM_LIST_SET, text: question.set)
                        message.nest(NFTA_SET_ELEM_LIST_ELEMENTS) { message in
                            message.nest(NFTA_LIST_ELEM) { question.element.encodeKey(to: &$0) }
                        }
                    }
                }
            }
            var left = part.count
            _ = try receive(for: operation()) { message throws(FirewallError) in
                if let failure = message.failure {
                    guard [0, ENOENT, EINVAL].contains(failure) else {
                        throw Self.error(operation(), failure, text: message.failureText)
                    }
                } else if let answer = NftablesAnswer(message.payload) {
                    found[start + Int(message.sequence &- first)] = NftablesElement.list(answer).first
                }
                left -= 1
                return left == 0
            }
        }
        return found
    }

    /// How many elements are asked for at once: their answers have to fit into the socket's buffer, page by page.
    private static let mostQuestions = 16

    /// Sends a request that is not part of a batch.
    mutating func request(
        _ kind: nf_tables_msg_types,
        family: NftablesFamily? = nil,
        flags: CInt = 0,
        for operation: @autoclosure () -> String,
        _ attributes: (inout NetlinkMessages) -> Void
    ) throws(FirewallError) -> UInt32 {
        try send(1, for: operation()) { messages, sequence in
            messages.append(
                type: NFNL_SUBSYS_NFTABLES << 8 | CInt(kind.rawValue),
                flags: flags,
                sequence: sequence,
                family: family?.rawValue ?? UInt8(NFPROTO_UNSPEC),
                attributes
            )
        }
    }

    /// Reads the answers to a request up to their end.
    func collect(
        _ sequence: UInt32,
        _ operation: @autoclosure () -> String,
        _ body: (NftablesMessage) -> Void
    ) throws(FirewallError) {
        _ = try receive(for: operation()) { message throws(FirewallError) in
            guard message.sequence == sequence else { return false }
            if let failure = message.failure {
                guard failure == 0 else { throw Self.error(operation(), failure, text: message.failureText) }
                return true
            }
            body(message)
            return false
        }
    }

    /// Lists objects; a list that others have changed while it was made is made again.
    mutating func dump<Object>(
        _ kind: nf_tables_msg_types,
        family: NftablesFamily? = nil,
        _ operation: @autoclosure () -> String,
        _ attributes: (inout NetlinkMessages) -> Void = { _ in },
        read: (NftablesAnswer) -> Object?
    ) throws(FirewallError) -> [Object] {
        for _ in 0..<Self.mostDumps {
            var objects: [Object] = []
            var isTorn = false
            let sequence = try request(kind, family: family, flags: NLM_F_DUMP, for: operation(), attributes)
            do {
                try collect(sequence, operation()) { message in
                    if message.flags & NLM_F_DUMP_INTR != 0 { isTorn = true }
                    if let object = NftablesAnswer(message.payload).flatMap(read) { objects.append(object) }
                }
            } catch {
                switch error.errno {
                case ENOENT: return []
                case EINTR: continue
                default: throw error
                }
            }
            if !isTorn { return objects }
        }
        throw Self.error(operation(), EINTR)
    }

    /// How often a list is made anew before a crowd of writers counts as a failure.
    private static let mostDumps = 100
}

extension NftablesElement {
    /// Appends what a question for an element names.
    fileprivate func encodeKey(to message: inout NetlinkMessages) {
        NftablesElement(key: key, keyEnd: keyEnd).encode(to: &message)
    }
}
