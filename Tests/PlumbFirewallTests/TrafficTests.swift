import Glibc
import PlumbAddress
import PlumbFirewall
import PlumbLinux
import Testing

/// What packets do, in namespaces of the real kernel.
@Suite(.isolatedNetwork) struct `A published port` {
    private let web = attachment("web", "10.88.0.2", ports: [port(8888, 7777)])

    @Test(arguments: [("PLUMB", false), ("PLUMB", true), ("DOCKER", false), ("DOCKER", true)])
    func `is reached from outside, from the host and from the container itself`(
        prefix: String,
        bridgeNetfilter: Bool
    ) throws {
        let lab = try Laboratory(prefix: prefix, bridgeNetfilter: bridgeNetfilter)
        try lab.host.attach(web, to: lab.network)
        let listener = try lab.listen(7777, at: lab.first)

        #expect(try lab.reaches(from: lab.neighbour, to: "192.0.2.10", 8888))
        #expect(try listener.acceptPeer() == IPAddress("192.0.2.1"), "the client's own address")
        #expect(try lab.reaches(from: lab.here, to: "127.0.0.1", 8888))
        #expect(try lab.reaches(from: lab.here, to: "192.0.2.10", 8888))
        #expect(try lab.reaches(from: lab.first, to: "10.88.0.1", 8888))
        #expect(try lab.reaches(from: lab.first, to: "192.0.2.10", 8888))
        #expect(try !lab.reaches(from: lab.neighbour, to: "192.0.2.10", 7777))
    }

    /// Without br_netfilter Docker's rules don't see the answer, which goes over the bridge from the wrong address.
    @Test(arguments: [("PLUMB", false, true), ("PLUMB", true, true), ("DOCKER", false, false), ("DOCKER", true, true)])
    func `is reached from another container of the network`(
        prefix: String,
        bridgeNetfilter: Bool,
        isReached: Bool
    ) throws {
        let lab = try Laboratory(prefix: prefix, bridgeNetfilter: bridgeNetfilter)
        try lab.host.attach(web, to: lab.network)
        try lab.listen(7777, at: lab.first)

        #expect(try lab.reaches(from: lab.second, to: "10.88.0.1", 8888) == isReached)
        #expect(try lab.reaches(from: lab.second, to: "192.0.2.10", 8888) == isReached)
    }

    @Test(arguments: [IngressPolicy.open, .protected])
    func `is the only way in if the network is protected`(ingress: IngressPolicy) throws {
        let lab = try Laboratory(ingress: ingress)
        try lab.host.attach(web, to: lab.network)
        try lab.listen(7777, at: lab.first)
        try lab.listen(7778, at: lab.first)

        #expect(try lab.reaches(from: lab.neighbour, to: "192.0.2.10", 8888))
        #expect(try lab.reaches(from: lab.neighbour, to: "10.88.0.2", 7777) == (ingress == .open))
        #expect(try lab.reaches(from: lab.neighbour, to: "10.88.0.2", 7778) == (ingress == .open))
        #expect(try lab.reaches(from: lab.second, to: "10.88.0.2", 7778))
    }

    /// Packets for 127.0.0.1 can come from the wire, and DNAT sees them before routing refuses them.
    @Test(arguments: [true, false]) func `of 127.0.0.1 is not reached from outside`(isGuarded: Bool) throws {
        let lab = try Laboratory()
        let local = attachment("web", "10.88.0.2", ports: [port(8888, 7777, on: "127.0.0.1")])
        try lab.host.attach(local, to: lab.network)
        if !isGuarded { try lab.host.run("iptables-legacy -t raw -F") }
        try lab.listen(7777, at: lab.first)
        try lab.inside(lab.neighbour) {
            try lab.host.run("ip route add 127.0.0.0/8 via 192.0.2.10 src 192.0.2.1")
            try Sysctl("net/ipv4/conf/eth0/route_localnet").write("1")
        }

        #expect(try lab.reaches(from: lab.here, to: "127.0.0.1", 8888))
        #expect(try lab.reaches(from: lab.neighbour, to: "127.0.0.1", 8888) == !isGuarded)
    }

    /// A translated packet could never be answered, so a client would wait instead of trying 127.0.0.1 next.
    @Test func `refuses connections to ::1 at once`() throws {
        let lab = try Laboratory()
        let network = network("br0", "10.88.0.0/24", "fd00:88::/64")
        try lab.host.attach(attachment("web", "10.88.0.2", "fd00:88::2", ports: [port(8888, 7777)]), to: network)
        #expect(try lab.connect(from: lab.here, to: "::1", 8888).failure == ECONNREFUSED)
    }

    @Test func `of another network is not reached by its container's address`() throws {
        let lab = try Laboratory()
        try lab.host.attach(web, to: lab.network)
        try lab.host.attach(attachment("db", "192.0.2.1"), to: network("uplink0", "192.0.2.0/24"), known: [web])
        try lab.listen(7777, at: lab.first)
        #expect(try !lab.reaches(from: lab.neighbour, to: "10.88.0.2", 7777))
    }
}

@Suite(.isolatedNetwork) struct `Connections that are forgotten` {
    /// A UDP flow whose port has moved from the first container to the second.
    private func moveFlow(forgetting: (PublishedPort, IPAddress) throws -> Void) throws -> (first: Bool, second: Bool) {
        let lab = try Laboratory()
        let dns = port(5353, 53, .udp)
        let old = attachment("old", "10.88.0.2", ports: [dns])
        let new = attachment("new", "10.88.0.3", ports: [dns])
        let first = try lab.listen(53, .udp, at: lab.first)
        let second = try lab.listen(53, .udp, at: lab.second)
        try lab.host.attach(old, to: lab.network)
        let client = try lab.connect(from: lab.neighbour, to: "192.0.2.10", 5353, .udp)
        try client.send()
        #expect(try first.receives())

        try lab.host.detach([old], from: lab.network)
        try lab.host.attach(new, to: lab.network)
        try forgetting(dns, try #require(IPAddress("10.88.0.2")))
        try client.send()
        let reachesSecond = try second.receives()
        return (reachesSecond ? false : try first.receives(), reachesSecond)
    }

    @Test func `would go on to the old container`() throws {
        let arrival = try moveFlow { _, _ in }
        #expect(arrival == (true, false))
    }

    @Test func `are found by the published port`() throws {
        let arrival = try moveFlow { port, _ in try flushConntrack(ports: [port], addresses: []) }
        #expect(arrival == (false, true))
    }

    @Test func `are found by the old container's address`() throws {
        let arrival = try moveFlow { _, address in try flushConntrack(ports: [], addresses: [address]) }
        #expect(arrival == (false, true))
    }

    @Test func `are no others`() throws {
        let arrival = try moveFlow { port, _ in
            let elsewhere = PublishedPort(
                hostAddress: IPAddress("192.0.2.11"),
                hostPort: port.hostPort,
                containerPort: port.containerPort,
                transport: port.transport
            )
            let others = [PlumbFirewallTests.port(5354, 53, .udp), PlumbFirewallTests.port(5353, 53, .sctp), elsewhere]
            try flushConntrack(ports: others, addresses: [try #require(IPAddress("10.88.0.9"))])
        }
        #expect(arrival == (true, false))
    }

    @Test func `may be none`() throws {
        try flushConntrack(ports: [port(1, 1, .udp)], addresses: [try #require(IPAddress("fd00::1"))])
    }
}
