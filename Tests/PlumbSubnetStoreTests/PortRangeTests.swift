import PlumbAddress
import PlumbLinux
import Testing

@testable import PlumbSubnetStore

@Suite struct `Ranges of published ports` {
    @Test(
        arguments: [
            (4999...4999, nil), (5000...5000, 5000...5000), (5003...5003, 5003...5003), (5004...5004, nil),
            (4000...4999, nil), (4000...5000, 5000...5000), (5002...9000, 5002...5003), (1...65535, 5000...5003),
            (5001...5002, 5001...5002), (5004...65535, nil),
        ] as [(ClosedRange<UInt16>, ClosedRange<UInt16>?)]
    )
    func `conflict where they have a port in common, which is named`(
        asked: ClosedRange<UInt16>,
        common: ClosedRange<UInt16>?
    ) throws {
        let directory = try TemporaryDirectory.make()
        let store = try openStore(directory)
        try store.attach(key("a"), ports: [ports(5000...5003)])
        let refusal = failure { try store.attach(key("b"), ports: [ports(asked)]) }
        #expect(refusal == common.map { .portTaken(ports($0), holder: key("a")) })
    }

    @Test func `name the ports in question and their holder`() throws {
        let directory = try TemporaryDirectory.make()
        let store = try openStore(directory)
        try store.attach(key("a"), ports: [ports(5000...5003)])
        do {
            try store.attach(key("b"), ports: [ports(5002...5010)])
        } catch {
            #expect("\(error)" == "host ports 5002-5003/tcp are published by eth0 of container a on network web")
        }
    }

    /// Attachments come and go at random, and each is allowed what a comparison with all others allows.
    @Test(arguments: 0..<4) func `conflict as a comparison with each would have it`(seed: UInt64) throws {
        let directory = try TemporaryDirectory.make()
        let store = try openStore(directory)
        var random = SplitMix(state: seed)
        let addresses = try [nil, "0.0.0.0", "::", "192.0.2.1", "192.0.2.2", "2001:db8::1"].map { try $0.map(address) }
        var held: [AttachmentKey: PortReservation] = [:]
        for number in 0..<400 {
            if let leaver = held.keys.sorted().randomElement(using: &random), held.count > 20 {
                try store.release([leaver])
                held[leaver] = nil
            }
            let first = UInt16.random(in: 1...200, using: &random)
            let count = UInt16.random(in: 1...(UInt16.random(in: 1...40, using: &random)), using: &random)
            let asked = PortReservation(
                transport: "tcp",
                hostAddress: addresses.randomElement(using: &random) ?? nil,
                hostPorts: first...(first + count - 1)
            )
            // Some containers have several attachments, which share their ports.
            let container = "c\(Int.random(in: 0..<12, using: &random))"
            let key = key(container, network: "\(number)")
            let rivals = held.filter { $0.key.container != container && $0.value.meets(asked) }
            let refusal = failure { try store.attach(key, ports: [asked], sharesPorts: true) }
            if case .portTaken(let common, let holder) = refusal {
                #expect(rivals[holder]?.hostPorts.contains(common.hostPorts.lowerBound) == true)
            } else {
                #expect(refusal == nil && rivals.isEmpty, "\(asked) beside \(rivals)")
                held[key] = asked
            }
        }
        #expect(try store.integrity() == "ok")
    }

    /// Without both bounds the question would walk over all ports above, or all below.
    @Test func `are asked for between two bounds of an index`() throws {
        let directory = try TemporaryDirectory.make()
        let store = try openStore(directory)
        let plan = try store.read { database throws(StoreError) in
            try database.prepare("EXPLAIN QUERY PLAN \(Query.portHolder.rawValue)").all([]) { row throws(StoreError) in
                try row.text(3)
            }
        }
        #expect(plan.first == "SEARCH p USING PRIMARY KEY (transport=? AND scale=? AND high>? AND high<?)", "\(plan)")
    }

    @Test func `cost no more when ten thousand are reserved`() throws {
        let empty = try TemporaryDirectory.make()
        let crowded = try TemporaryDirectory.make()
        let first = try openStore(empty)
        let second = try openStore(crowded)
        for number in 0..<100 {
            let start = UInt16(10_000 + number * 200)
            try second.attach(key("old\(number)"), ports: (0..<100).map { ports(start + $0 * 2...start + $0 * 2) })
        }
        var times: [[Duration]] = [[], []]
        for round in 0..<150 {
            times[0].append(try cycle(first, round))
            times[1].append(try cycle(second, round))
        }
        // A busy machine can only make a round slower, so the quickest of many tells what a round takes.
        let quickest = times.compactMap { $0.min() }
        #expect(quickest[1] < quickest[0] * 2, "empty \(quickest[0]), crowded \(quickest[1])")
    }

    private func cycle(_ store: borrowing SubnetStore, _ round: Int) throws -> Duration {
        let key = key("new\(round)")
        let asked = [ports(20_001...20_001), ports(1...9_999), ports(31_000...65_535), ports(29_999...29_999)]
        let start = ContinuousClock.now
        try store.attach(key, ports: asked)
        try store.release([key])
        return ContinuousClock.now - start
    }

    private func ports(_ hostPorts: ClosedRange<UInt16>) -> PortReservation {
        PortReservation(transport: "tcp", hostAddress: nil, hostPorts: hostPorts)
    }
}

extension PortReservation {
    /// Whether a packet could be meant for either, told without a database.
    fileprivate func meets(_ other: PortReservation) -> Bool {
        guard transport == other.transport, hostPorts.overlaps(other.hostPorts) else { return false }
        guard let mine = hostAddress, let theirs = other.hostAddress else { return true }
        return mine.family == theirs.family && (mine == theirs || mine.isUnspecified || theirs.isUnspecified)
    }
}

/// A generator of numbers that are the same in every run (Steele, Lea, Flood: SplitMix64).
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
