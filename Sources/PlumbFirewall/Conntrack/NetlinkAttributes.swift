import CLibnl

/// The attributes in the bytes of a netlink message (`netlink(7)`), up to the first that does not fit.
struct NetlinkAttributes: Sequence, IteratorProtocol {
    struct Attribute {
        let type: UInt16
        let payload: ArraySlice<UInt8>
        /// The attribute whole, padded the way it stands in messages.
        let bytes: ArraySlice<UInt8>
    }

    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) {
        rest = bytes
    }

    mutating func next() -> Attribute? {
        let headerSize = MemoryLayout<nlattr>.size
        guard rest.count >= headerSize else { return nil }
        let length = Int(hostOrder(rest.prefix(2), as: UInt16.self))
        let type = hostOrder(rest.dropFirst(2).prefix(2), as: UInt16.self) & ~UInt16(NLA_F_NESTED | NLA_F_NET_BYTEORDER)
        guard length >= headerSize, length <= rest.count else { return nil }
        let padded = (length + 3) & ~3
        defer { rest = rest.dropFirst(padded) }
        return Attribute(
            type: type,
            payload: rest.prefix(length).dropFirst(headerSize),
            bytes: rest.prefix(padded)
        )
    }
}

/// The number that bytes hold in the machine's own order; bytes that are missing count as zero.
func hostOrder<Number: FixedWidthInteger>(_ bytes: ArraySlice<UInt8>, as type: Number.Type) -> Number {
    var number: Number = 0
    unsafe withUnsafeMutableBytes(of: &number) { target in
        unsafe target.copyBytes(from: bytes.prefix(target.count))
    }
    return number
}
