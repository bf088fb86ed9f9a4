import PlumbAddress
import PlumbTestSupport
import Testing

@testable import PlumbFirewall

@Suite(.isolatedNetwork) struct `Restoring some of a bridge's attachments` {
    /// Containers of one network may have addresses of different subnets of its range set.
    @Test(arguments: [FirewallBackend.iptables, .nftables])
    func `leaves the others what they have`(backend: FirewallBackend) throws {
        let host = try Host(backend)
        let near = network("br0", "10.9.0.0/30")
        let far = network("br0", "10.10.0.0/24")
        let first = attachment("first", "10.9.0.2", ports: [port(81, 80)])
        let second = attachment("second", "10.10.0.2", ports: [port(82, 80)])
        try host.attach(first, to: near)
        try host.attach(second, to: far, known: [first])
        let known = Set([first, second].map(\.mark.id))
        #expect(try host.firewall.restore([(first, near)], dryRun: false) { known } == [])
        #expect(try host.firewall.differences(second, in: far) == [])
    }
}
