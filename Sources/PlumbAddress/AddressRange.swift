/// A closed run of addresses of one family, such as `10.88.0.10-10.88.0.20`.
public struct AddressRange: Hashable, Sendable {
    /// The lowest address of the range.
    public let first: IPAddress

    /// The highest address of the range.
    public let last: IPAddress

    /// Makes a range, or nil when the ends are of different families or reversed.
    public init?(_ first: IPAddress, _ last: IPAddress) {
        guard first.family == last.family, first <= last else { return nil }
        self.first = first
        self.last = last
    }

    /// How many addresses the range holds; `UInt128.max` stands for the whole of IPv6 as well.
    public var count: UInt128 {
        let distance = last.number - first.number
        return distance == .max ? .max : distance + 1
    }

    /// Whether the address lies in the range.
    public func contains(_ address: IPAddress) -> Bool {
        address.family == first.family && first <= address && address <= last
    }

    /// Whether the two ranges share an address.
    public func overlaps(_ other: AddressRange) -> Bool {
        contains(other.first) || other.contains(first)
    }
}

extension AddressRange: CustomStringConvertible {
    /// The two ends with a hyphen between them.
    public var description: String { "\(first)-\(last)" }
}
