import CLibnl

/// A byte of which some bits may not be known.
struct PartlyKnownByte: Hashable, Sendable {
    var value: UInt8
    /// The bits that are known.
    var known: UInt8

    static let unknown = PartlyKnownByte(value: 0, known: 0)

    init(value: UInt8, known: UInt8 = .max) {
        self.value = value & known
        self.known = known
    }
}

extension Collection<PartlyKnownByte> {
    /// The bytes, if all of them are known.
    var knownValue: [UInt8]? {
        allSatisfy { $0.known == .max } ? map(\.value) : nil
    }

    /// How the bytes compare with others, as numbers in network byte order.
    func compare(_ operation: nft_cmp_ops, _ other: [UInt8]) -> Certainty {
        switch operation {
        case NFT_CMP_EQ: equals(other)
        case NFT_CMP_NEQ: equals(other).negated
        case NFT_CMP_LT: precedes(other)
        case NFT_CMP_LTE: isPreceded(by: other).negated
        case NFT_CMP_GT: isPreceded(by: other)
        case NFT_CMP_GTE: precedes(other).negated
        default: .maybe
        }
    }

    /// Whether the bytes are between two others, both of them included.
    func isWithin(_ first: [UInt8], _ last: [UInt8]) -> Certainty {
        Certainty(all: [precedes(first).negated, isPreceded(by: last).negated])
    }

    private func equals(_ other: [UInt8]) -> Certainty {
        guard count == other.count else { return .maybe }
        var isKnown = true
        for (byte, wanted) in zip(self, other) {
            if byte.value != wanted & byte.known { return .no }
            if byte.known != .max { isKnown = false }
        }
        return isKnown ? .yes : .maybe
    }

    /// The least and the greatest that the bytes may be.
    private var bounds: (least: [UInt8], greatest: [UInt8]) {
        (map(\.value), map { $0.value | ~$0.known })
    }

    private func precedes(_ other: [UInt8]) -> Certainty {
        guard count == other.count else { return .maybe }
        let (least, greatest) = bounds
        if greatest.lexicographicallyPrecedes(other) { return .yes }
        return least.lexicographicallyPrecedes(other) ? .maybe : .no
    }

    private func isPreceded(by other: [UInt8]) -> Certainty {
        guard count == other.count else { return .maybe }
        let (least, greatest) = bounds
        if other.lexicographicallyPrecedes(least) { return .yes }
        return other.lexicographicallyPrecedes(greatest) ? .maybe : .no
    }
}
