/// What is at some positions of a table: found by halving, as a table may have thousands of chains and jumps.
struct PositionMap<Value> {
    private let entries: [(position: Int, value: Value)]

    /// Makes a map of positions in ascending order.
    init(_ entries: [(position: Int, value: Value)]) {
        self.entries = entries
    }

    subscript(position: Int) -> Value? {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].position < position { low = middle + 1 } else { high = middle }
        }
        guard low < entries.count, entries[low].position == position else { return nil }
        return entries[low].value
    }
}
