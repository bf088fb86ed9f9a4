/// An Ethernet address, such as `02:42:0a:58:00:02`.
public struct MACAddress: Hashable, Sendable {
    /// The address as a number; the upper 16 bits are zero.
    public let rawValue: UInt64

    /// Makes the address of the lower 48 bits of a number.
    public init(rawValue: UInt64) {
        self.rawValue = rawValue & 0xFFFF_FFFF_FFFF
    }

    /// Makes an address from six bytes, or nil for any other count.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 6 else { return nil }
        self.init(rawValue: bytes.reduce(0) { $0 << 8 | UInt64($1) })
    }

    /// The address that Docker gave to containers up to version 27: `02:42` and the four bytes of the IPv4 address.
    ///
    /// An address that is taken over from a container brings its MAC along, so that no neighbour's cache is ever wrong.
    public init(derivedFrom address: IPv4Address) {
        self.init(rawValue: 0x0242 << 32 | UInt64(address.rawValue))
    }

    /// Makes a locally administered unicast address of 46 bits that the caller has, such as a hash.
    public init(locallyAdministered bits: UInt64) {
        self.init(rawValue: bits & ~0x0300_0000_0000 | 0x0200_0000_0000)
    }

    /// The six bytes in transmission order.
    public var bytes: [UInt8] {
        (0..<6).map { UInt8(truncatingIfNeeded: rawValue >> (40 - 8 * $0)) }
    }

    /// Whether the address names a group, broadcast included: an interface can't have it (IEEE 802, I/G bit).
    public var isMulticast: Bool { rawValue >> 40 & 1 == 1 }

    /// Whether all bits are zero.
    public var isZero: Bool { rawValue == 0 }
}

extension MACAddress: LosslessStringConvertible {
    /// Reads six pairs of hexadecimal digits with colons or hyphens between them.
    public init?(_ description: String) {
        let hyphenated = description.utf8.contains(UInt8(ascii: "-"))
        let separator: Character = hyphenated ? "-" : ":"
        let fields = description.split(separator: separator, omittingEmptySubsequences: false)
        let bytes = fields.compactMap { field in
            field.utf8.count == 2 && field.first != "+" ? UInt8(field, radix: 16) : nil
        }
        guard fields.count == 6 else { return nil }
        self.init(bytes: bytes)
    }

    /// Six pairs of lower-case hexadecimal digits with colons between them.
    public var description: String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
    }
}
