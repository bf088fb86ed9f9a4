import CLibnl
import PlumbAddress

extension NftablesRun {
    /// Fills a register from its first byte, and the rest of its last word with zeros.
    mutating func load(_ bytes: [PartlyKnownByte], into register: Int) {
        let start = register * 4
        let padding = [PartlyKnownByte](repeating: PartlyKnownByte(value: 0), count: -bytes.count & 3)
        let end = min(start + bytes.count + padding.count, registers.count)
        registers.replaceSubrange(start..<end, with: (bytes + padding).prefix(end - start))
    }

    func registerBytes(_ register: Int, _ count: Int) -> ArraySlice<PartlyKnownByte> {
        registers.dropFirst(register * 4).prefix(count)
    }

    /// The elements that begin at a register fits, with how sure that is.
    private func candidates(_ set: String, from register: Int) -> [(Certainty, NftablesElement)]? {
        guard let elements = context.sets[set] else { return nil }
        let found = elements.intervals.map { element in
            let key = registerBytes(register, element.key.count)
            return (
                element.keyEnd.map { key.isWithin(element.key, $0) } ?? key.compare(NFT_CMP_EQ, element.key), element
            )
        }
        let fitting = found.filter { $0.0 != .no && !$0.1.key.isEmpty }
        return fitting.isEmpty ? elements.filter(\.key.isEmpty).map { (.yes, $0) } : fitting
    }

    mutating func look(up set: String, from source: Int, into register: Int?, _ isInverted: Bool) {
        guard let candidates = candidates(set, from: source) else { return forget() }
        let isThere: Certainty =
            candidates.isEmpty ? .no : candidates.contains { $0.0 == .yes } ? .yes : .maybe
        require(isInverted ? isThere.negated : isThere)
        guard let register, let first = candidates.first else { return }
        if candidates.count == 1, case .value(let bytes)? = first.1.data {
            load(bytes.map { PartlyKnownByte(value: $0) }, into: register)
        } else {
            load(Array(repeating: .unknown, count: 16), into: register)
        }
    }

    mutating func verdict(in map: String, from source: Int) -> KernelRule.Verdict? {
        guard let candidates = candidates(map, from: source) else {
            forget()
            return .unknown("map \(map)")
        }
        guard let (certainty, element) = candidates.first else {
            require(.no)
            return nil
        }
        guard candidates.count == 1, case .verdict(let verdict)? = element.data else { return .unknown("map \(map)") }
        require(certainty)
        return KernelRule.Verdict(verdict)
    }

    func translation(_ address: Int?, _ port: Int?) -> Translation {
        let size = packet.family.bitWidth / 8
        let host = address.flatMap { registerBytes($0, size).knownValue }.flatMap { IPAddress(bytes: $0) }
        let bytes = port.flatMap { registerBytes($0, 2).knownValue }
        return Translation(address: host, port: bytes.map { UInt16($0[0]) << 8 | UInt16($0[1]) })
    }
}

extension [NftablesElement] {
    /// The elements with the ends of their intervals, which the kernel lists as elements of their own.
    fileprivate var intervals: [NftablesElement] {
        guard contains(where: \.endsInterval) else { return self }
        let sorted = self.sorted { $0.key.lexicographicallyPrecedes($1.key) || $0.key == $1.key && $0.endsInterval }
        return sorted.enumerated().compactMap { position, element -> NftablesElement? in
            guard !element.endsInterval else { return nil }
            var element = element
            let next = sorted[(position + 1)...].first?.key
            element.keyEnd = next?.decremented ?? [UInt8](repeating: .max, count: element.key.count)
            return element
        }
    }
}

extension [UInt8] {
    /// The number before, the bytes taken as one in network byte order.
    fileprivate var decremented: [UInt8] {
        var bytes = self
        for index in bytes.indices.reversed() {
            bytes[index] &-= 1
            if bytes[index] != .max { break }
        }
        return bytes
    }
}
