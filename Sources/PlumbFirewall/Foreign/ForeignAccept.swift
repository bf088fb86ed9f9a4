import CLibnl
import CNetfilter
import PlumbAddress

/// The rules that let a network's packets through a firewall of somebody else which would drop them.
///
/// What a chain accepts the next chain of the hook may still drop, so each one that drops gets these rules, at its top:
/// whatever comes from the containers, answers to it, and connections to published ports. What else is let in is
/// decided by whoever drops. An internal network's packets stay on its bridge, and pass there with br_netfilter only.
///
/// They are of the network and not of its attachments, so that they stay the same whoever comes and goes.
struct ForeignAccept: Hashable, Sendable {
    let network: NetworkPolicy

    /// How the comment begins by which the rules are found again, and which never may change; the bridge's name follows.
    private static let mark = "plumb bridge "

    /// The comment of the network's rules.
    var comment: String { Self.mark + network.bridge }

    /// The bridge that a comment is of, or nil if it is none of these rules'.
    static func bridge(ofComment comment: String) -> String? {
        comment.hasPrefix(mark) ? String(comment.dropFirst(mark.count)) : nil
    }

    /// The rules for chains of iptables.
    var rules: [Rule] {
        let bridge = Match.equal(network.bridge)
        if network.isInternal { return [Rule(input: bridge, output: bridge, comment: comment, target: .accept)] }
        let answers: ConnectionStates = [.related, .established, .dnat]
        return [
            Rule(input: bridge, comment: comment, target: .accept),
            Rule(output: bridge, states: answers, comment: comment, target: .accept),
        ]
    }

    /// The rules for a chain of nftables, in the words of those who made it.
    func lines(for chain: NftablesChain) -> [ForeignLine] {
        guard chain.table.isOfIptables else { return lines }
        return rules.map { ForeignLine(rule: $0, in: chain) }
    }

    /// The rules in the words of nft.
    private var lines: [ForeignLine] {
        let input = ForeignLine.Part(interface: network.bridge, NFT_META_IIFNAME)
        let output = ForeignLine.Part(interface: network.bridge, NFT_META_OIFNAME)
        if network.isInternal { return [ForeignLine([input, output, .accept], comment: comment)] }
        let answers = ForeignLine.Part("ct state established,related", NFT_CT_STATE, bits: 0b110)
        // `IPS_DST_NAT` of `enum ip_conntrack_status`.
        let published = ForeignLine.Part("ct status dnat", NFT_CT_STATUS, bits: 1 << 5)
        return [
            ForeignLine([input, .accept], comment: comment),
            ForeignLine([output, answers, .accept], comment: comment),
            ForeignLine([output, published, .accept], comment: comment),
        ]
    }
}

/// A rule of plumb's in a chain of somebody else, for the kernel and for people.
struct ForeignLine: Hashable, Sendable {
    let expressions: [NftablesExpression]
    /// What nft keeps with the rule; a rule for iptables-nft has a match for it.
    let comment: String?
    /// The command that inserts the rule, without the name of its chain where that is nft's.
    fileprivate let text: String

    /// A part of a rule.
    fileprivate struct Part {
        let text: String
        let expressions: [NftablesExpression]
    }

    /// The rule in a chain.
    func rule(in chain: NftablesChain) -> NftablesRule {
        NftablesRule(table: chain.table, chain: chain.name, expressions: expressions, comment: comment)
    }

    /// The command that inserts the rule at the top of a chain.
    func command(in chain: NftablesChain) -> String {
        chain.table.isOfIptables ? text : "nft insert rule \(chain.table) \(chain.name) \(text)"
    }

    fileprivate init(_ parts: [Part], comment: String) {
        expressions = parts.flatMap(\.expressions)
        self.comment = comment
        text = parts.map(\.text).joined(separator: " ") + " comment \"\(comment)\""
    }

    /// Makes a rule of iptables in the form that iptables-nft gives it: it can't read matches of nft's own.
    fileprivate init(rule: Rule, in chain: NftablesChain) {
        let program = chain.table.family == .ip6 ? "ip6tables-nft" : "iptables-nft"
        let options = rule.text(in: chain.name).dropFirst("-A ".utf8.count)
        text = "\(program) -t \(chain.table.name) -I \(options)"
        comment = nil
        expressions = rule.iptablesNftExpressions
    }
}

extension ForeignLine.Part {
    fileprivate static let accept = Self(text: "counter accept", expressions: [.counter, .verdict(.accept)])

    fileprivate init(interface: String, _ key: nft_meta_keys) {
        let name = Array(interface.utf8) + Array(repeating: 0, count: 16 - interface.utf8.count)
        text = "\(key == NFT_META_IIFNAME ? "iifname" : "oifname") \"\(interface)\""
        expressions = [.meta(key, into: 0), .compare(0, NFT_CMP_EQ, name)]
    }

    fileprivate init(_ text: String, _ key: nft_ct_keys, bits: UInt32) {
        let mask = unsafe withUnsafeBytes(of: bits) { unsafe Array($0) }
        let zeros: [UInt8] = [0, 0, 0, 0]
        self.text = text
        expressions = [
            .connection(key, into: 0), .mask(0, into: 0, and: mask, xor: zeros), .compare(0, NFT_CMP_NEQ, zeros),
        ]
    }
}

extension Rule {
    /// The expressions that iptables-nft makes of a rule that compares interfaces and states, carries a comment and accepts.
    fileprivate var iptablesNftExpressions: [NftablesExpression] {
        func interface(_ key: nft_meta_keys, _ match: Match<String>?) -> [NftablesExpression] {
            guard let match else { return [] }
            let name = Array(match.value.utf8) + [0]
            return [.meta(key, into: 0), .compare(0, match.isNegated ? NFT_CMP_NEQ : NFT_CMP_EQ, name)]
        }
        func info<Info>(_ type: Info.Type, _ fill: (inout Info) -> Void) -> [UInt8] {
            var bytes = EntryBytes(capacity: MemoryLayout<Info>.size)
            bytes.append(type, paddedTo: xtablesAligned(MemoryLayout<Info>.size), fill)
            return bytes.bytes
        }
        var expressions = interface(NFT_META_IIFNAME, input) + interface(NFT_META_OIFNAME, output)
        if !states.isEmpty {
            let info = info(xt_conntrack_mtinfo3.self) { info in
                info.match_flags = UInt16(XT_CONNTRACK_STATE)
                info.state_mask = states.rawValue
            }
            expressions.append(
                .xtMatch("conntrack", revision: UInt32(ExtensionRevision.conntrack), info: info)
            )
        }
        if let comment {
            let info = info(xt_comment_info.self) { copy(Array(comment.utf8), to: &$0.comment) }
            expressions.append(.xtMatch("comment", revision: 0, info: info))
        }
        return expressions + [.counter, .verdict(.accept)]
    }
}

extension NftablesTable {
    /// Whether it is a table that iptables-nft reads and writes, and thinks incompatible with rules that it has no words for.
    var isOfIptables: Bool {
        (family == .ip || family == .ip6) && ["filter", "mangle", "nat", "raw", "security"].contains(name)
    }

    /// Whether it is a table of plumb's own.
    var isOfPlumb: Bool { name == "plumb" || name.hasPrefix("plumb-") }
}
