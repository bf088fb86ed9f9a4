import PlumbCNI
import Testing

/// SplitMix64 (Steele, Lea and Flood 2014), so that every run tries the same inputs.
private struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

private let original = Array(
    #"""
    {"cniVersion":"1.1.0","name":"web","type":"bridge","mtu":1450,"vlan":7,"subnet":"10.0.0.0/8","extra":{"a":["\u00e4\n",1.5]},
    "ipam":{"type":"x","ranges":[[{"weight":0.5,"priority":3}]]},"dns":{"nameservers":["1.1.1.1"]},"args":{"cni":{"labels":[{"key":"k","value":"v"}]}},
    "runtimeConfig":{"portMappings":[{"hostPort":80,"containerPort":1e2}],"ipRanges":[[{"subnet":"fd00::/64"}]]},
    "prevResult":{"interfaces":[{"name":"eth0"}],"ips":[{"address":"10.0.0.2/8","interface":0}],"routes":
    [{"dst":"0.0.0.0/0","mtu":-1}]},"cni.dev/valid-attachments":[{"containerID":"a","ifname":"b"}]}
    """#.utf8
)

private let splices = [
    "{", "}", "[", "]", "\"", "\\", ",", ":", "-", "1e999", "99999999999999999999", "null", "\\ud800", "\u{0}", "-0.0",
    "0.5", "7e9",
].map { Array($0.utf8) }

private func mutate(_ bytes: inout [UInt8], using generator: inout Generator) {
    let position = Int.random(in: 0..<max(bytes.count, 1), using: &generator)
    guard !bytes.isEmpty else { return }
    switch Int.random(in: 0..<5, using: &generator) {
    case 0: bytes.removeSubrange(position...)
    case 1: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
    case 2: bytes.insert(contentsOf: bytes[position...].prefix(64), at: position)
    case 3: bytes.insert(contentsOf: splices.randomElement(using: &generator) ?? [], at: position)
    default: bytes.removeSubrange(position..<min(position + 4, bytes.count))
    }
}

@Suite struct `Damaged input` {
    @Test(arguments: 0..<8) func `is read or refused, and never traps`(seed: Int) {
        var generator = Generator(state: UInt64(seed))
        var refused = 0
        for _ in 0..<500 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...4, using: &generator) { mutate(&bytes, using: &generator) }
            do throws(CNIError) {
                let configuration = try Configuration.decode(bytes)
                _ = try configuration.prevResult?.json(version: configuration.cniVersion)
            } catch {
                refused += 1
                #expect(!error.message.isEmpty)
                #expect(error.message.count < 300)
                #expect([1, 6, 7].contains(error.code.rawValue))
                if error.code == .invalidConfiguration { #expect(!error.message.hasPrefix("the object:")) }
            }
            do throws(CNIError) {
                #expect(isValidName(try Configuration.decodeForRemoval(bytes).name))
            } catch {
                #expect([1, 6, 7].contains(error.code.rawValue))
            }
        }
        #expect((1..<500).contains(refused))
    }

    @Test func `is a fair test, since the original is accepted`() throws {
        #expect(try Configuration.decode(original).settings.vlan == 7)
    }
}
