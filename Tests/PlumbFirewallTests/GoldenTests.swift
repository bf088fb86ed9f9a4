import PlumbAddress
import PlumbTestSupport
import Testing

@testable import PlumbFirewall

/// A host that gets with plumb what a captured host got with Docker, step by step.
private final class DockerLike {
    let host: Host
    let docker0 = network("docker0", "172.17.0.0/16", prefix: "DOCKER")
    private var known: [AttachmentPolicy] = []

    init() throws { host = try Host() }

    /// `docker network create`, or the start of dockerd: plumb makes a network for its first container.
    func create(_ network: NetworkPolicy) throws {
        try run(attachment("silent-\(network.bridge)", "\(network.subnets[0].firstAddress)"), on: network)
    }

    /// What `docker run` does.
    func run(_ container: AttachmentPolicy, on network: NetworkPolicy) throws {
        known.removeAll { $0.mark == container.mark }
        try host.attach(container, to: network, known: known)
        known.append(container)
    }

    /// What `docker rm --force` does.
    func remove(_ container: AttachmentPolicy, from network: NetworkPolicy) throws {
        known.removeAll { $0.mark == container.mark }
        try host.detach([container], from: network, known: known)
    }

    /// Runs the steps of a case, and compares after each of them with the stage that was captured then.
    func follow(
        _ name: String,
        hasProxy: Bool = true,
        families: [AddressFamily] = [.ipv4],
        isOrdered: Bool = true,
        _ steps: [() throws -> Void]
    ) throws {
        let stages = try DockerCapture.stages(of: name)
        #expect(stages.count == steps.count)
        for (stage, step) in zip(stages, steps) {
            try step()
            for family in families {
                let capture = try DockerCapture(stage, family)
                let docker = hasProxy ? capture.withoutUserlandProxy() : capture
                for table in ["mangle", "nat", "filter"] {
                    var ours = Self.content(try host.saved(table, family))
                    var theirs = Self.content(docker.tables[table])
                    // Where Docker's order varies from run to run, the rules still are the same.
                    if !isOrdered { (ours, theirs) = (ours.sorted(), theirs.sorted()) }
                    #expect(ours == theirs, "\(stage), \(family) \(table)")
                }
            }
            try expectGuard(at: stage)
        }
    }

    /// The lines of a table; none for one that nobody has put anything in, whether or not it exists.
    private static func content(_ table: [String]?) -> [String] {
        let lines = table ?? []
        return lines.allSatisfy { $0.hasPrefix(":") && $0.hasSuffix(" ACCEPT") } ? [] : lines
    }

    /// What plumb has beyond Docker: the guard of 127.0.0.0/8, in a table that Docker 20.10 leaves alone.
    private func expectGuard(at stage: String) throws {
        #expect(
            try host.saved("raw") == [
                ":PREROUTING ACCEPT", ":OUTPUT ACCEPT", ":DOCKER -", "-A PREROUTING -j DOCKER",
                "-A DOCKER -d 127.0.0.0/8 ! -i lo -j DROP",
            ],
            "\(stage)"
        )
        #expect(try host.saved("raw", .ipv6) == nil, "\(stage)")
    }
}

@Suite(.isolatedNetwork) struct `With the prefix DOCKER the rules are Docker's own` {
    private let docker: DockerLike
    private var docker0: NetworkPolicy { docker.docker0 }
    private let plb0 = network("plb0", "10.88.0.0/24", prefix: "DOCKER")
    private let plb1 = network("plb1", "10.89.0.0/24", prefix: "DOCKER")

    init() throws { docker = try DockerLike() }

    @Test func `for one port`() throws {
        let c1 = attachment("c1", "172.17.0.2", ports: [port(8888, 7777)])
        try docker.follow(
            "one-port",
            [
                { try docker.create(docker0) },
                { try docker.run(c1, on: docker0) },
                { try docker.remove(c1, from: docker0) },
            ]
        )
    }

    @Test(arguments: [
        (0..<4).map { port(5000 + $0, 6000 + $0) },
        [PublishedPort(hostAddress: nil, hostPort: 5000, containerPort: 6000, count: 4, transport: .tcp)],
    ])
    func `for many ports, one by one or as a range`(ports: [PublishedPort]) throws {
        let others = [port(80, 80), port(9999, 53, .udp, on: "127.0.0.1")]
        let c1 = attachment("c1", "172.17.0.2", ports: others + ports)
        try docker.follow(
            "many-ports",
            isOrdered: false,
            [
                { try docker.create(docker0) },
                { try docker.run(c1, on: docker0) },
                { try docker.remove(c1, from: docker0) },
            ]
        )
    }

    @Test func `for a port of SCTP`() throws {
        let c2 = attachment("c2", "172.17.0.2", ports: [port(80, 80), port(3868, 3868, .sctp)])
        try docker.follow(
            "sctp",
            [
                { try docker.create(docker0) },
                { try docker.run(c2, on: docker0) },
                { try docker.remove(c2, from: docker0) },
            ]
        )
    }

    @Test func `as containers come and the first of them goes`() throws {
        let c1 = attachment("c1", "172.17.0.2", ports: [port(8881, 7777)])
        let c2 = attachment("c2", "172.17.0.3", ports: [port(8882, 7777)])
        let c3 = attachment("c3", "172.17.0.2", ports: [port(8880, 7777)])
        try docker.follow(
            "two-containers",
            [
                { try docker.create(docker0) },
                { try docker.run(c1, on: docker0) },
                { try docker.run(c2, on: docker0) },
                { try docker.remove(c1, from: docker0) },
                { try docker.run(c3, on: docker0) },
                { for container in [c2, c3] { try docker.remove(container, from: docker0) } },
            ]
        )
    }

    @Test func `for a port at one address of the host`() throws {
        let c1 = attachment("c1", "172.17.0.2", ports: [port(8080, 80, on: "192.0.2.10")])
        try docker.follow(
            "host-address",
            [
                { try docker.create(docker0) },
                { try docker.run(c1, on: docker0) },
                { try docker.remove(c1, from: docker0) },
            ]
        )
    }

    @Test func `for one port at two addresses of the host`() throws {
        let c1 = attachment("c1", "172.17.0.2", ports: [port(80, 80)])
        let c5 = attachment("c5", "172.17.0.3", ports: [port(90, 90, on: "127.0.0.1")])
        let c6 = attachment("c6", "172.17.0.4", ports: [port(90, 90, on: "192.0.2.10")])
        try docker.follow(
            "one-port-at-two-addresses",
            [
                { try docker.create(docker0) },
                { try docker.run(c1, on: docker0) },
                { for container in [c5, c6] { try docker.run(container, on: docker0) } },
            ]
        )
    }

    @Test func `for several networks`() throws {
        let plb2 = network("plb2", "10.90.0.0/24", prefix: "DOCKER")
        let c1 = attachment("c1", "10.88.0.2", ports: [port(8881, 7777)])
        let c2 = attachment("c2", "10.89.0.2", ports: [port(8882, 7777)])
        let c0 = attachment("c0", "172.17.0.2", ports: [port(8880, 7777)])
        try docker.follow(
            "three-networks",
            [
                { try docker.create(docker0) },
                { try docker.create(plb0) },
                { try docker.create(plb1) },
                { try docker.run(c1, on: plb0) },
                { try docker.run(c2, on: plb1) },
                { try docker.run(c0, on: docker0) },
                { try docker.create(plb2) },
                {
                    try docker.remove(c1, from: plb0)
                    try docker.host.firewall.removeNetwork(plb0)
                },
            ]
        )
    }

    @Test func `for an internal network`() throws {
        let plb0 = network("plb0", "10.88.0.0/24", isInternal: true, prefix: "DOCKER")
        // Docker leaves the port out that is asked for; plumb refuses it long before.
        let c1 = attachment("c1", "10.88.0.2")
        try docker.follow(
            "internal-network",
            [
                { try docker.create(docker0) },
                { try docker.create(plb0) },
                { try docker.run(c1, on: plb0) },
                {
                    try docker.remove(c1, from: plb0)
                    try docker.host.firewall.removeNetwork(plb0)
                },
            ]
        )
    }

    @Test(arguments: [("containers-kept-apart", true, IngressPolicy.isolated), ("no-masquerade", false, .open)])
    func `for a network that differs`(name: String, masquerade: Bool, ingress: IngressPolicy) throws {
        let plb0 = network("plb0", "10.88.0.0/24", masquerade: masquerade, ingress: ingress, prefix: "DOCKER")
        let c1 = attachment("c1", "10.88.0.2", ports: [port(8888, 7777)])
        try docker.follow(
            name,
            [
                { try docker.create(docker0) },
                { try docker.create(plb0) },
                { try docker.run(c1, on: plb0) },
                {
                    try docker.remove(c1, from: plb0)
                    try docker.host.firewall.removeNetwork(plb0)
                },
            ]
        )
    }

    @Test func `after a network is gone`() throws {
        let c1 = attachment("c1", "10.88.0.2", ports: [port(8888, 7777)])
        let c2 = attachment("c2", "172.17.0.2", ports: [port(8889, 7777)])
        try docker.follow(
            "network-removed",
            [
                { try docker.create(docker0) },
                {
                    try docker.run(c1, on: plb0)
                    try docker.run(c2, on: docker0)
                },
                { try docker.remove(c1, from: plb0) },
                { try docker.host.firewall.removeNetwork(plb0) },
                { try docker.remove(c2, from: docker0) },
            ]
        )
    }

    /// Docker publishes a container's ports on one of its networks, and moves them when that changes.
    @Test func `for a container on two networks`() throws {
        func onN1(_ ports: PublishedPort...) -> AttachmentPolicy { attachment("c1-n1", "10.88.0.2", ports: ports) }
        func onN2(_ ports: PublishedPort...) -> AttachmentPolicy { attachment("c1-n2", "10.89.0.2", ports: ports) }
        let onBridge = attachment("c1-bridge", "172.17.0.2", ports: [port(8888, 7777)])
        try docker.follow(
            "container-on-two-networks",
            [
                { try docker.create(docker0) },
                {
                    for network in [plb0, plb1] { try docker.create(network) }
                    try docker.run(onN1(port(8888, 7777)), on: plb0)
                },
                { try docker.run(onN2(), on: plb1) },
                {
                    try docker.remove(onN1(), from: plb0)
                    try docker.run(onN2(port(8888, 7777)), on: plb1)
                },
                {
                    try docker.run(onN2(), on: plb1)
                    try docker.run(onN1(port(8888, 7777)), on: plb0)
                },
                { try docker.remove(onN2(), from: plb1) },
                {
                    try docker.run(onN1(), on: plb0)
                    try docker.run(onBridge, on: docker0)
                },
                { try docker.remove(onN1(), from: plb0) },
            ]
        )
    }

    @Test func `among rules of others`() throws {
        for rule in [
            "-A FORWARD -i uplink0 -o uplink0 -m comment --comment user-f1 -j ACCEPT",
            "-A FORWARD -m comment --comment user-f2 -j REJECT",
            "-A INPUT -i uplink0 -m comment --comment user-i1 -j ACCEPT",
            "-A OUTPUT -m comment --comment user-o1 -j ACCEPT",
            "-t nat -A PREROUTING -m comment --comment user-p1 -j ACCEPT",
            "-t nat -A OUTPUT -m comment --comment user-no1 -j ACCEPT",
            "-t nat -A POSTROUTING -m comment --comment user-po1 -j ACCEPT",
            "-N DOCKER-USER",
            "-A DOCKER-USER -m comment --comment user-du1 -j DROP",
        ] { try docker.host.run("iptables-legacy \(rule)") }
        let c1 = attachment("c1", "172.17.0.2", ports: [port(8888, 7777)])
        let c2 = attachment("c2", "10.88.0.2", ports: [port(9999, 7777)])
        try docker.follow(
            "rules-of-others",
            [
                { try docker.create(docker0) },
                { try docker.run(c1, on: docker0) },
                { try docker.create(plb0) },
                { try docker.run(c2, on: plb0) },
                {
                    try docker.remove(c1, from: docker0)
                    try docker.remove(c2, from: plb0)
                    try docker.host.firewall.removeNetwork(plb0)
                },
            ]
        )
    }

    @Test func `beside rules in the user chain`() throws {
        let c1 = attachment("c1", "172.17.0.2", ports: [port(8888, 7777)])
        func iptables(_ rule: String) throws { try docker.host.run("iptables-legacy \(rule)") }
        try docker.follow(
            "user-chain",
            [
                { try docker.create(docker0) },
                {
                    try iptables("-I DOCKER-USER -i uplink0 ! -s 192.0.2.0/24 -j DROP")
                    try iptables("-A DOCKER-USER -m comment --comment unreachable-after-RETURN -j DROP")
                },
                { try iptables("-I FORWARD -m comment --comment user-on-top -j ACCEPT") },
                {
                    try docker.create(plb0)
                    try docker.run(c1, on: docker0)
                },
            ]
        )
    }

    @Test func `as they were captured without the userland proxy`() throws {
        let c1 = attachment("c1", "172.17.0.2", ports: [port(8888, 7777)])
        let c2 = attachment("c2", "172.17.0.3", ports: [port(9999, 53, .udp, on: "127.0.0.1")])
        let c3 = attachment("c3", "10.88.0.2", ports: [port(8889, 7777)])
        try docker.follow(
            "userland-proxy-off",
            hasProxy: false,
            [
                { try docker.create(docker0) },
                { try docker.run(c1, on: docker0) },
                { try docker.run(c2, on: docker0) },
                { try docker.create(plb0) },
                { try docker.run(c3, on: plb0) },
                {
                    for container in [c1, c2] { try docker.remove(container, from: docker0) }
                    try docker.remove(c3, from: plb0)
                    try docker.host.firewall.removeNetwork(plb0)
                },
            ]
        )
    }

    @Test func `in both families`() throws {
        let docker0 = network("docker0", "172.17.0.0/16", "fd00:17::/64", prefix: "DOCKER")
        let c1 = attachment("c1", "172.17.0.2", "fd00:17::242:ac11:2", ports: [port(8888, 7777)])
        try docker.follow(
            "dual-stack",
            hasProxy: false,
            families: [.ipv4, .ipv6],
            [
                { try docker.create(docker0) },
                { try docker.run(c1, on: docker0) },
                { try docker.remove(c1, from: docker0) },
            ]
        )
    }

    /// The same commands were captured with the proxy and without it.
    @Test(arguments: ["1-daemon", "2-run"]) func `as the captures with the proxy tell`(stage: String) throws {
        let derived = try DockerCapture("one-port/\(stage)").withoutUserlandProxy()
        #expect(try derived == DockerCapture("userland-proxy-off/\(stage)"))
    }
}

@Suite struct `The ports of a container with the prefix DOCKER` {
    /// Docker sorts by a comparison that is no ordering; these are the cases in which it always comes out the same.
    @Test(
        arguments: [
            ([port(5000, 6000), port(5001, 6001), port(5002, 6002)], [5002, 5001, 5000]),
            ([port(8080, 80), port(8081, 80)], [8081, 8080]),
            ([port(8081, 80), port(8080, 80)], [8080, 8081]),
            ([port(5353, 53, .udp), port(5354, 53, .udp)], [5354, 5353]),
            ([port(3868, 3868, .sctp), port(80, 80)], [3868, 80]),
        ] as [([PublishedPort], [UInt16])]
    )
    func `are in Docker's order`(ports: [PublishedPort], hostPorts: [UInt16]) {
        #expect(ports.inDockerOrder.map(\.hostPort) == hostPorts)
    }

    @Test func `are first those of TCP`() {
        let ports = [port(53, 53, .sctp), port(53, 53, .udp), port(53, 53)]
        #expect(ports.inDockerOrder.map(\.transport) == [.tcp, .udp, .sctp])
    }
}
