import CLibnl

/// Requests to netfilter in the making, one behind the other (`netlink(7)`).
struct NetlinkMessages {
    private(set) var bytes: [UInt8] = []

    /// Appends a message of nfnetlink.
    ///
    /// `type` is the subsystem's number shifted left by 8, and the message's; `resource` is read in network byte order.
    mutating func append(
        type: CInt,
        flags: CInt,
        sequence: UInt32,
        family: UInt8,
        resource: UInt16 = 0,
        _ attributes: (inout Self) -> Void = { _ in }
    ) {
        let start = bytes.count
        appendHost(UInt32(0))
        appendHost(UInt16(type))
        appendHost(UInt16(flags | NLM_F_REQUEST))
        appendHost(sequence)
        appendHost(UInt32(0))
        bytes += [family, UInt8(NFNETLINK_V0), UInt8(resource >> 8), UInt8(resource & 0xFF)]
        attributes(&self)
        setHost(UInt32(bytes.count - start), at: start)
    }

    /// Appends an attribute that holds other attributes.
    mutating func nest(_ type: some RawRepresentable<UInt32>, _ content: (inout Self) -> Void) {
        let start = beginAttribute(UInt16(type.rawValue) | UInt16(NLA_F_NESTED))
        content(&self)
        endAttribute(start)
    }

    /// Appends an attribute of bytes.
    mutating func put(_ type: some RawRepresentable<UInt32>, _ value: some Sequence<UInt8>) {
        let start = beginAttribute(UInt16(type.rawValue))
        bytes.append(contentsOf: value)
        endAttribute(start)
    }

    /// Appends an attribute of a number in network byte order.
    mutating func put(_ type: some RawRepresentable<UInt32>, number: some FixedWidthInteger) {
        let start = beginAttribute(UInt16(type.rawValue))
        unsafe withUnsafeBytes(of: number.bigEndian) { unsafe bytes.append(contentsOf: $0) }
        endAttribute(start)
    }

    /// Appends an attribute of a text that a zero byte ends.
    mutating func put(_ type: some RawRepresentable<UInt32>, text: String) {
        let start = beginAttribute(UInt16(type.rawValue))
        bytes.append(contentsOf: text.utf8)
        bytes.append(0)
        endAttribute(start)
    }

    /// Appends attributes as they stand in a message.
    mutating func append(attributes: [UInt8]) {
        bytes += attributes
    }

    private mutating func beginAttribute(_ type: UInt16) -> Int {
        let start = bytes.count
        appendHost(UInt16(0))
        appendHost(type)
        return start
    }

    private mutating func endAttribute(_ start: Int) {
        let length = bytes.count - start
        precondition(length <= UInt16.max, "an attribute that is longer than netlink allows")
        setHost(UInt16(length), at: start)
        bytes.append(contentsOf: repeatElement(0, count: -length & 3))
    }

    private mutating func appendHost(_ number: some FixedWidthInteger) {
        unsafe withUnsafeBytes(of: number) { unsafe bytes.append(contentsOf: $0) }
    }

    private mutating func setHost(_ number: some FixedWidthInteger, at offset: Int) {
        unsafe withUnsafeBytes(of: number) { source in
            for position in source.indices { bytes[offset + position] = unsafe source[position] }
        }
    }
}

extension NetlinkAttributes {
    /// The attributes by their types; of those that are there twice the last.
    func byType() -> [UInt32: ArraySlice<UInt8>] {
        var found: [UInt32: ArraySlice<UInt8>] = [:]
        for attribute in self { found[UInt32(attribute.type)] = attribute.payload }
        return found
    }
}

extension Dictionary where Key == UInt32, Value == ArraySlice<UInt8> {
    /// The bytes of an attribute.
    subscript(_ type: some RawRepresentable<UInt32>) -> ArraySlice<UInt8>? { self[type.rawValue] }

    /// The number that an attribute holds in network byte order; nil without the attribute.
    func number<Number: FixedWidthInteger>(_ type: some RawRepresentable<UInt32>, as: Number.Type) -> Number? {
        self[type.rawValue].map { bytes in bytes.reduce(Number(0)) { $0 << 8 | Number(truncatingIfNeeded: $1) } }
    }

    /// The text of an attribute, up to its zero byte.
    func text(_ type: some RawRepresentable<UInt32>) -> String? {
        self[type.rawValue].map { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// The attributes within an attribute.
    func nested(_ type: some RawRepresentable<UInt32>) -> [UInt32: ArraySlice<UInt8>]? {
        self[type.rawValue].map { NetlinkAttributes($0).byType() }
    }
}
