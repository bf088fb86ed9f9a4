import Glibc
import PlumbLinux
import PlumbTestSupport
import Testing

/// What no command on the host mends, or what only impairs a path.
@Suite struct `A path is told to be broken where` {
    @Test func `nobody listens in the container`() throws {
        let site = try Site(ports: [.port(8888, 7777), .port(9999, 7000)])
        #expect(try site.isSilent(9999))
        #expect(try site.expectBroken(at: "listener", "nobody listens at 7000/tcp", "9999/tcp") == [])
        #expect(try site.path("9999/tcp").found.contains("somebody does at 7777"))
        let server = try Server("late", in: site.container.namespace, port: 7000)
        #expect(try site.host.lan.ask(.tcp, Family.ipv4.host, 9999).server == server.name)
        try site.expectWhole("9999/tcp")
    }

    @Test func `the server listens at 127-0-0-1 alone`() throws {
        let site = try Site(ports: [.port(8888, 7777), .port(9999, 7000)])
        let shy = try Server("shy", in: site.container.namespace, port: 7000, at: ["127.0.0.1"])
        #expect(try site.isSilent(9999))
        try site.expectBroken(at: "listener", "listens at 127.0.0.1:7000 alone", "9999/tcp")
        #expect(try site.path("9999/tcp").advice?.contains("0.0.0.0") == true)
        withExtendedLifetime(shy) {}
    }

    @Test(arguments: ["eth0", "veth"])
    func `the ends of the link take packets of different sizes`(end: String) throws {
        let site = try Site()
        let veth = try #require(site.result["interfaces"][1]["name"].string)
        if end == "eth0" {
            try site.container.namespace.require("ip", "link", "set", "eth0", "mtu", "9000")
        } else {
            try site.host.namespace.require("ip", "link", "set", veth, "mtu", "1300")
        }
        #expect(try site.answers(), "small packets pass")
        try site.mend(try site.expectBroken(at: "mtu", "are lost without a word"))
        try site.expectWhole()
    }

    @Test(arguments: Transport.allCases)
    func `a process of the host holds the port`(transport: Transport) throws {
        let site = try Site()
        let keeper = try PortKeeper(transport, "0.0.0.0", 8888, in: site.host.namespace, arguments: ["-c", "other"])
        let port = "8888/\(transport.rawValue)"
        let commands = try site.expectBroken(at: "host port", "sh (process \(keeper.pid)) holds \(port)", port)
        #expect(commands == [])
        let report = try site.path(port)
        #expect(report.found.contains("is shadowed while the rule of the published port stands"))
        #expect(report.advice?.contains("Stop the process (\(keeper.pid))") == true, "\(report.reply)")
        try site.run("kill \(keeper.pid)")
        #expect(try eventually { try site.path(port).verdict == "whole" })
        withExtendedLifetime(keeper) {}
    }

    @Test(arguments: ["bridge", "host veth"])
    func `a link is gone, which plumb repair makes anew`(hop: String) throws {
        let site = try Site()
        let veth = try #require(site.result["interfaces"][1]["name"].string)
        try site.run("ip link del \(hop == "bridge" ? "web0" : veth)")
        #expect(try site.isSilent())
        let commands = try site.expectBroken(at: hop, "is gone")
        #expect(commands == ["plumb repair server --state-dir \(site.host.stateDirectory)"])
        try site.mendByPlumb(commands)
        #expect(try site.answers())
        try site.expectWhole()
    }

    @Test func `the container is gone with its sandbox`() throws {
        let site = try Site(ports: [.port(8888, 7777)])
        let other = try site.host.container("other")
        try site.host.attach(other, .network(ports: [.port(9999, 80)]))
        other.namespace.close()
        // The kernel takes the pair away a moment after the namespace.
        #expect(try eventually { try site.path("9999/tcp").broken == "host veth" })
        let report = try site.path("9999/tcp")
        #expect(report.found.hasPrefix("the container is gone: neither "), "\(report.reply)")
        try site.mendByPlumb(report.mending)
        #expect(try site.path("9999/tcp").reply.result.errors.contains("no container publishes 9999/tcp"))
        try site.expectWhole()
    }

    @Test func `its state can't be told, as the sandbox has lost its path and its processes`() throws {
        let site = try Site()
        // Its sockets keep it alive.
        site.container.namespace.close()
        #expect(try site.answers())
        let report = try site.path()
        #expect(report.reply.result.status == .exited(2) && report.verdict == "unknown", "\(report.reply)")
    }

    @Test(arguments: [
        ("to 10.88.0.2 blackhole", "is refused, by the rule \"100: from all to 10.88.0.2/32 blackhole\""),
        ("iif uplink0 to 10.88.0.0/24 prohibit", "by the rule \"100: from all to 10.88.0.0/24 iif uplink0 prohibit\""),
        ("from 192.0.2.0/24 lookup 77", "by uplink0 and not by web0, by the rule \"100: from 192.0.2.0/24 lookup 77\""),
    ])
    func `a rule of routing keeps packets from the container, which no route mends`(rule: String, text: String) throws {
        let site = try Site()
        // A rule whose table says nothing of the container has no part in it.
        try site.run("ip route add 198.18.0.0/15 dev uplink0 table 76 && ip rule add lookup 76 priority 90")
        try site.run("ip route add 10.88.0.2 dev uplink0 table 77")
        try site.expectWhole()
        try site.run("ip rule add \(rule) priority 100")
        #expect(try site.isSilent())
        #expect(try site.expectBroken(at: "route", text) == [])
        #expect(try site.path().advice?.contains("ip rule") == true)
        try site.run("ip rule del priority 100")
        #expect(try site.answers())
        try site.expectWhole()
    }

    @Test(arguments: ["0", "1"])
    func `a rule of routing keeps the answers back, which no route mends`(filter: String) throws {
        let site = try Site()
        for name in ["all", "uplink0", "web0"] {
            try site.host.namespace.setSysctl("ipv4/conf/\(name)/rp_filter", filter)
        }
        try site.run("ip rule add from 10.88.0.0/24 to 192.0.2.0/24 unreachable priority 100")
        #expect(try site.isSilent())
        let hop = filter == "0" ? "answer" : "reverse path"
        let rule = "100: from 10.88.0.0/24 to 192.0.2.0/24 unreachable"
        #expect(try site.expectBroken(at: hop, "by the rule \"\(rule)\"") == [])
        #expect(try site.path().advice?.contains("ip rule") == true)
    }

    @Test func `a rule of routing in the container keeps the answers, which no route mends`() throws {
        let site = try Site()
        try site.container.namespace.require("ip", "rule", "add", "to", "192.0.2.0/24", "prohibit", "priority", "100")
        #expect(try site.isSilent())
        let text = "by the rule \"100: from all to 192.0.2.0/24 prohibit\" in it"
        #expect(try site.expectBroken(at: "way back", text) == [])
    }

    @Test func `the host has taken the container's address`() throws {
        let site = try Site()
        try site.run("ip address add 10.88.0.2/32 dev uplink0")
        #expect(try site.isSilent())
        #expect(try site.expectBroken(at: "route", "ends at the host, which has that address itself") == [])
        #expect(try site.path().advice?.contains("ip address show to 10.88.0.2") == true)
    }

    /// How many connections the kernel tracks at most, in each namespace.
    private static let mostConnections: Int = {
        do {
            return try Sysctl("net/netfilter/nf_conntrack_max").read().flatMap { Int($0) } ?? .max
        } catch {
            return .max
        }
    }()

    @Test(.enabled(if: mostConnections <= 1 << 19, "the kernel tracks too many connections to fill its table"))
    func `the table of connections is full`() throws {
        let site = try Site()
        let folder = try TemporaryFolder()
        let lines = (0..<Self.mostConnections).map { number in
            "-I -p udp -s 198.18.\(number >> 16).1 -d 198.19.0.1 --sport \((number & 0x7FFF) + 1) "
                + "--dport \((number >> 15 & 1) + 1) --timeout 600 -u ASSURED,SEEN_REPLY"
        }
        let path = "\(folder.path)/connections"
        try FileDescriptor.open(path, O_WRONLY | O_CREAT, mode: 0o600).writeAll(
            Array(lines.joined(separator: "\n").utf8)
        )
        _ = try site.host.namespace.run("conntrack", "-R", path)
        #expect(try site.isSilent())
        let commands = try site.expectBroken(
            at: "conntrack",
            "is full (\(Self.mostConnections) of \(Self.mostConnections))"
        )
        #expect(commands == ["sysctl -w net.netfilter.nf_conntrack_max=\(Self.mostConnections * 2)"])
        // The limit is the machine's, so the test makes room instead.
        try site.host.namespace.require("conntrack", "-F")
        #expect(try site.answers())
        try site.expectWhole()
    }
}
