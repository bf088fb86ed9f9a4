/// An address with a prefix length, such as `10.88.0.0/16`.
///
/// The same notation names two things: a subnet (no bits set beyond the prefix length) and an interface's address within
/// its subnet (`10.88.0.1/16`). Both are a `Prefix`; `isSubnet` tells them apart.
public struct Prefix: Hashable, Sendable {
    /// The address as it was written, host bits included.
    public let address: IPAddress

    /// The prefix length in bits: 0 to 32 or 0 to 128.
    public let length: Int

    /// Makes a prefix, or nil when the length does not fit the family.
    public init?(_ address: IPAddress, length: Int) {
        guard (0...address.family.bitWidth).contains(length) else { return nil }
        self.address = address
        self.length = length
    }

    /// The prefix that holds one address only: `/32` or `/128`.
    public init(host address: IPAddress) {
        self.address = address
        self.length = address.family.bitWidth
    }

    /// The prefix that holds every address of a family: `0.0.0.0/0` or `::/0`.
    public init(wholeOf family: AddressFamily) {
        self.address = IPAddress(family, number: 0)
        self.length = 0
    }

    /// The family that the prefix belongs to.
    public var family: AddressFamily { address.family }

    /// The bits of the family's width that the prefix length leaves to hosts, all set.
    private var hostMask: UInt128 {
        let hostBits = family.bitWidth - length
        return hostBits == 128 ? .max : (UInt128(1) << hostBits) - 1
    }

    /// The lowest address of the subnet: the address with its host bits cleared.
    public var firstAddress: IPAddress { IPAddress(family, number: address.number & ~hostMask) }

    /// The highest address of the subnet: the broadcast address of IPv4 subnets up to `/30`.
    public var lastAddress: IPAddress { IPAddress(family, number: address.number | hostMask) }

    /// The subnet that the address lies in.
    public var subnet: Prefix { Prefix(unchecked: firstAddress, length: length) }

    /// Whether no bits are set beyond the prefix length.
    public var isSubnet: Bool { address == firstAddress }

    /// Whether the address lies in the subnet, which is never so across families.
    public func contains(_ other: IPAddress) -> Bool {
        other.family == family && firstAddress <= other && other <= lastAddress
    }

    /// Whether the two subnets share an address, which is never so across families.
    public func overlaps(_ other: Prefix) -> Bool {
        contains(other.firstAddress) || other.contains(firstAddress)
    }

    private init(unchecked address: IPAddress, length: Int) {
        self.address = address
        self.length = length
    }
}

extension Prefix: LosslessStringConvertible {
    /// Reads `address/length`; the length is a decimal number without leading zeros.
    public init?(_ description: String) {
        let parts = description.split(separator: "/", omittingEmptySubsequences: false)
        guard
            parts.count == 2,
            let address = IPAddress(String(parts[0])),
            let length = Int(parts[1]), String(length) == parts[1]
        else { return nil }
        self.init(address, length: length)
    }

    /// The address, a slash and the prefix length.
    public var description: String { "\(address)/\(length)" }
}
