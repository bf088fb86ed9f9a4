import PlumbAddress

/// Ranges that one address is taken from, all of one family.
package typealias RangeSet = [SubnetRange]

/// Checks what has to hold among the ranges of a network: none of its sets is empty or of both families, and no address
/// is in two ranges.
///
/// - Throws: `SubnetRangeError` that names the sets by their positions.
package func validateRangeSets(_ sets: [RangeSet]) throws(SubnetRangeError) {
    for (position, set) in sets.enumerated() {
        guard let family = set.first?.subnet.family else {
            throw SubnetRangeError("ranges[\(position)]", "[]", "holds no range")
        }
        if let stranger = set.first(where: { $0.subnet.family != family }) {
            let reason = "is not of the family of \(set[0].subnet) in the same set"
            throw SubnetRangeError("ranges[\(position)]", stranger.subnet, reason)
        }
    }
    let all = sets.enumerated().flatMap { position, set in set.map { (position: position, range: $0) } }
    for (index, later) in all.enumerated() {
        for earlier in all[..<index] where later.range.range.overlaps(earlier.range.range) {
            let reason = "overlaps \(earlier.range.range) of ranges[\(earlier.position)]"
            throw SubnetRangeError("ranges[\(later.position)]", later.range.range, reason)
        }
    }
}

/// The range sets of one network, asked about single addresses.
struct RangeSets {
    let sets: [RangeSet]

    /// The gateways of all ranges: none of them is given out, whichever set holds it.
    var gateways: Set<IPAddress> {
        Set(sets.joined().compactMap(\.gateway))
    }

    /// The range that an address may be given out from, and the position of its set.
    func range(holding address: IPAddress) -> (position: Int, range: SubnetRange)? {
        for (position, set) in sets.enumerated() {
            if let range = set.first(where: { $0.range.contains(address) }) { return (position, range) }
        }
        return nil
    }

    /// How many addresses a set can give out; the ends of IPv6 stay within 128 bits, as no range is all of it.
    func size(of position: Int) -> UInt128 {
        let gateways = gateways
        return sets[position].reduce(0) { size, range in
            size + range.range.count - UInt128(gateways.count { range.range.contains($0) })
        }
    }

    /// The text that the definition of a set is compared by.
    static func definition(of set: RangeSet) -> String {
        set.map(\.description).joined(separator: ",")
    }

    /// Reads what `definition(of:)` writes.
    static func set(of definition: String) -> RangeSet? {
        let ranges = definition.split(separator: ",").map { SubnetRange(String($0)) }
        return ranges.contains(nil) ? nil : ranges.compactMap { $0 }
    }
}

/// The addresses of a range that are not blocked, as the longest runs there are.
///
/// Blocked addresses come in ascending order; those outside of the range don't matter.
func gaps(in range: AddressRange, without blocked: [IPAddress]) -> [AddressRange] {
    var gaps: [AddressRange] = []
    var start: IPAddress? = range.first
    for address in blocked where range.contains(address) {
        if let low = start, let high = address.advanced(by: -1), let gap = AddressRange(low, high) {
            gaps.append(gap)
        }
        start = address.advanced(by: 1)
    }
    if let low = start, let gap = AddressRange(low, range.last) { gaps.append(gap) }
    return gaps
}
