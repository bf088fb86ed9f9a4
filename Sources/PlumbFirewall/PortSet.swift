/// Some of the 65535 ports, which is quick to be asked even if it is many.
struct PortSet: Hashable, Sendable {
    /// Ranges with gaps between, in their order.
    private var ranges: [ClosedRange<UInt16>] = []

    /// Makes a set of ranges, which may overlap.
    init(_ ranges: [ClosedRange<UInt16>] = []) {
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = self.ranges.last, Int(range.lowerBound) <= Int(last.upperBound) + 1 {
                self.ranges[self.ranges.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                self.ranges.append(range)
            }
        }
    }

    var isEmpty: Bool { ranges.isEmpty }

    /// Whether the set has some of the ports.
    func overlaps(_ ports: ClosedRange<UInt16>) -> Bool {
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < ports.lowerBound { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].lowerBound <= ports.upperBound
    }
}
