import CNetfilter
import PlumbAddress
import PlumbTestSupport
import Testing

@testable import PlumbFirewall

/// Chains and rules of somebody else's, with everything that a table has: counters, jumps forwards and back, gotos, rules
/// that only count, matches and targets that plumb doesn't know.
private let foreign = """
    *filter
    :INPUT DROP [3:180]
    :FORWARD ACCEPT [10:1000]
    :OUTPUT ACCEPT [7:70]
    :aardvark - [0:0]
    :middle - [0:0]
    :zebra - [0:0]
    [5:500] -A INPUT -p tcp -m tcp --dport 22 -j zebra
    [1:100] -A FORWARD -j middle
    [2:200] -A FORWARD -m limit --limit 3/min -j LOG --log-prefix "seen "
    [4:400] -A FORWARD -m comment --comment "only counts"
    [0:0] -A FORWARD -g aardvark
    [8:800] -A middle -j aardvark
    [9:900] -A middle -j RETURN
    [6:600] -A zebra -j middle
    [11:1100] -A zebra -j REJECT --reject-with icmp-port-unreachable
    COMMIT

    """

@Suite(.isolatedNetwork) struct `A table` {
    let host: Host

    init() throws { host = try Host() }

    private func restore(_ text: String, _ family: AddressFamily) throws {
        let text = family == .ipv4 ? text : text.replacing("icmp-port", with: "icmp6-port")
        let script = "\(family.iptables)-legacy-restore -c <<'END'\n\(text)END"
        let result = try command(["sh", "-c", script], lock: host.lockPath)
        try #require(result.status == 0, "\(result.output)")
    }

    private func saved(_ family: AddressFamily) throws -> [String] {
        try host.run("\(family.iptables)-legacy-save -c -t filter").split(separator: "\n")
            .filter { !$0.hasPrefix("#") }.map(String.init)
    }

    @Test(arguments: AddressFamily.allCases)
    func `keeps the rules, jumps and counters of others`(family: AddressFamily) throws {
        try restore(foreign, family)
        let before = try saved(family)
        let jump = Rule(target: .jump("newcomer"))
        let snapshot = try IptablesTable.snapshot(.filter, family)
        #expect(
            try snapshot.commit([
                .create(chain: "newcomer"),
                .insert(Rule(target: .jump("zebra")), chain: "newcomer", at: 0),
                .insert(jump, chain: "FORWARD", at: 2),
                .insert(jump, chain: "INPUT", at: 1),
            ])
        )
        let own = [
            ":newcomer - [0:0]", "[0:0] -A INPUT -j newcomer", "[0:0] -A FORWARD -j newcomer",
            "[0:0] -A newcomer -j zebra",
        ]
        let between = try saved(family)
        #expect(between.filter { !own.contains($0) } == before)
        #expect(between.filter(own.contains) == own)
        #expect(between.firstIndex(of: own[0]) == between.firstIndex(of: ":middle - [0:0]").map { $0 + 1 })
        #expect(between.firstIndex(of: own[2]) == between.firstIndex { $0.contains("-j LOG") }.map { $0 + 1 })

        let second = try IptablesTable.snapshot(.filter, family)
        #expect(
            try second.commit([
                .remove(chain: "FORWARD", at: 2), .remove(chain: "INPUT", at: 1), .remove(chain: "newcomer", at: 0),
                .delete(chain: "newcomer"),
            ])
        )
        #expect(try saved(family) == before)
    }

    @Test(arguments: AddressFamily.allCases) func `is read as iptables prints it`(family: AddressFamily) throws {
        try restore(foreign, family)
        let snapshot = try IptablesTable.snapshot(.filter, family)
        #expect(snapshot.chainNames() == ["INPUT", "FORWARD", "OUTPUT", "aardvark", "middle", "zebra"])
        #expect(snapshot.policy(of: "INPUT") == "DROP")
        #expect(snapshot.policy(of: "FORWARD") == "ACCEPT")
        #expect(snapshot.policy(of: "zebra") == nil)
        var targets: [String] = []
        var packets: [UInt64] = []
        for chain in snapshot.chainNames() {
            snapshot.forEachRule(of: chain) { rule, targetName in
                targets.append(targetName())
                packets.append(rule.counters.pcnt)
            }
        }
        #expect(targets == ["zebra", "middle", "LOG", "", "aardvark", "aardvark", "RETURN", "middle", "REJECT"])
        #expect(packets == [5, 1, 2, 4, 0, 8, 9, 6, 11])
    }

    @Test func `that somebody else changed since is not committed`() throws {
        let first = try IptablesTable.snapshot(.filter, .ipv4)
        try host.run("iptables-legacy -A FORWARD -j ACCEPT")
        #expect(try !first.commit([.insert(Rule(target: .drop), chain: "FORWARD", at: 0)]))
        #expect(try host.saved("filter")?.filter { $0.hasPrefix("-A") } == ["-A FORWARD -j ACCEPT"])
    }

    @Test func `refuses what makes no sense and stays as it is`() throws {
        try restore(foreign, .ipv4)
        let before = try saved(.ipv4)
        let jump = Rule(target: .jump("nowhere"))
        let loop = Rule(target: .jump("zebra"))
        let refused: [(TablePlan.Edit, reason: String)] = [
            (.create(chain: "zebra"), "-N zebra in the iptables table filter: File exists"),
            (.create(chain: String(repeating: "x", count: 29)), "Invalid argument"),
            (.delete(chain: "nowhere"), "-X nowhere in the iptables table filter: No such file or directory"),
            (.delete(chain: "INPUT"), "-X INPUT in the iptables table filter: Invalid argument"),
            (.delete(chain: "zebra"), "-X zebra in the iptables table filter: Directory not empty"),
            (.delete(chain: "aardvark"), "-X aardvark in the iptables table filter: Too many links"),
            (.insert(jump, chain: "FORWARD", at: 0), "No such file or directory"),
            (.insert(loop, chain: "aardvark", at: 1), "Argument list too long"),
            (.remove(chain: "FORWARD", at: 4), "-D FORWARD 5 in the iptables table filter: Argument list too long"),
            (
                .insert(loop, chain: "zebra", at: 0),
                "commit the iptables table filter: Too many levels of symbolic links"
            ),
        ]
        for (edit, reason) in refused {
            let snapshot = try IptablesTable.snapshot(.filter, .ipv4)
            let error = #expect(throws: FirewallError.self) { _ = try snapshot.commit([edit]) }
            #expect(error?.description.contains(reason) == true, "\(error?.description ?? "nothing")")
            #expect(error?.kind == .refused)
        }
        #expect(try saved(.ipv4) == before)
    }

    @Test func `with thousands of chains keeps all jumps`() throws {
        let chains = (0..<2000).map { "chain\($0)" }
        let lines =
            ["*filter"] + chains.map { ":\($0) - [0:0]" }
            + chains.indices.dropFirst().map { "-A chain\($0) -j chain\($0 - 1)" }
            + ["COMMIT", ""]
        try restore(lines.joined(separator: "\n"), .ipv4)
        let before = try saved(.ipv4)
        let rule = Rule(target: .jump("chain7"))
        #expect(try IptablesTable.snapshot(.filter, .ipv4).commit([.insert(rule, chain: "FORWARD", at: 0)]))
        #expect(try saved(.ipv4).filter { $0 != "[0:0] -A FORWARD -j chain7" } == before)
    }
}
