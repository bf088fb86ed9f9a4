import PlumbSubnetStore

/// A name in the order in which people count: `app-2` comes before `app-10`.
struct NaturalName: Comparable {
    let name: String

    static func < (left: Self, right: Self) -> Bool {
        var (rest, otherRest) = (left.name.utf8[...], right.name.utf8[...])
        while let byte = rest.first, let other = otherRest.first {
            if isDigit(byte), isDigit(other) {
                let (number, otherNumber) = (takeNumber(&rest), takeNumber(&otherRest))
                guard number.elementsEqual(otherNumber) else {
                    return number.count == otherNumber.count
                        ? number.lexicographicallyPrecedes(otherNumber) : number.count < otherNumber.count
                }
            } else {
                guard byte == other else { return byte < other }
                rest.removeFirst()
                otherRest.removeFirst()
            }
        }
        // Names that differ in leading zeros only have an order, too.
        return rest.isEmpty && otherRest.isEmpty ? left.name < right.name : rest.isEmpty
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    /// Takes the digits at the beginning, without leading zeros.
    private static func takeNumber(_ rest: inout Substring.UTF8View) -> Substring.UTF8View {
        let digits = rest.prefix(while: isDigit)
        rest = rest[digits.endIndex...]
        return digits.drop { $0 == UInt8(ascii: "0") }
    }
}

extension AttachmentKey {
    /// Whether the key comes first in a list for people.
    func naturallyPrecedes(_ other: AttachmentKey) -> Bool {
        (NaturalName(name: network), NaturalName(name: container), NaturalName(name: interface))
            < (NaturalName(name: other.network), NaturalName(name: other.container), NaturalName(name: other.interface))
    }
}
