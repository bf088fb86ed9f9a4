import CLibnl
import PlumbAddress

/// A change of nftables; a batch makes all of its changes at once, or none.
enum NftablesChange: Hashable, Sendable {
    /// Makes a table if it is missing.
    case addTable(NftablesTable, comment: String? = nil)
    /// Deletes a table with all that is in it.
    case deleteTable(NftablesTable)
    /// Makes a chain if it is missing; its policy is set either way.
    case addChain(NftablesChain)
    /// Deletes a chain without rules that nobody jumps to.
    case deleteChain(NftablesTable, String)
    /// Puts a rule at the end of its chain, or before or behind the rule of a handle.
    case addRule(NftablesRule, NftablesPlace = .end)
    /// Deletes the rule of a handle.
    case deleteRule(NftablesTable, chain: String, handle: UInt64)
    /// Deletes all rules of a chain.
    case flushChain(NftablesTable, String)
    /// Makes a set if it is missing.
    case addSet(NftablesSet)
    /// Deletes a set that no rule uses.
    case deleteSet(NftablesTable, String)
    /// Makes elements; one that is there already with other data is refused with EEXIST, if exclusive with the same, too.
    case addElements([NftablesElement], set: String, NftablesTable, isExclusive: Bool = false)
    /// Deletes elements; one that is missing is refused with ENOENT.
    case deleteElements([NftablesElement], set: String, NftablesTable)
}

/// Where a rule is put.
enum NftablesPlace: Hashable, Sendable {
    case start
    case end
    case before(handle: UInt64)
    case behind(handle: UInt64)
}

extension NftablesChange {
    /// How many elements go into one message: its list is an attribute, of at most 64 KiB.
    static let mostElements = 128

    var table: NftablesTable {
        switch self {
        case .addTable(let table, _), .deleteTable(let table), .deleteChain(let table, _),
            .deleteRule(let table, _, _), .flushChain(let table, _), .deleteSet(let table, _),
            .addElements(_, _, let table, _), .deleteElements(_, _, let table):
            table
        case .addChain(let chain): chain.table
        case .addRule(let rule, _): rule.table
        case .addSet(let set): set.table
        }
    }

    /// The message's number within nftables.
    private var kind: nf_tables_msg_types {
        switch self {
        case .addTable: NFT_MSG_NEWTABLE
        case .deleteTable: NFT_MSG_DELTABLE
        case .addChain: NFT_MSG_NEWCHAIN
        case .deleteChain: NFT_MSG_DELCHAIN
        case .addRule: NFT_MSG_NEWRULE
        case .deleteRule, .flushChain: NFT_MSG_DELRULE
        case .addSet: NFT_MSG_NEWSET
        case .deleteSet: NFT_MSG_DELSET
        case .addElements: NFT_MSG_NEWSETELEM
        case .deleteElements: NFT_MSG_DELSETELEM
        }
    }

    private var flags: CInt {
        switch self {
        case .addTable, .addChain, .addSet, .addElements(_, _, _, false): NLM_F_CREATE
        case .addElements(_, _, _, true): NLM_F_CREATE | NLM_F_EXCL
        // A place is behind the rule that it names, or the chain's end, only with this flag.
        case .addRule(_, .end), .addRule(_, .behind): NLM_F_CREATE | NLM_F_APPEND
        case .addRule: NLM_F_CREATE
        case .deleteTable, .deleteChain, .deleteRule, .flushChain, .deleteSet, .deleteElements: 0
        }
    }

    /// Appends the change's message.
    func encode(to messages: inout NetlinkMessages, sequence: UInt32, isLast: Bool) {
        messages.append(
            type: NFNL_SUBSYS_NFTABLES << 8 | CInt(kind.rawValue),
            flags: flags | (isLast ? NLM_F_ACK : 0),
            sequence: sequence,
            family: table.family.rawValue,
            encodeAttributes(to:)
        )
    }

    private func encodeAttributes(to message: inout NetlinkMessages) {
        switch self {
        case .addTable(let table, let comment):
            message.put(NFTA_TABLE_NAME, text: table.name)
            message.put(NFTA_TABLE_FLAGS, number: UInt32(0))
            if let comment { message.put(NFTA_TABLE_USERDATA, NftablesNotes.comment(comment)) }
        case .deleteTable(let table):
            message.put(NFTA_TABLE_NAME, text: table.name)
        case .addChain(let chain):
            chain.encode(to: &message)
        case .deleteChain(let table, let name):
            message.put(NFTA_CHAIN_TABLE, text: table.name)
            message.put(NFTA_CHAIN_NAME, text: name)
        case .addRule(let rule, let place):
            rule.encode(to: &message)
            switch place {
            case .start, .end: break
            case .before(let handle), .behind(let handle): message.put(NFTA_RULE_POSITION, number: handle)
            }
        case .deleteRule(let table, let chain, let handle):
            message.put(NFTA_RULE_TABLE, text: table.name)
            message.put(NFTA_RULE_CHAIN, text: chain)
            message.put(NFTA_RULE_HANDLE, number: handle)
        case .flushChain(let table, let chain):
            message.put(NFTA_RULE_TABLE, text: table.name)
            message.put(NFTA_RULE_CHAIN, text: chain)
        case .addSet(let set):
            set.encode(to: &message)
        case .deleteSet(let table, let name):
            message.put(NFTA_SET_TABLE, text: table.name)
            message.put(NFTA_SET_NAME, text: name)
        case .addElements(let elements, let set, let table, _), .deleteElements(let elements, let set, let table):
            message.put(NFTA_SET_ELEM_LIST_TABLE, text: table.name)
            message.put(NFTA_SET_ELEM_LIST_SET, text: set)
            message.nest(NFTA_SET_ELEM_LIST_ELEMENTS) { message in
                for element in elements { message.nest(NFTA_LIST_ELEM) { element.encode(to: &$0) } }
            }
        }
    }

    /// The change in parts that fit into messages.
    var parts: [NftablesChange] {
        switch self {
        case .addElements(let elements, let set, let table, let isExclusive) where elements.count > Self.mostElements:
            chunks(of: elements).map { .addElements($0, set: set, table, isExclusive: isExclusive) }
        case .deleteElements(let elements, let set, let table) where elements.count > Self.mostElements:
            chunks(of: elements).map { .deleteElements($0, set: set, table) }
        default:
            [self]
        }
    }

    private func chunks(of elements: [NftablesElement]) -> [[NftablesElement]] {
        stride(from: 0, to: elements.count, by: Self.mostElements).map { start in
            Array(elements[start..<min(start + Self.mostElements, elements.count)])
        }
    }
}

extension NftablesChange: CustomStringConvertible {
    /// What is done, as the first words of a sentence: `add a rule to the chain forward of inet plumb`.
    var description: String {
        switch self {
        case .addTable(let table, _): "add the table \(table)"
        case .deleteTable(let table): "delete the table \(table)"
        case .addChain(let chain): "add the chain \(chain.name) to \(table)"
        case .deleteChain(let table, let name): "delete the chain \(name) of \(table)"
        case .addRule(let rule, _): "add a rule to the chain \(rule.chain) of \(table)"
        case .deleteRule(let table, let chain, _): "delete a rule of the chain \(chain) of \(table)"
        case .flushChain(let table, let chain): "flush the chain \(chain) of \(table)"
        case .addSet(let set): "add the set \(set.name) to \(table)"
        case .deleteSet(let table, let name): "delete the set \(name) of \(table)"
        case .addElements(_, let set, let table, _): "add elements to the set \(set) of \(table)"
        case .deleteElements(_, let set, let table): "delete elements of the set \(set) of \(table)"
        }
    }
}
