import PlumbTestSupport
import Testing

@Suite struct `Without a configuration` {
    /// A call as somebody at a shell makes it.
    private func call(_ command: String, _ container: Container, _ variables: [String: String] = [:]) -> PlumbCall {
        var call = PlumbCall(command, container: container.id, environment: variables)
        call.interface = nil
        call.sandbox = command == "ADD" ? "\(container.namespace.pid)" : nil
        return call
    }

    @Test func `a process number and a published port are enough`() throws {
        let host = try TestHost()
        let container = try host.container("web")
        let empty = try host.state(with: [container])
        let reply = try host.plumb(call("ADD", container, ["PLUMB_PUBLISH": "8888:7777"]))
        #expect(reply.succeeded, "\(reply)")
        #expect(reply.json["cniVersion"] == "1.1.0")
        #expect(reply.json["interfaces"][2]["name"] == "eth0")
        #expect(reply.json["ips"][0]["address"] == "10.87.0.2/16")
        let server = try Server("web", in: container.namespace, port: 7777)
        #expect(try host.lan.ask(.tcp, Family.ipv4.host, 8888).server == server.name)
        #expect(try host.namespace.ask(.tcp, "127.0.0.1", 8888).server == server.name)

        let removal = try host.plumb(call("DEL", container))
        #expect(removal.succeeded && removal.result.output.isEmpty, "\(removal)")
        #expect(try host.remains() == [])
        // The network goes with its last container, since nobody configured it.
        let links = try host.namespace.ip("link").elements.compactMap { $0["ifname"].string }
        #expect(links == ["lo", "uplink0"])
        let changes = try host.state(with: [container]).changes(since: empty)
        #expect(changes.filter { $0.contains(": -A") && !$0.contains("PLUMB-USER") } == [])
    }

    @Test func `a path names the sandbox as well`() throws {
        let host = try TestHost()
        let container = try host.container("web")
        var call = call("ADD", container)
        call.sandbox = container.namespace.path
        #expect(try host.plumb(call).succeeded)
        call.command = "DEL"
        #expect(try host.plumb(call).succeeded)
        #expect(try host.remains() == [])
    }

    @Test(arguments: Family.allCases)
    func `containers are protected`(family: Family) throws {
        let host = try TestHost()
        let container = try host.container("web")
        let variables = [
            "PLUMB_SUBNET": "10.88.0.0/24,fd00:88::/64",
            "PLUMB_PUBLISH": "8888:7777,\(family == .ipv4 ? family.host : "[\(family.host)]"):9999:7777/udp",
        ]
        let reply = try host.plumb(call("ADD", container, variables))
        #expect(reply.succeeded, "\(reply)")
        try host.lan.require("ip", "route", "add", family.subnet, "via", family.host)
        let server = try Server("web", in: container.namespace, port: 7777)
        #expect(try host.lan.ask(.tcp, family.host, 8888).server == server.name)
        #expect(try host.lan.ask(.udp, family.host, 9999).server == server.name)
        #expect(try !host.lan.askInVain(.udp, family.host, 8888).isAnswer)
        #expect(try !host.lan.askInVain(.tcp, family.container(0), 7777).isAnswer)
        let outside = try Server("outside", in: host.lan, port: 80, at: [family.lan])
        #expect(try container.namespace.ask(.tcp, family.lan, 80) == .from(outside.name, sawPeer: family.host))
    }

    @Test func `variables decide about everything that a configuration could`() throws {
        let host = try TestHost()
        let container = try host.container("web")
        let reply = try host.plumb(
            call(
                "ADD",
                container,
                [
                    "CNI_IFNAME": "net7", "PLUMB_SUBNET": "10.5.0.0/24", "PLUMB_GATEWAY": "10.5.0.254",
                    "PLUMB_IP": "10.5.0.9",
                    "PLUMB_MAC": "02:00:00:00:00:09", "PLUMB_MTU": "1333", "PLUMB_NETWORK": "blue",
                    "PLUMB_BRIDGE": "blue0",
                    "PLUMB_CHAIN_PREFIX": "BLUE", "PLUMB_PUBLISH": "7000-7002:80-82",
                ]
            )
        )
        #expect(reply.succeeded, "\(reply)")
        let link = try container.namespace.ip("address", "show")[1]
        #expect(link["mtu"] == 1333 && link["address"] == "02:00:00:00:00:09", "\(link)")
        #expect(link["addr_info"][0]["local"] == "10.5.0.9")
        #expect(try container.namespace.ip("-4", "route", "show", "default")[0]["gateway"] == "10.5.0.254")
        let bridge = try host.namespace.ip("-4", "address", "show", "blue0")[0]
        #expect(bridge["addr_info"][0]["local"] == "10.5.0.254")
        #expect(try host.firewallRules().contains { $0.contains("-A BLUE ") && $0.contains("--dport 7000:7002") })
        #expect(try host.show()["attachments"][0]["network"] == "blue")
    }

    @Test(arguments: [
        (["PLUMB_PUBLISH": "8888:"], 7, "8888:"), (["PLUMB_PUBLISH": "80:0"], 7, "80:0"),
        (["PLUMB_PUBLISH": "2-1"], 7, "2-1"), (["PLUMB_HOST_IP": "home"], 7, "home"),
        (["PLUMB_PUBLISH": "70000:80"], 7, "70000"), (["PLUMB_PUBLISH": "80:80/icmp"], 7, "icmp"),
        (["PLUMB_PUBLISH": "home:80:80"], 7, "home"), (["PLUMB_PUBLISH": "80:80,80:81"], 7, "80/tcp"),
        (["PLUMB_PUBLISH": "80-82:80-81"], 7, "80-82:80-81"), (["PLUMB_SUBNET": "10.0.0.1/8"], 7, "10.0.0.1/8"),
        (["PLUMB_GATEWAY": "192.0.2.1"], 7, "192.0.2.1"), (["PLUMB_IP": "nowhere"], 7, "nowhere"),
        (["PLUMB_MAC": "1:2"], 7, "1:2"), (["PLUMB_MTU": "many"], 7, "many"), (["PLUMB_NETWORK": "a/b"], 7, "a/b"),
        (["PLUMB_BRIDGE": "a/b"], 7, "a/b"), (["PLUMB_MASQUERADE": "perhaps"], 7, "perhaps"),
        (["PLUMB_INGRESS_POLICY": "shut"], 7, "shut"), (["PLUMB_CHAIN_PREFIX": "-"], 7, "-"),
        (["PLUMB_FIREWALL": "pf"], 7, "pf"), (["PLUMB_PUBLISHED": "80:80"], 4, "PLUMB_PUBLISHED"),
        (["PLUMB_CONFIG": "/missing.json"], 5, "/missing.json"),
    ])
    func `a variable that makes no sense is refused by name and changes nothing`(
        variables: [String: String],
        code: Int,
        value: String
    ) throws {
        let host = try TestHost()
        let container = try host.container("web")
        let before = try host.state(with: [container])
        let reply = try host.plumb(call("ADD", container, variables))
        #expect(reply.result.status == .exited(1) && reply.code == code, "\(reply)")
        for word in variables.keys + [value] { #expect(reply.message.contains(word), "\(reply)") }
        #expect(try host.state(with: [container]).changes(since: before) == [])
    }

    @Test(arguments: ["CHECK", "GC", "STATUS"])
    func `other commands say what they need`(command: String) throws {
        let host = try TestHost()
        var call = call(command, try host.container("web"))
        call.sandbox = host.lan.path
        let reply = try host.plumb(call)
        #expect(reply.result.status == .exited(1) && reply.code == 4, "\(reply)")
        #expect(reply.message.contains(command) && !reply.details.isEmpty, "\(reply)")
    }

    @Test func `a file may hold the configuration`() throws {
        let host = try TestHost()
        let container = try host.container("web")
        var call = host.call("ADD", container, .network())
        call.environment["PLUMB_CONFIG"] = try host.folder.write("network.json", call.configuration)
        call.configuration = ""
        let reply = try host.plumb(call)
        #expect(reply.json["ips"][0]["address"] == "10.88.0.2/24", "\(reply)")
    }
}
