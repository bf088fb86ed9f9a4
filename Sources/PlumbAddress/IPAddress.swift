/// An Internet address of either family; IPv4 addresses sort before IPv6 addresses.
public enum IPAddress: Hashable, Sendable, Comparable {
    case v4(IPv4Address)
    case v6(IPv6Address)

    /// The family that the address belongs to.
    public var family: AddressFamily {
        switch self {
        case .v4: .ipv4
        case .v6: .ipv6
        }
    }

    /// The address as a number, which says nothing about the family.
    public var number: UInt128 {
        switch self {
        case .v4(let address): UInt128(address.rawValue)
        case .v6(let address): address.rawValue
        }
    }

    /// The address in network byte order: 4 or 16 bytes.
    public var bytes: [UInt8] {
        let count = family.bitWidth / 8
        return (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * (count - 1 - $0))) }
    }

    /// Makes the address of a family from a number; bits beyond the family's width are cut off.
    public init(_ family: AddressFamily, number: UInt128) {
        switch family {
        case .ipv4: self = .v4(IPv4Address(rawValue: UInt32(truncatingIfNeeded: number)))
        case .ipv6: self = .v6(IPv6Address(rawValue: number))
        }
    }

    /// Makes an address from 4 or 16 bytes in network byte order, or nil for any other count.
    public init?(bytes: some Collection<UInt8>) {
        let number = bytes.reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
        switch bytes.count {
        case 4: self.init(.ipv4, number: number)
        case 16: self.init(.ipv6, number: number)
        default: return nil
        }
    }

    /// The address that is `distance` further on, or nil beyond the family's ends.
    public func advanced(by distance: Int) -> IPAddress? {
        let (moved, overflow) =
            distance >= 0
            ? number.addingReportingOverflow(UInt128(distance))
            : number.subtractingReportingOverflow(UInt128(distance.magnitude))
        guard !overflow, family == .ipv6 || moved <= UInt128(UInt32.max) else { return nil }
        return IPAddress(family, number: moved)
    }

    /// Whether the address is `0.0.0.0` or `::`.
    public var isUnspecified: Bool { number == 0 }

    /// Whether the address is in `127.0.0.0/8`, or is `::1`.
    public var isLoopback: Bool {
        switch self {
        case .v4(let address): address.rawValue >> 24 == 127
        case .v6(let address): address.rawValue == 1
        }
    }

    /// Whether the address is in `224.0.0.0/4` or `ff00::/8`.
    public var isMulticast: Bool {
        switch self {
        case .v4(let address): address.rawValue >> 28 == 0xE
        case .v6(let address): address.rawValue >> 120 == 0xFF
        }
    }

    /// Whether the address is in `169.254.0.0/16` or `fe80::/10`.
    public var isLinkLocal: Bool {
        switch self {
        case .v4(let address): address.rawValue >> 16 == 0xA9FE
        case .v6(let address): address.rawValue >> 118 == 0x3FA
        }
    }
}

extension IPAddress: LosslessStringConvertible {
    /// Reads an address of either family in its usual text form.
    public init?(_ description: String) {
        if let address = IPv4Address(description) {
            self = .v4(address)
        } else if let address = IPv6Address(description) {
            self = .v6(address)
        } else {
            return nil
        }
    }

    /// The usual text form of the family.
    public var description: String {
        switch self {
        case .v4(let address): address.description
        case .v6(let address): address.description
        }
    }
}
