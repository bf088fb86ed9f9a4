import PlumbAddress

extension NftablesEntry {
    /// The element as nft prints it between the braces of its set; with its counter if it has one.
    func text(in frame: any NftablesFrame) -> String {
        guard let set = frame.sets.first(where: { $0.name == self.set }) else { return "…" }
        var words = [element.keyText(set.key)]
        if let packets = element.packets, let bytes = element.bytes {
            words.append(NftablesExpression.Count(packets: packets, bytes: bytes).text)
        }
        if let comment = element.comment { words.append("comment \"\(comment)\"") }
        switch element.data {
        case .value(let bytes): words.append(": \(NftablesElement.text(bytes, set.data))")
        case .verdict(let verdict): words.append(": \(verdict.text)")
        case nil: break
        }
        return words.joined(separator: " ")
    }

    /// The protocol of an element of published ports.
    private var transport: TransportProtocol? {
        guard NftablesLayout.portSets.contains(set), element.key.count >= 8 else { return nil }
        let number = UInt16(element.key[element.key.count - 8])
        return TransportProtocol.allCases.first { $0.number == number }
    }

    /// Whether the element is for a published port whose flows don't end by themselves, as those of TCP do.
    var isConnectionless: Bool { transport.map { $0 != .tcp } ?? false }

    /// The host's port that an element of published ports is for: `port 8888/tcp`.
    var publishedPort: String {
        let number = element.key.suffix(4).prefix(2).reduce(0) { $0 << 8 | Int($1) }
        return "port \(number)/\(transport?.rawValue ?? "…")"
    }
}

extension NftablesElement {
    fileprivate func keyText(_ types: [NftablesType]) -> String {
        guard let keyEnd else { return Self.text(key, types) }
        // The parts of an interval are single values but for subnets.
        var rest = key[...]
        var restOfEnd = keyEnd[...]
        return types.map { type in
            let (first, last) = (Array(rest.prefix(type.size)), Array(restOfEnd.prefix(type.size)))
            rest = rest.dropFirst(type.paddedSize)
            restOfEnd = restOfEnd.dropFirst(type.paddedSize)
            return Self.text(from: first, to: last, type)
        }
        .joined(separator: " . ")
    }

    static func text(_ bytes: [UInt8], _ types: [NftablesType]) -> String {
        var rest = bytes[...]
        return types.map { type in
            defer { rest = rest.dropFirst(type.paddedSize) }
            return text(Array(rest.prefix(type.size)), type)
        }
        .joined(separator: " . ")
    }

    private static func text(from first: [UInt8], to last: [UInt8], _ type: NftablesType) -> String {
        guard first != last else { return text(first, type) }
        guard let low = IPAddress(bytes: first), let high = IPAddress(bytes: last) else { return "…" }
        let length = low.family.bitWidth - (low.number ^ high.number).bitWidthUsed
        guard let prefix = Prefix(low, length: length), prefix.isSubnet, prefix.lastAddress == high else {
            return "\(low)-\(high)"
        }
        return "\(prefix)"
    }

    private static func text(_ bytes: [UInt8], _ type: NftablesType) -> String {
        switch type {
        case .interfaceName: "\"\(String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self))\""
        case .ipv4Address, .ipv6Address: IPAddress(bytes: bytes).map(\.description) ?? "…"
        case .macAddress: MACAddress(bytes: bytes).map(\.description) ?? "…"
        case .transportProtocol:
            TransportProtocol.allCases.first { $0.number == UInt16(bytes[0]) }?.rawValue ?? "\(bytes[0])"
        case .port: "\(bytes.reduce(0) { $0 << 8 | Int($1) })"
        default: "…"
        }
    }
}

extension UInt128 {
    /// How many bits there are up to the highest that is set.
    fileprivate var bitWidthUsed: Int { 128 - leadingZeroBitCount }
}

extension NftablesVerdict {
    /// The verdict as nft prints it.
    var text: String {
        switch self {
        case .accept: "accept"
        case .drop: "drop"
        case .queue: "queue"
        case .continue: "continue"
        case .break: "break"
        case .return: "return"
        case .jump(let chain): "jump \(chain)"
        case .goto(let chain): "goto \(chain)"
        }
    }
}
