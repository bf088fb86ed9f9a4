import PlumbAddress
import PlumbNetlink
import PlumbTestSupport
import Testing

/// Rules that `ip` makes, and which of them decides on a packet.
@Suite(.isolatedNetwork) struct `Rules of routing` {
    /// The rule that decides on a packet that comes in by a link.
    private func decider(input: String? = "up0", _ family: AddressFamily = .ipv4) throws -> String? {
        let (source, destination) = family == .ipv4 ? ("192.0.2.1", "10.88.0.2") : ("2001:db8::1", "fd00:88::2")
        let socket = try NetlinkSocket.open()
        let rule = try socket.ruleBeforeMain(from: address(source), to: address(destination), input: input)
        return rule.map { "\($0)" }
    }

    @Test(arguments: AddressFamily.allCases)
    func `of a new namespace leave all to the main table`(family: AddressFamily) throws {
        #expect(try decider(family) == nil)
    }

    @Test(arguments: [
        "100: from all blackhole", "100: from all to 10.88.0.0/16 unreachable", "100: from 192.0.2.1/32 prohibit",
        "100: from 192.0.2.0/24 to 10.88.0.2/32 iif up0 blackhole", "100: not from 10.0.0.0/8 prohibit",
        "100: from all iif up0 lookup 77",
    ])
    func `decide on the packets that they pick`(rule: String) throws {
        try add(rule)
        _ = try ip("route", "add", "unreachable", "10.88.0.0/24", "table", "77")
        #expect(try decider() == rule)
    }

    @Test(arguments: [
        "100: from all to 10.99.0.0/16 unreachable", "100: from 192.0.2.2 blackhole", "100: from all iif lo blackhole",
        "100: not from 192.0.2.0/24 prohibit", "100: from all fwmark 7 blackhole", "100: from all oif lo blackhole",
        "100: from all ipproto tcp blackhole", "100: from all dport 7777 blackhole", "100: from all tos 8 blackhole",
        "100: from all lookup 77", "100: from all lookup 78", "32800: from all blackhole", "100: from all lookup main",
        "100: from all goto 32766",
    ])
    func `leave others to the main table`(rule: String) throws {
        try add(rule)
        _ = try ip("route", "add", "unreachable", "10.99.0.0/24", "table", "77")
        if rule.contains("goto") { _ = try ip("rule", "add", "blackhole", "priority", "200") }
        #expect(try decider() == nil)
    }

    @Test func `of IPv6 decide on IPv6 alone`() throws {
        _ = try ip("-6", "rule", "add", "to", "fd00:88::/64", "prohibit", "priority", "100")
        #expect(try decider(.ipv6) == "100: from all to fd00:88::/64 prohibit")
        #expect(try decider() == nil)
    }

    @Test func `for the namespace's own packets name the interface lo`() throws {
        try add("100: from all iif lo blackhole")
        #expect(try decider(input: nil) == "100: from all iif lo blackhole")
    }

    /// Adds a rule that is written as `ip rule` prints it.
    private func add(_ rule: String) throws {
        let words = rule.split(separator: " ").map(String.init)
        let priority = try #require(words.first?.dropLast())
        let line = "ip rule add priority \(priority) \(words.dropFirst().joined(separator: " "))"
        _ = try output(of: ["sh", "-c", line])
    }
}
