import PlumbTestSupport
import Testing

@Suite struct `The path to a published port` {
    @Test(arguments: ["lan", "host", "localhost", "neighbour", "stranger", "server", Family.ipv4.lan])
    func `is whole for everybody who is answered`(client: String) throws {
        let site = try Site()
        let neighbour = try site.neighbour()
        let stranger = try site.host.container("stranger")
        try site.host.attach(stranger, .otherNetwork)
        let (namespace, address) =
            switch client {
            case "host": (site.host.namespace, Family.ipv4.host)
            case "localhost": (site.host.namespace, "127.0.0.1")
            case "neighbour": (neighbour.namespace, Family.ipv4.host)
            case "stranger": (stranger.namespace, Family.ipv4.host)
            case "server": (site.container.namespace, Family.ipv4.host)
            default: (site.host.lan, Family.ipv4.host)
            }
        for transport in Transport.allCases {
            #expect(try namespace.ask(transport, address, 8888).server == "server")
            try site.expectWhole("8888/\(transport.rawValue)", from: client)
        }
    }

    @Test(arguments: ["lan", "host", "neighbour", "server"])
    func `is whole in IPv6 as well`(client: String) throws {
        let site = try Site()
        let neighbour = try site.neighbour()
        try site.expectWhole(from: client, .ipv6)
        let report = try site.path(from: client, .ipv6)
        #expect(report.reply.json["containerAddress"].string == Family.ipv6.container(0))
        withExtendedLifetime(neighbour) {}
    }

    @Test(arguments: [
        ("neighbour", "10.88.0.3"), ("the container itself", "10.88.0.2"), ("the host (192.0.2.11)", "192.0.2.11"),
        ("the host (10.88.0.1)", "10.88.0.1"), ("localhost", "127.0.0.1"), ("192.0.2.1", "192.0.2.1"),
        ("198.51.100.1", "198.51.100.1"),
    ])
    func `is that of whoever has the address`(name: String, address: String) throws {
        let site = try Site()
        let neighbour = try site.neighbour()
        let report = try site.path(from: address)
        #expect(report.verdict == "whole", "\(report.reply)")
        #expect(report.reply.json["client"].string == name)
        #expect(report.reply.json["clientAddress"].string == address)
        #expect(report.hops.contains("forward") == !name.contains("host"), "\(report.hops)")
        withExtendedLifetime(neighbour) {}
    }

    @Test func `is that of a container's network by which its packets leave`() throws {
        let site = try Site()
        let client = try site.neighbour()
        try site.host.attach(client, .otherNetwork, interface: "eth1")
        for (gateway, interface, address) in [("10.99.0.1", "eth1", "10.99.0.2"), ("10.88.0.1", "eth0", "10.88.0.3")] {
            try client.namespace.require("ip", "route", "replace", "default", "via", gateway, "dev", interface)
            #expect(try client.namespace.ask(.tcp, Family.ipv4.host, 8888).isAnswer)
            let report = try site.path(from: "neighbour")
            #expect(report.verdict == "whole", "\(report.reply)")
            #expect(report.reply.json["clientAddress"].string == address)
        }
    }

    @Test func `comes in by the link that leads back to the client`() throws {
        let site = try Site()
        let host = site.host
        try site.run("ip link add uplink1 type veth peer name lan1 netns \(host.lan.pid)")
        try site.run("ip address add 203.0.113.10/24 dev uplink1 && ip link set uplink1 up")
        try host.lan.require("sh", "-c", "ip address add 203.0.113.1/24 dev lan1 && ip link set lan1 up")
        let isAnswered: (Duration) throws -> Bool = {
            try host.lan.ask(.tcp, "203.0.113.10", 8888, limit: $0).isAnswer
        }
        #expect(try isAnswered(.seconds(5)))
        let report = try site.path(from: "203.0.113.1")
        #expect(report.verdict == "whole", "\(report.reply)")
        #expect(report.reply.json["calledAddress"].string == "203.0.113.10")
        try site.run("iptables-legacy -t raw -A PREROUTING -i uplink1 -p tcp --dport 8888 -j DROP")
        #expect(try !isAnswered(.milliseconds(400)))
        try site.mend(try site.expectBroken(at: "prerouting", "drops packets to 203.0.113.10", from: "203.0.113.1"))
        #expect(try isAnswered(.seconds(5)))
        try site.expectWhole()
    }

    @Test func `leads to the host's address that the port is bound to`() throws {
        let site = try Site(ports: JSON.ports(8888, 7777, at: Family.ipv4.secondHost))
        try site.expectWhole()
        #expect(try site.path().reply.json["calledAddress"].string == Family.ipv4.secondHost)
    }

    @Test func `is not there for the LAN when the port is bound to 127-0-0-1`() throws {
        let site = try Site(ports: JSON.ports(8888, 7777, at: "127.0.0.1"))
        #expect(try site.isSilent())
        #expect(try site.expectBroken(at: "translation", "published at 127.0.0.1 alone") == [])
        try site.expectWhole(from: "localhost")
        let neighbour = try site.neighbour()
        #expect(try !neighbour.namespace.askInVain(.tcp, Family.ipv4.host, 8888).isAnswer)
        #expect(try site.expectBroken(at: "translation", "published at 127.0.0.1 alone", from: "neighbour") == [])
    }

    @Test func `is closed between the isolated ports of a bridge that passes packets to the firewall`() throws {
        let site = try Site(configure: { $0["portIsolation"] = true })
        let neighbour = try site.neighbour()
        let isAnswered = try neighbour.namespace.askInVain(.tcp, Family.ipv4.host, 8888).isAnswer
        #expect(try site.path(from: "neighbour").verdict == (isAnswered ? "whole" : "broken"))
    }

    @Test func `changes nothing on the host`() throws {
        let site = try Site()
        let before = try site.host.state(with: [site.container])
        for client in ["lan", "localhost", "server"] { _ = try site.path(from: client) }
        #expect(try site.host.state(with: [site.container]).changes(since: before) == [])
    }

    @Test func `is told to people hop by hop`() throws {
        let site = try Site()
        let whole = try site.host.plumb(PlumbCall(arguments: ["show", "path", "8888/tcp"])).result.output
        #expect(
            whole.hasPrefix(
                "from the LAN (192.0.2.1) to 192.0.2.10:8888/tcp, which leads to server at 10.88.0.2:7777\n"
            )
        )
        #expect(whole.contains("✓  translation       192.0.2.10:8888 becomes 10.88.0.2:7777"), "\(whole)")
        #expect(whole.hasSuffix("\n\n✓  the path is whole\n"), "\(whole)")
        try site.host.namespace.require("ip", "link", "set", "web0", "down")
        let broken = try site.host.plumb(PlumbCall(arguments: ["show", "path", "8888"])).result.output
        #expect(broken.contains("✗  bridge"), "\(broken)")
        #expect(broken.contains("✗  the path is broken at the hop \"bridge\""), "\(broken)")
        #expect(broken.split(separator: "web0 is down", omittingEmptySubsequences: false).count == 2, "\(broken)")
        #expect(broken.hasSuffix("\n     fix: ip link set dev web0 up\n"), "\(broken)")
    }

    @Test(arguments: [
        (["8889/tcp"], "no container publishes 8889/tcp", "*:8888->7777/tcp of server"),
        (["8888/tcp", "--from", "nobody"], "no container is called \"nobody\"", "server"),
        (["8888/xyz"], "\"8888/xyz\" is no published port", "8888/tcp"),
        (["0"], "\"0\" is no published port", "8888/tcp"),
        (["somewhere:8888"], "\"somewhere:8888\" is no published port", "192.0.2.10:53/udp"),
        (["192.0.2.10:8888", "--from", "2001:db8::1"], "192.0.2.10 and 2001:db8::1 are not of one family", "--ipv6"),
        (["8888", "--from", "192.0.2.1", "--ipv6"], "192.0.2.1 and --ipv6 are not of one family", "IPv4 or IPv6"),
        (["127.0.0.1:8888", "--ipv6"], "127.0.0.1 and --ipv6 are not of one family", "either IPv4 or IPv6"),
    ])
    func `can't be told where the question makes no sense`(words: [String], message: String, advice: String) throws {
        let site = try Site(ports: [.port(8888, 7777)])
        let reply = try site.host.plumb(PlumbCall(arguments: ["show", "path"] + words))
        #expect(reply.result.status == .exited(2), "\(reply)")
        #expect(reply.result.errors.contains(message), "\(reply)")
        #expect(reply.result.errors.contains(advice), "\(reply)")
        #expect(reply.result.output.isEmpty, "\(reply)")
    }

    @Test(arguments: [["--ipv6"], ["--from", "2001:db8::1"], ["--from", "::1"]])
    func `can't be told in a family that the port is not published in`(words: [String]) throws {
        let site = try Site(ports: JSON.ports(8888, 7777, at: Family.ipv4.host))
        let reply = try site.host.plumb(PlumbCall(arguments: ["show", "path", "8888"] + words))
        #expect(reply.result.status == .exited(2), "\(reply)")
        let message = "8888/tcp is not published in IPv6: 192.0.2.10:8888->7777/tcp of server leads to"
        #expect(reply.result.errors.contains(message), "\(reply)")
        #expect(reply.result.errors.contains("in IPv4"), "\(reply)")
    }

    @Test func `is followed in the family of the client's address`() throws {
        let site = try Site()
        for client in [Family.ipv6.lan, Family.ipv6.container(0)] {
            let report = try site.path(from: client)
            #expect(report.verdict == "whole", "\(report.reply)")
            #expect(report.reply.json["containerAddress"].string == Family.ipv6.container(0))
        }
    }

    @Test(arguments: ["lan", "198.51.100.1", "neighbour"])
    func `does not lead from elsewhere to 127-0-0-1`(client: String) throws {
        let site = try Site()
        let neighbour = try site.neighbour()
        let text = "packets to 127.0.0.1 never leave who sends them"
        #expect(try site.expectBroken(at: "client", text, "127.0.0.1:8888/tcp", from: client) == [])
        for caller in ["localhost", "host"] {
            let report = try site.path("127.0.0.1:8888", from: caller)
            #expect(report.verdict == "whole", "\(report.reply)")
            #expect(report.reply.json["calledAddress"].string == "127.0.0.1")
        }
        let unnamed = try site.host.plumb(PlumbCall(arguments: ["show", "path", "127.0.0.1:8888", "--json"]))
        #expect(unnamed.json["client"].string == "localhost" && unnamed.json["verdict"].string == "whole", "\(unnamed)")
        withExtendedLifetime(neighbour) {}
    }

    @Test func `leads to the address that is asked for`() throws {
        let site = try Site()
        for client in ["localhost", "lan", "host", "server"] {
            let report = try site.path("192.0.2.11:8888", from: client)
            #expect(report.verdict == "whole", "\(report.reply)")
            #expect(report.reply.json["calledAddress"].string == "192.0.2.11")
        }
        let text = "192.0.2.99 is no address of this host"
        #expect(try site.expectBroken(at: "translation", text, "192.0.2.99:8888") == [])
    }

    @Test func `can't be told without the right to look`() throws {
        let site = try Site()
        // The store is open to the user, the kernel's rules and the sandbox are not.
        let reply = try site.host.plumb(
            {
                var call = PlumbCall(arguments: ["show", "path", "8888/tcp"])
                call.launcher = ["setpriv", "--bounding-set=-net_admin,-sys_admin,-net_raw"]
                return call
            }()
        )
        #expect(reply.result.status == .exited(2), "\(reply)")
        #expect(reply.result.output.contains("can't be"), "\(reply)")
        #expect(reply.result.output.contains("ermission") || reply.result.output.contains("not permitted"), "\(reply)")
    }
}
