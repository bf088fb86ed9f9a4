import CLibnl
import Testing

@testable import PlumbFirewall

private let table = NftablesTable(family: .inet, name: "filter")

private func rule(_ chain: String = "forward", _ expressions: NftablesExpression...) -> NftablesRule {
    NftablesRule(table: table, chain: chain, expressions: expressions)
}

private let drop = NftablesExpression.verdict(.drop)

/// Matches packets that came in by an interface, or by any other.
private func input(_ name: String, isNegated: Bool = false) -> [NftablesExpression] {
    let name = Array(name.utf8) + Array(repeating: 0, count: 16 - name.utf8.count)
    return [.meta(NFT_META_IIFNAME, into: 0), .compare(0, isNegated ? NFT_CMP_NEQ : NFT_CMP_EQ, name)]
}

private func state(_ bits: UInt8) -> [NftablesExpression] {
    [
        .connection(NFT_CT_STATE, into: 0), .mask(0, into: 0, and: [bits, 0, 0, 0], xor: [0, 0, 0, 0]),
        .compare(0, NFT_CMP_NEQ, [0, 0, 0, 0]),
    ]
}

@Suite struct `What becomes of all packets in a chain` {
    private func fate(_ rules: [NftablesRule], chains: [String: [NftablesRule]] = [:]) throws -> ForeignFate {
        try ForeignFate(of: rules) { chains[$0] ?? [] }
    }

    @Test func `is told by rules that pick none of them`() throws {
        #expect(try fate([]) == .reachingEnd)
        #expect(try fate([rule("forward", .counter, drop)]) == .dropped)
        #expect(try fate([rule("forward", .other("log", []), .reject(NFT_REJECT_ICMPX_UNREACH, code: 3))]) == .dropped)
        #expect(try fate([rule("forward", .xtTarget("REJECT", revision: 0, info: []))]) == .dropped)
        #expect(try fate([rule("forward", .verdict(.accept)), rule("forward", drop)]) == .accepted)
        #expect(try fate([rule("forward", .verdict(.return)), rule("forward", drop)]) == .returned)
    }

    @Test func `is not told by rules that pick some`() throws {
        for picking in [input("web0"), state(1), [.other("limit", [])], [.xtMatch("mark", revision: 1, info: [])]] {
            var some = rule()
            some.expressions = picking + [drop]
            #expect(try fate([some]) == .reachingEnd, "\(picking)")
        }
        for picking in [input("lo", isNegated: true), state(1 << 3)] {
            var most = rule()
            most.expressions = picking + [drop]
            #expect(try fate([most]) == .dropped, "\(picking)")
        }
    }

    @Test func `is told by the chains that they are sent to`() throws {
        let dropping = ["a": [rule("a", .verdict(.jump("b")))], "b": [rule("b", drop)]]
        #expect(try fate([rule("forward", .verdict(.jump("a")))], chains: dropping) == .dropped)
        let harmless = ["a": [rule("a", .verdict(.return)), rule("a", drop)]]
        #expect(try fate([rule("forward", .verdict(.jump("a")))], chains: harmless) == .reachingEnd)
        #expect(
            try fate([rule("forward", .verdict(.goto("a"))), rule("forward", drop)], chains: harmless) == .returned
        )
        let endless = ["a": [rule("a", .verdict(.jump("a")))]]
        #expect(try fate([rule("forward", .verdict(.jump("a")))], chains: endless) == .reachingEnd)
    }

    @Test func `follows the policy where no rule tells`() {
        #expect(ForeignFate.dropped.isDropped(by: false))
        #expect(!ForeignFate.accepted.isDropped(by: true))
        for fate in [ForeignFate.returned, .reachingEnd] {
            #expect(fate.isDropped(by: true) && !fate.isDropped(by: false))
        }
    }
}

@Suite struct `The changes of a chain of somebody else` {
    private let accept = ForeignAccept(network: network("web0", "10.88.0.0/24"))

    private func chain(drops: Bool) -> NftablesChain {
        let hook = NftablesChain.Hook(type: "filter", number: 2, priority: 0, dropsByDefault: drops)
        return NftablesChain(table: table, name: "forward", hook: hook)
    }

    private var own: [NftablesRule] {
        accept.lines(for: chain(drops: true)).enumerated().map { index, line in
            var rule = line.rule(in: chain(drops: true))
            rule.handle = UInt64(index + 1)
            return rule
        }
    }

    private func commands(_ rules: [NftablesRule], drops: Bool = true) throws -> [String] {
        try ForeignChain(chain: chain(drops: drops), rules: rules).changes(for: accept) { _ in [] }.map(\.command)
    }

    private let insertions = [
        "nft insert rule inet filter forward oifname \"web0\" ct status dnat counter accept "
            + "comment \"plumb bridge web0\"",
        "nft insert rule inet filter forward oifname \"web0\" ct state established,related counter accept "
            + "comment \"plumb bridge web0\"",
        "nft insert rule inet filter forward iifname \"web0\" counter accept comment \"plumb bridge web0\"",
    ]

    @Test func `are the network's rules, the last one first, where it drops`() throws {
        #expect(try commands([]) == insertions)
        #expect(try commands([], drops: false) == [])
        #expect(try commands([rule("forward", .counter, drop)], drops: false) == insertions)
    }

    @Test func `are none where the network's rules are reached`() throws {
        let other = ForeignAccept(network: network("db0", "10.89.0.0/24")).lines(for: chain(drops: true))
        let others = other.map { $0.rule(in: chain(drops: true)) }
        #expect(try commands(others + own + [rule("forward", drop)]) == [])
        #expect(try commands([rule("forward", .counter)] + own) == [])
    }

    @Test func `take the network's rules to the top where they are not reached, or not all there`() throws {
        let removals = (1...3).map { "nft delete rule inet filter forward handle \($0)" }
        #expect(try commands([rule("forward", drop)] + own) == removals + insertions)
        #expect(try commands(own.dropLast()) == removals.dropLast() + insertions)
        #expect(try commands(own.reversed()) == removals.reversed() + insertions)
    }
}
