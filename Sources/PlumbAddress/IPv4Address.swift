/// An IPv4 address, such as `10.88.0.2`.
public struct IPv4Address: Hashable, Sendable, Comparable {
    /// The address as a number in host byte order.
    public let rawValue: UInt32

    /// Makes the address of a number in host byte order.
    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// Orders addresses as numbers.
    public static func < (left: Self, right: Self) -> Bool {
        left.rawValue < right.rawValue
    }
}

extension IPv4Address: LosslessStringConvertible {
    /// Reads four decimal numbers from 0 to 255 with dots between them.
    ///
    /// Leading zeros are refused: some programs read them as octal, so they name different hosts in different programs
    /// (`inet_aton(3)`).
    public init?(_ description: String) {
        var value: UInt32 = 0
        let fields = description.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard fields.count == 4 else { return nil }
        for field in fields {
            guard (1...3).contains(field.count) else { return nil }
            guard field.count == 1 || field.first != UInt8(ascii: "0") else { return nil }
            var number: UInt32 = 0
            for digit in field {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
                number = number * 10 + UInt32(digit - UInt8(ascii: "0"))
            }
            guard number <= 255 else { return nil }
            value = value << 8 | number
        }
        self.init(rawValue: value)
    }

    /// Four decimal numbers with dots between them.
    public var description: String {
        "\(rawValue >> 24).\(rawValue >> 16 & 255).\(rawValue >> 8 & 255).\(rawValue & 255)"
    }
}
