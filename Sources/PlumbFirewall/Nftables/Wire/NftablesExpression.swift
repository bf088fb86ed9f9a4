import CLibnl

/// A step of a rule; a rule's steps are carried out in order until one does not match.
///
/// Registers are counted in words of 4 bytes, from 0 to 15.
enum NftablesExpression: Hashable, Sendable {
    /// Loads what the kernel knows of a packet.
    case meta(nft_meta_keys, into: Int)
    /// Loads bytes of a packet.
    case payload(nft_payload_bases, offset: UInt32, length: UInt32, into: Int)
    /// Loads what connection tracking knows; the direction is nil for what has none.
    case connection(nft_ct_keys, direction: UInt8? = nil, into: Int)
    /// Loads what a look into the routing tables says.
    case route(nft_fib_result, flags: UInt32, into: Int)
    /// Matches if a register compares with bytes.
    case compare(Int, nft_cmp_ops, [UInt8])
    /// Matches if a register is within two values, or beyond them.
    case range(Int, isOutside: Bool, from: [UInt8], to: [UInt8])
    /// Clears and flips bits.
    case mask(Int, into: Int, and: [UInt8], xor: [UInt8])
    /// Matches if a set holds what begins at a register, or does not hold it; loads what a map has for it.
    case lookup(set: String, from: Int, into: Int? = nil, isInverted: Bool = false)
    /// Follows the verdict that a map has for what begins at a register.
    case verdictLookup(map: String, from: Int)
    /// Ends the rule with a verdict.
    case verdict(NftablesVerdict)
    /// Loads bytes.
    case immediate([UInt8], into: Int)
    /// Translates addresses; the registers hold address and port.
    case translate(nft_nat_types, family: NftablesFamily, address: Int?, port: Int?, flags: UInt32 = 0)
    /// Gives packets the address of the interface that they leave by.
    case masquerade(flags: UInt32 = 0)
    /// Refuses a packet and tells its sender; what by is the message's type and code.
    case reject(nft_reject_types, code: UInt8)
    /// Counts packets; equal whatever it has counted.
    case counter(Count)
    /// A match of iptables-nft: name, revision and the extension's own bytes.
    case xtMatch(String, revision: UInt32, info: [UInt8])
    /// A target of iptables-nft, such as `REJECT`.
    case xtTarget(String, revision: UInt32, info: [UInt8])
    /// What plumb knows no more of than its name and its attributes.
    case other(String, [UInt8])

    /// What a counter has counted, which makes no difference between rules.
    struct Count: Hashable, Sendable {
        var packets: UInt64 = 0
        var bytes: UInt64 = 0

        static func == (left: Count, right: Count) -> Bool { true }
        func hash(into hasher: inout Hasher) {}
    }

    /// A counter that begins at zero.
    static var counter: NftablesExpression { .counter(Count()) }
}
