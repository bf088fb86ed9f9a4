import PlumbAddress
import Testing

@testable import PlumbSubnetStore

/// A generator whose numbers are the same in every run (SplitMix64, by Sebastiano Vigna).
private struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

@Suite struct `A pool` {
    @Test(arguments: ["10.88.0.0/26", "fd00::/122"], [1, 2, 3] as [UInt64])
    func `agrees with a plain set over a random history`(_ subnet: String, _ seed: UInt64) throws {
        let directory = try TemporaryDirectory.make()
        let store = try openStore(directory)
        let ranges = RangeSets(sets: [[try subnetRange(subnet)]])
        let range = ranges.sets[0][0].range
        let all = (0..<Int(range.count)).compactMap { range.first.advanced(by: $0) }
        var generator = SeededGenerator(seed: seed)
        var free = Set(all)

        try store.write(
            reporting: { $0 as any Error },
            body: { database throws(any Error) in
                for step in 0..<600 {
                    let pool = try ranges.pools(of: "web", database)[0]
                    // More is taken than given back in the first half, so that the pool runs empty, then the reverse.
                    if Int.random(in: 0..<10, using: &generator) < (step < 300 ? 7 : 3) {
                        let expected = free.filter { address in pool.cursor.map { address > $0 } ?? true }.min()
                        let taken = try pool.takeNext(database)
                        #expect(taken == expected ?? free.min())
                        if let taken { free.remove(taken) }
                    } else if let address = all.filter({ !free.contains($0) }).randomElement(using: &generator) {
                        #expect(try !pool.take(address, database))
                        try Pool.giveBack(address, to: pool.id, database)
                        free.insert(address)
                    }
                    let blocked = all.filter { !free.contains($0) }
                    let intervals = try database.all(.allFree, .integer(pool.id), read: Pool.interval)
                    #expect(intervals == gaps(in: range, without: blocked))
                }
            }
        )
        #expect(try store.integrity() == "ok")
    }
}
