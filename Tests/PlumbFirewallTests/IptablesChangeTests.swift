import Glibc
import PlumbAddress
import PlumbTestSupport
import Testing

@testable import PlumbFirewall

@Suite(.isolatedNetwork) struct `A change while another program ignores the lock` {
    let lan = network("br0", "10.88.0.0/24")
    let table = IptablesChange.Table(family: .ipv4, name: .filter)
    let host: Host

    init() throws { host = try Host() }

    /// Ensures the network while a number of foreign rules get in between planning and commit.
    private func ensure(disturbances: Int) throws -> Int {
        var plans = 0
        try IptablesChange.make([table], reading: ReadingInterest(), of: [lan]) { table, plan in
            plans += 1
            IptablesNetwork(lan, .ipv4).ensure(table.name, in: &plan)
            guard plans <= disturbances else { return }
            do {
                try host.run("iptables-legacy -A INPUT -s 10.0.0.\(plans) -j ACCEPT")
            } catch {
                Issue.record(error)
            }
        }
        return plans
    }

    @Test func `is planned anew and loses no rule`() throws {
        #expect(try ensure(disturbances: 2) == 3)
        let saved = try host.saved("filter") ?? []
        #expect(saved.filter { $0.hasPrefix("-A INPUT") }.count == 2)
        #expect(saved.filter { $0 == "-A FORWARD -o br0 -j PLUMB" }.count == 1)
    }

    @Test func `is given up after a while`() throws {
        let error = #expect(throws: FirewallError.self) { try ensure(disturbances: .max) }
        #expect(error?.errno == EAGAIN)
        #expect(error?.operation == "commit the iptables table filter")
    }
}
