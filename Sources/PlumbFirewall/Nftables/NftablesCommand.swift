extension NftablesChange {
    /// The change as a command of nft that a shell can be given.
    func command(_ frame: any NftablesFrame) -> String {
        let (words, rest) = words(frame)
        guard !rest.isEmpty else { return "nft \(words)" }
        let isPlain = !rest.contains { "\"'{};*!@".contains($0) }
        return "nft \(words) \(isPlain ? rest : Self.quoted(rest))"
    }

    /// The words of a command that a shell takes as they are, and those that it would read something into.
    private func words(_ frame: any NftablesFrame) -> (plain: String, rest: String) {
        switch self {
        case .addTable(let table, _): ("add table \(table)", "")
        case .deleteTable(let table): ("delete table \(table)", "")
        case .addChain(let chain): ("add chain \(table) \(chain.name)", chain.hook?.text(table.family) ?? "")
        case .deleteChain(let table, let name): ("delete chain \(table) \(name)", "")
        case .addRule(let rule, _): ("add rule \(table) \(rule.chain)", rule.text(in: frame))
        case .deleteRule(let table, let chain, let handle): ("delete rule \(table) \(chain) handle \(handle)", "")
        case .flushChain(let table, let chain): ("flush chain \(table) \(chain)", "")
        case .addSet(let set): ("add \(set.data.isEmpty ? "set" : "map") \(table) \(set.name)", set.text)
        case .deleteSet(let table, let name): ("delete set \(table) \(name)", "")
        case .addElements(let elements, let set, let table, _):
            ("add element \(table) \(set)", "{ \(Self.text(elements, set, frame)) }")
        case .deleteElements(let elements, let set, let table):
            ("delete element \(table) \(set)", "{ \(Self.text(elements, set, frame)) }")
        }
    }

    /// A text as one word of a shell.
    private static func quoted(_ text: String) -> String {
        "'\(text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#))'"
    }

    private static func text(_ elements: [NftablesElement], _ set: String, _ frame: any NftablesFrame) -> String {
        elements.map { element in
            var element = element
            (element.packets, element.bytes) = (nil, nil)
            return NftablesEntry(set, element).text(in: frame)
        }
        .joined(separator: ", ")
    }
}

extension NftablesRule {
    /// The rule as nft prints it, if it is one of the frame's; `…` stands for what plumb does not understand of others.
    func text(in frame: any NftablesFrame) -> String {
        let line = frame.lines.first { $0.chain == chain && says($0) }
        return line?.text(handle == 0 ? nil : count) ?? partialText
    }

    /// What plumb understands of a rule of somebody else, in the words of nft.
    var partialText: String {
        var words = conditions.map(\.text).reduce(into: [String]()) { words, word in
            if word != "…" || words.last != "…" { words.append(word) }
        }
        if let count { words.append(count.text) }
        switch outcome {
        case .verdict(let verdict)?: words.append(verdict.text)
        case .reject?: words.append("reject")
        case .lookup?, .other?: words.append("…")
        case nil: break
        }
        if let remark { words.append("comment \"\(remark)\"") }
        return words.joined(separator: " ")
    }
}

extension NftablesCondition {
    fileprivate var text: String {
        switch self {
        case .input(let name): "iifname \(Self.text(name))"
        case .output(let name): "oifname \(Self.text(name))"
        case .state(let states) where states.isSubset(of: [.established, .related]):
            states == [.established, .related]
                ? "ct state established,related" : "ct state \(states == .established ? "established" : "related")"
        case .status(1 << 5): "ct status dnat"
        case .family(let number):
            NftablesFamily(rawValue: number).map { "meta nfproto ip\($0 == .ip6 ? "v6" : "v4")" } ?? "…"
        case .state, .status, .unknown: "…"
        }
    }

    private static func text(_ name: Match<String>) -> String { "\(name.isNegated ? "!= " : "")\"\(name.value)\"" }
}

extension NftablesChain.Hook {
    /// The hook as nft prints it within a chain.
    func text(_ family: NftablesFamily) -> String {
        "{ type \(type) hook \(Self.name(number, family)) priority \(priority) ; policy \(policy) ; }"
    }

    var policy: String { dropsByDefault ? "drop" : "accept" }

    /// The hook's name (`enum nf_inet_hooks`, and `NF_BR_*` alike).
    static func name(_ number: UInt32, _ family: NftablesFamily) -> String {
        let names = ["prerouting", "input", "forward", "output", "postrouting"]
        return family != .netdev && family != .arp && number < names.count ? names[Int(number)] : "\(number)"
    }
}

extension NftablesSet {
    /// What nft wants between the braces to make the set.
    var text: String {
        func names(_ types: [NftablesType]) -> String { types.map(\.name).joined(separator: " . ") }
        let flags = (isInterval ? ["interval"] : []) + (hasTimeouts ? ["timeout"] : [])
        return "{ type \(names(key))\(data.isEmpty ? "" : " : \(names(data))") ;"
            + (flags.isEmpty ? "" : " flags \(flags.joined(separator: ", ")) ;")
            + (countsPackets ? " counter ;" : "") + " }"
    }
}

extension NftablesType {
    /// The type's name in nft.
    fileprivate var name: String {
        switch self {
        case .ipv4Address: "ipv4_addr"
        case .ipv6Address: "ipv6_addr"
        case .macAddress: "ether_addr"
        case .transportProtocol: "inet_proto"
        case .port: "inet_service"
        case .interfaceName: "ifname"
        case .verdict: "verdict"
        default: "…"
        }
    }
}
