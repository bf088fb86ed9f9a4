import PlumbTestSupport
import Testing

@Suite struct `Mutated configurations` {
    /// A generator that gives the same numbers in every run (SplitMix64).
    struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
            return value ^ value >> 31
        }
    }

    /// Values that parsers and arithmetic like to stumble over.
    private static let values: [JSON] = [
        nil, true, false, 0, -1, 1, 65535, 65536, 2_147_483_648, 4_294_967_296, 9_007_199_254_740_993, -1e300, 1e300,
        0.5, "",
        "0", "::", "0.0.0.0/0", "::/0", "255.255.255.255/32", "10.88.0.0/-1", "fd00::/129", "1.1.1.0", "9.9.9", "\u{0}",
        "%s%n", "../../etc", "ä€𝄞", .string(String(repeating: "x", count: 5000)), [], [[]], [[[]]], [:], ["": nil],
        [["subnet": "10.0.0.0/8"]], ["hostPort": 1], [nil],
    ]

    private static let original: JSON = {
        var configuration = JSON.network(Family.allCases, version: "1.1.0", ports: JSON.ports(8888, 7777))
        configuration["runtimeConfig"]["ips"] = ["10.88.0.9/24"]
        configuration["runtimeConfig"]["mac"] = "02:00:00:00:00:01"
        configuration["runtimeConfig"]["ipRanges"] = [[["subnet": "10.66.0.0/24", "rangeStart": "10.66.0.9"]]]
        configuration["ipam"]["routes"] = [["dst": "10.9.0.0/16", "gw": "10.88.0.1", "mtu": 1400]]
        configuration["args"] = ["cni": ["ips": ["10.88.0.9"], "labels": [["key": "a", "value": "b"]]]]
        configuration["dns"] = ["nameservers": ["192.0.2.53"], "options": ["ndots:1"]]
        configuration["mtu"] = 1400
        configuration["ingressPolicy"] = "protected"
        return configuration
    }()

    @Test(arguments: 0..<6)
    func `never crash the process, and fail with a JSON error if they fail`(seed: UInt64) throws {
        var generator = Generator(state: seed)
        let host = try TestHost()
        let container = try host.container("web")
        for round in 0..<40 {
            let text = Self.mutation(&generator)
            var call = host.call("ADD", container, nil)
            call.configuration = text
            let added = try host.plumb(call)
            expectAnswer(added, to: text, round: round)
            call.command = "DEL"
            let deleted = try host.plumb(call)
            expectAnswer(deleted, to: text, round: round)
            if added.succeeded { #expect(deleted.succeeded, "\(deleted) to \(text)") }
        }
        #expect(try host.remains() == [])
    }

    private func expectAnswer(_ reply: PlumbReply, to text: String, round: Int) {
        #expect([.exited(0), .exited(1)].contains(reply.result.status), "\(reply) to \(text)")
        guard !reply.succeeded else { return }
        #expect(reply.code != nil && !reply.message.isEmpty, "\(reply) to \(text)")
        #expect(reply.code != 999, "\(reply) to \(text)")
    }

    private static func mutation(_ generator: inout Generator) -> String {
        var configuration = original
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            change(&configuration, &generator)
        }
        var bytes = Array("\(configuration)".utf8)
        switch Int.random(in: 0..<8, using: &generator) {
        case 0: bytes.removeLast(Int.random(in: 0..<bytes.count, using: &generator))
        case 1:
            bytes[Int.random(in: 0..<bytes.count, using: &generator)] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 2: bytes += bytes.prefix(Int.random(in: 0..<bytes.count, using: &generator))
        default: break
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Puts another value somewhere in the tree.
    private static func change(_ value: inout JSON, _ generator: inout Generator) {
        let stops = Int.random(in: 0..<4, using: &generator) == 0
        if !stops, let key = value.keys.randomElement(using: &generator) {
            change(&value[key], &generator)
        } else if !stops, let index = value.elements.indices.randomElement(using: &generator) {
            change(&value[index], &generator)
        } else {
            value = values.randomElement(using: &generator) ?? nil
        }
    }
}
