import Glibc
import PlumbAddress
import PlumbFirewall
import PlumbLinux
import PlumbTestSupport
import Testing

/// What packets do, in namespaces of the real kernel.
@Suite(.isolatedNetwork) struct `A published port` {
    private let web = attachment("web", "10.88.0.2", ports: [port(8888, 7777)])

    private let both = attachment("web", "10.88.0.2", "fd00:88::2", ports: [port(8888, 7777)])

    @Test(arguments: [
        (FirewallBackend.iptables, "PLUMB", false), (.iptables, "PLUMB", true), (.iptables, "DOCKER", false),
        (.iptables, "DOCKER", true), (.nftables, "PLUMB", false), (.nftables, "PLUMB", true),
    ])
    func `is reached from outside, from the host and from the container itself`(
        backend: FirewallBackend,
        prefix: String,
        bridgeNetfilter: Bool
    ) throws {
        let lab = try Laboratory(backend, prefix: prefix, bridgeNetfilter: bridgeNetfilter)
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
    @Test(arguments: [
        (FirewallBackend.iptables, "PLUMB", false, true), (.iptables, "PLUMB", true, true),
        (.iptables, "DOCKER", false, false), (.iptables, "DOCKER", true, true), (.nftables, "PLUMB", false, true),
        (.nftables, "PLUMB", true, true),
    ])
    func `is reached from another container of the network`(
        backend: FirewallBackend,
        prefix: String,
        bridgeNetfilter: Bool,
        isReached: Bool
    ) throws {
        let lab = try Laboratory(backend, prefix: prefix, bridgeNetfilter: bridgeNetfilter)
        try lab.host.attach(web, to: lab.network)
        try lab.listen(7777, at: lab.first)

        #expect(try lab.reaches(from: lab.second, to: "10.88.0.1", 8888) == isReached)
        #expect(try lab.reaches(from: lab.second, to: "192.0.2.10", 8888) == isReached)
    }

    @Test(arguments: backends, [false, true]) func `is reached over IPv6 as over IPv4`(
        backend: FirewallBackend,
        bridgeNetfilter: Bool
    ) throws {
        let lab = try Laboratory(backend, bridgeNetfilter: bridgeNetfilter)
        try lab.host.attach(both, to: lab.network)
        let listener = try lab.listen(7777, .tcp, .ipv6, at: lab.first)

        #expect(try lab.reaches(from: lab.neighbour, to: "2001:db8::10", 8888))
        #expect(try listener.acceptPeer() == IPAddress("2001:db8::1"), "the client's own address")
        #expect(try lab.reaches(from: lab.here, to: "2001:db8::10", 8888))
        #expect(try lab.reaches(from: lab.first, to: "fd00:88::1", 8888))
        #expect(try lab.reaches(from: lab.second, to: "fd00:88::1", 8888))
        #expect(try lab.reaches(from: lab.second, to: "2001:db8::10", 8888))
        #expect(try !lab.reaches(from: lab.neighbour, to: "2001:db8::10", 7777))
    }

    /// With iptables, as with Docker, the first rule wins.
    @Test(arguments: [TransportProtocol.udp, .tcp])
    func `of one of the host's addresses goes before one of all with nftables`(transport: TransportProtocol) throws {
        let lab = try Laboratory(.nftables)
        let ports = [port(8888, 1, transport), port(8888, 7777, transport, on: "192.0.2.10")]
        try lab.host.attach(attachment("web", "10.88.0.2", ports: ports), to: lab.network)
        let listener = try lab.listen(7777, transport, at: lab.first)

        let client = try lab.connect(from: lab.neighbour, to: "192.0.2.10", 8888, transport)
        if transport == .tcp {
            #expect(client.failure == 0, "the more specific wins")
            #expect(try lab.connect(from: lab.here, to: "127.0.0.1", 8888).failure == ECONNREFUSED)
        } else {
            try client.send()
            #expect(try listener.receives())
        }
    }

    @Test(arguments: backends) func `of a range leads to the port in its place`(backend: FirewallBackend) throws {
        let lab = try Laboratory(backend)
        let range = PublishedPort(hostAddress: nil, hostPort: 5000, containerPort: 6000, count: 2000, transport: .tcp)
        try lab.host.attach(attachment("web", "10.88.0.2", ports: [range]), to: lab.network)
        for port: UInt16 in [6000, 6001, 7999] { try lab.listen(port, at: lab.first) }

        for port: UInt16 in [5000, 5001, 6999] {
            #expect(try lab.reaches(from: lab.neighbour, to: "192.0.2.10", port), "\(port)")
        }
        #expect(try lab.connect(from: lab.neighbour, to: "192.0.2.10", 5002).failure == ECONNREFUSED)
        #expect(try lab.connect(from: lab.neighbour, to: "192.0.2.10", 4999).failure == ECONNREFUSED)
    }

    @Test(arguments: backends, [IngressPolicy.open, .protected])
    func `is the only way in if the network is protected`(backend: FirewallBackend, ingress: IngressPolicy) throws {
        let lab = try Laboratory(backend, ingress: ingress)
        try lab.host.attach(both, to: lab.network)
        for family in AddressFamily.allCases {
            try lab.listen(family == .ipv4 ? 7777 : 7776, .tcp, family, at: lab.first)
        }
        try lab.listen(7778, at: lab.first)

        #expect(try lab.reaches(from: lab.neighbour, to: "192.0.2.10", 8888))
        #expect(try lab.reaches(from: lab.neighbour, to: "10.88.0.2", 7777) == (ingress == .open))
        #expect(try lab.reaches(from: lab.neighbour, to: "10.88.0.2", 7778) == (ingress == .open))
        #expect(try lab.reaches(from: lab.neighbour, to: "fd00:88::2", 7776) == (ingress == .open))
        #expect(try lab.reaches(from: lab.second, to: "10.88.0.2", 7778))
    }

    @Test(arguments: backends, [true, false]) func `leads no container to its neighbours if they are kept apart`(
        backend: FirewallBackend,
        isApart: Bool
    ) throws {
        let lab = try Laboratory(backend, ingress: isApart ? .isolated : .sameBridge)
        try lab.host.attach(web, to: lab.network)
        try lab.listen(7777, at: lab.first)
        #expect(try lab.reaches(from: lab.neighbour, to: "192.0.2.10", 8888))
        #expect(try lab.reaches(from: lab.second, to: "192.0.2.10", 8888) == !isApart)
    }

    /// Packets for 127.0.0.1 can come from the wire, and DNAT sees them before routing refuses them.
    @Test(arguments: backends, [true, false]) func `of 127.0.0.1 is not reached from outside`(
        backend: FirewallBackend,
        isGuarded: Bool
    ) throws {
        let lab = try Laboratory(backend)
        let local = attachment("web", "10.88.0.2", ports: [port(8888, 7777, on: "127.0.0.1")])
        try lab.host.attach(local, to: lab.network)
        if !isGuarded {
            let isIptables = backend == .iptables
            try lab.host.run(isIptables ? "iptables-legacy -t raw -F" : "nft flush chain inet plumb guard")
        }
        try lab.listen(7777, at: lab.first)
        try lab.inside(lab.neighbour) {
            try lab.host.run("ip route add 127.0.0.0/8 via 192.0.2.10 src 192.0.2.1")
            try Sysctl("net/ipv4/conf/eth0/route_localnet").write("1")
        }

        #expect(try lab.reaches(from: lab.here, to: "127.0.0.1", 8888))
        #expect(try lab.reaches(from: lab.neighbour, to: "127.0.0.1", 8888) == !isGuarded)
    }

    /// A translated packet could never be answered, so a client would wait instead of trying 127.0.0.1 next.
    @Test(arguments: backends) func `refuses connections to ::1 at once`(backend: FirewallBackend) throws {
        let lab = try Laboratory(backend)
        try lab.host.attach(both, to: lab.network)
        #expect(try lab.connect(from: lab.here, to: "::1", 8888).failure == ECONNREFUSED)
    }

    @Test(arguments: backends) func `of another network is not reached by its container's address`(
        backend: FirewallBackend
    ) throws {
        let lab = try Laboratory(backend)
        try lab.host.attach(web, to: lab.network)
        try lab.host.attach(attachment("db", "192.0.2.1"), to: network("uplink0", "192.0.2.0/24"), known: [web])
        try lab.listen(7777, at: lab.first)
        #expect(try !lab.reaches(from: lab.neighbour, to: "10.88.0.2", 7777))
        #expect(try lab.reaches(from: lab.neighbour, to: "192.0.2.10", 8888), "the published port crosses")
    }

    @Test(arguments: backends) func `is closed once it is not published any more`(backend: FirewallBackend) throws {
        let lab = try Laboratory(backend)
        try lab.host.attach(web, to: lab.network)
        try lab.listen(7777, at: lab.first)
        #expect(try lab.reaches(from: lab.neighbour, to: "192.0.2.10", 8888))
        try lab.host.detach([web], from: lab.network)
        #expect(try awaited { try lab.connect(from: lab.neighbour, to: "192.0.2.10", 8888).failure == ECONNREFUSED })
    }

    /// What nftables removes is gone a clock tick later.
    private func awaited(_ condition: () throws -> Bool) throws -> Bool {
        for _ in 0..<100 {
            if try condition() { return true }
            usleep(1000)
        }
        return false
    }
}

private let backends = [FirewallBackend.iptables, .nftables]

@Suite(.isolatedNetwork) struct `A network` {
    @Test(arguments: backends, [true, false]) func `takes the host's address outside if it is to masquerade`(
        backend: FirewallBackend,
        masquerades: Bool
    ) throws {
        let lab = try Laboratory(backend)
        let lan = network("br0", "10.88.0.0/24", "fd00:88::/64", masquerade: masquerades)
        try lab.host.attach(attachment("web", "10.88.0.2", "fd00:88::2"), to: lan)
        try lab.inside(lab.neighbour) {
            try lab.host.run("ip route add 10.88.0.0/24 via 192.0.2.10")
            try lab.host.run("ip -6 route add fd00:88::/64 via 2001:db8::10")
        }
        for (family, neighbour, host, container) in [
            (AddressFamily.ipv4, "192.0.2.1", "192.0.2.10", "10.88.0.2"),
            (.ipv6, "2001:db8::1", "2001:db8::10", "fd00:88::2"),
        ] {
            let number: UInt16 = family == .ipv4 ? 80 : 81
            let listener = try lab.listen(number, .tcp, family, at: lab.neighbour)
            #expect(try lab.connect(from: lab.first, to: neighbour, number).failure == 0, "\(family)")
            #expect(try listener.acceptPeer() == IPAddress(masquerades ? host : container))
        }
    }

    @Test(arguments: backends, [true, false]) func `gives connections random ports unless that is switched off`(
        backend: FirewallBackend,
        randomizes: Bool
    ) throws {
        let lab = try Laboratory(backend)
        let lan = network("br0", "10.88.0.0/24", randomizesPorts: randomizes)
        try lab.host.attach(attachment("web", "10.88.0.2"), to: lan)
        let rules = try lab.host.firewall.rules(of: "PLUMB").flatMap(\.chains).flatMap(\.rules).map(\.text)
        let random = rules.filter { $0.contains("random") && !$0.hasPrefix("counter") }
        #expect(random.isEmpty == !randomizes, "\(rules)")
    }

    @Test(arguments: backends) func `is cut off from all but the host if it is internal`(
        backend: FirewallBackend
    ) throws {
        let lab = try Laboratory(backend)
        let lan = network("br0", "10.88.0.0/24", "fd00:88::/64", isInternal: true)
        try lab.host.attach(attachment("web", "10.88.0.2", "fd00:88::2"), to: lan)
        for node in [lab.here, lab.neighbour, lab.first] {
            for family in AddressFamily.allCases { try lab.listen(family == .ipv4 ? 80 : 81, .tcp, family, at: node) }
        }
        #expect(try lab.reaches(from: lab.first, to: "10.88.0.1", 80))
        #expect(try lab.reaches(from: lab.here, to: "10.88.0.2", 80))
        #expect(try lab.reaches(from: lab.second, to: "10.88.0.2", 80))
        #expect(try !lab.reaches(from: lab.first, to: "192.0.2.1", 80))
        #expect(try !lab.reaches(from: lab.first, to: "2001:db8::1", 81))
        #expect(try !lab.reaches(from: lab.neighbour, to: "10.88.0.2", 80))
        #expect(try !lab.reaches(from: lab.neighbour, to: "fd00:88::2", 81))
    }

    @Test(arguments: backends) func `without hairpins answers at its published ports to outsiders only`(
        backend: FirewallBackend
    ) throws {
        let lab = try Laboratory(backend)
        let lan = network("br0", "10.88.0.0/24", hairpin: false)
        try lab.host.attach(attachment("web", "10.88.0.2", ports: [port(8888, 7777)]), to: lan)
        try lab.listen(7777, at: lab.first)
        #expect(try lab.reaches(from: lab.neighbour, to: "192.0.2.10", 8888))
        #expect(try !lab.reaches(from: lab.second, to: "192.0.2.10", 8888))
    }

    @Test(arguments: backends) func `lets rules of the administrator decide first`(backend: FirewallBackend) throws {
        let lab = try Laboratory(backend)
        try lab.host.attach(attachment("web", "10.88.0.2", ports: [port(8888, 7777)]), to: lab.network)
        try lab.listen(7777, at: lab.first)
        try lab.host.run(
            backend == .iptables
                ? "iptables-legacy -I PLUMB-USER -p tcp -m conntrack --ctorigdstport 8888 --ctdir ORIGINAL -j DROP"
                : "nft add rule inet plumb user meta l4proto tcp ct direction original ct original proto-dst 8888 drop"
        )
        #expect(try !lab.reaches(from: lab.neighbour, to: "192.0.2.10", 8888))
    }
}

@Suite(.isolatedNetwork) struct `Connections that are forgotten` {
    /// A UDP flow whose port has moved from the first container to the second.
    private func moveFlow(
        _ backend: FirewallBackend = .iptables,
        forgetting: (PublishedPort, IPAddress) throws -> Void
    ) throws -> (first: Bool, second: Bool) {
        let lab = try Laboratory(backend)
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

    @Test(arguments: backends) func `are found by the published port`(backend: FirewallBackend) throws {
        let arrival = try moveFlow(backend) { port, _ in try flushConntrack(ports: [port], addresses: []) }
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
