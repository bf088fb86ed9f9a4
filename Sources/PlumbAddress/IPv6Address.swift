/// An IPv6 address, such as `fd00:88::2`.
public struct IPv6Address: Hashable, Sendable, Comparable {
    /// The address as a number in host byte order.
    public let rawValue: UInt128

    /// Makes the address of a number in host byte order.
    public init(rawValue: UInt128) {
        self.rawValue = rawValue
    }

    /// The eight 16-bit groups, most significant first.
    public var groups: [UInt16] {
        (0..<8).map { UInt16(truncatingIfNeeded: rawValue >> (112 - 16 * $0)) }
    }

    /// Orders addresses as numbers.
    public static func < (left: Self, right: Self) -> Bool {
        left.rawValue < right.rawValue
    }
}

extension IPv6Address: LosslessStringConvertible {
    /// Reads the text forms of RFC 4291 §2.2, an IPv4 address in the last 32 bits included.
    ///
    /// Zone identifiers are refused: they name an interface, not an address.
    public init?(_ description: String) {
        let colon = UInt8(ascii: ":")
        let text = Array(description.utf8)
        guard text.count <= 45 else { return nil }

        let gap = zip(text.indices, text.indices.dropFirst()).first { text[$0] == colon && text[$1] == colon }
        guard let gap else {
            guard let groups = Self.groups(of: text[...], isEnd: true), groups.count == 8 else { return nil }
            self.init(groups: groups)
            return
        }
        guard
            let head = Self.groups(of: text[..<gap.0], isEnd: false),
            let tail = Self.groups(of: text[(gap.1 + 1)...], isEnd: true),
            head.count + tail.count <= 7
        else { return nil }
        self.init(groups: head + Array(repeating: 0, count: 8 - head.count - tail.count) + tail)
    }

    /// The canonical form of RFC 5952: lower case, the first longest run of two or more zero groups as `::`.
    ///
    /// An IPv4-mapped address ends with the IPv4 address (section 5), as the kernel's tools print it.
    public var description: String {
        if rawValue >> 32 == 0xFFFF { return "::ffff:\(IPv4Address(rawValue: UInt32(truncatingIfNeeded: rawValue)))" }
        let groups = groups
        var longest = 0..<0
        var start = 0
        while start < groups.count {
            let end = groups[start...].firstIndex { $0 != 0 } ?? groups.count
            if end - start > max(longest.count, 1) { longest = start..<end }
            start = end + 1
        }
        func text(_ part: ArraySlice<UInt16>) -> String {
            part.map { String($0, radix: 16) }.joined(separator: ":")
        }
        guard !longest.isEmpty else { return text(groups[...]) }
        return text(groups[..<longest.lowerBound]) + "::" + text(groups[longest.upperBound...])
    }

    private init(groups: [UInt16]) {
        self.init(rawValue: groups.reduce(0) { $0 << 16 | UInt128($1) })
    }

    /// The groups of a text that has no gap, or nil when one of them is not a group; an empty text has none.
    ///
    /// Only the end of an address may hold an IPv4 address: `10.88.0.2::` is none.
    private static func groups(of text: ArraySlice<UInt8>, isEnd: Bool) -> [UInt16]? {
        guard !text.isEmpty else { return [] }
        var groups: [UInt16] = []
        let fields = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        for (position, field) in fields.enumerated() {
            if isEnd, position == fields.count - 1, field.contains(UInt8(ascii: ".")) {
                guard let embedded = IPv4Address(String(decoding: field, as: UTF8.self)) else { return nil }
                groups += [UInt16(embedded.rawValue >> 16), UInt16(embedded.rawValue & 0xFFFF)]
                continue
            }
            guard
                (1...4).contains(field.count),
                field.first != UInt8(ascii: "+"), field.first != UInt8(ascii: "-"),
                let group = UInt16(String(decoding: field, as: UTF8.self), radix: 16)
            else { return nil }
            groups.append(group)
        }
        return groups
    }
}
