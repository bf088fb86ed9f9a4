import PlumbTestSupport
import Testing

@Suite struct `The question for a path` {
    @Test(arguments: [
        (["8888"], "second", "192.0.2.10"), (["8888", "--from", "host"], "second", "192.0.2.10"),
        (["8888", "--from", "localhost"], "first", "127.0.0.1"), (["127.0.0.1:8888"], "first", "127.0.0.1"),
        (["8888", "--from", "127.0.0.1"], "first", "127.0.0.1"), (["192.0.2.10:8888"], "second", "192.0.2.10"),
        (["9999", "--ipv6"], "second", "2001:"), (["9999", "--from", "2001:db8::1"], "second", "2001:"),
        (["9999", "--from", "192.0.2.1"], "first", "192.0.2.10"), (["0.0.0.0:9999"], "first", "192.0.2.10"),
        (["[::]:9999/TCP"], "second", "2001:"),
    ])
    func `is for the container that the client reaches`(words: [String], container: String, called: String) throws {
        let host = try TestHost()
        let containers = [
            try host.publish("first", [.port(8888, 80, at: "127.0.0.1"), .port(9999, 80, at: "0.0.0.0")]),
            try host.publish("second", [.port(8888, 80, at: Family.ipv4.host), .port(9999, 80, at: "::")]),
        ]
        let reply = try host.plumb(PlumbCall(arguments: ["show", "path"] + words + ["--json"]))
        #expect(reply.json["container"].string == container, "\(reply)")
        #expect(reply.json["calledAddress"].string?.hasPrefix(called) == true, "\(reply)")
        #expect(reply.json["broken"].string == "listener", "\(reply)")
        withExtendedLifetime(containers) {}
    }

    @Test func `names what tells containers apart that a client reaches at the same port`() throws {
        let host = try TestHost()
        let containers = [
            try host.publish("first", [.port(9999, 80, at: "0.0.0.0")]),
            try host.publish("second", [.port(9999, 80, at: "::")]),
        ]
        let reply = try host.plumb(PlumbCall(arguments: ["show", "path", "9999"]))
        #expect(reply.result.status == .exited(2), "\(reply)")
        #expect(reply.result.errors.contains("more than one container: 0.0.0.0:9999->80/tcp of first"), "\(reply)")
        #expect(reply.result.errors.hasSuffix("as well: 0.0.0.0:9999/tcp, [::]:9999/tcp\n"), "\(reply)")
        withExtendedLifetime(containers) {}
    }

    @Test(arguments: ["", "0.0.0.0", "224.0.0.1", "255.255.255.255", "::", "ff02::1", "::ffff:192.0.2.1"])
    func `makes no sense from where nobody is`(client: String) throws {
        let site = try Site()
        let reply = try site.host.plumb(PlumbCall(arguments: ["show", "path", "8888", "--from", client]))
        #expect(reply.result.status == .exited(2), "\(reply)")
        #expect(reply.result.errors.hasPrefix("Error: --from: no "), "\(reply)")
        #expect(reply.result.output.isEmpty)
    }

    @Test func `tells why nobody at a link's own address of IPv6 is answered`() throws {
        let site = try Site()
        #expect(try site.answers(8888, .ipv6))
        try site.host.lan.require("ip", "address", "add", "fe80::99/64", "dev", "lan0", "nodad")
        try site.host.lan.require("ip", "-6", "route", "replace", Family.ipv6.host, "dev", "lan0", "src", "fe80::99")
        #expect(try site.isSilent(8888, .ipv6))
        #expect(try site.expectBroken(at: "client", "forwards none", from: "fe80::99", .ipv6) == [])
        try site.expectWhole(from: Family.ipv6.lan, .ipv6)
    }

    @Test func `can't be answered without the store, which is no proof that the port is not published`() throws {
        let site = try Site()
        try site.run("for file in \(site.host.stateDirectory)/*.sqlite; do printf garbage >$file; done")
        let reply = try site.host.plumb(PlumbCall(arguments: ["show", "path", "8888"]))
        #expect(reply.result.status == .exited(2), "\(reply)")
        #expect(reply.result.errors.hasPrefix("Error: who publishes 8888/tcp can't be told: "), "\(reply)")
        #expect(reply.result.errors.contains("damaged"), "\(reply)")
    }

    @Test func `is about the usual store where the name of another is empty`() throws {
        let site = try Site()
        let reply = try site.host.plumb(PlumbCall(arguments: ["show", "path", "8888", "--state-dir", ""]))
        #expect(reply.succeeded, "\(reply)")
    }

    @Test func `is answered by what keeps IPv6 from localhost`() throws {
        let host = try TestHost()
        let container = try host.publish("first", [.port(9999, 80, at: "::")])
        let words = ["show", "path", "[::]:9999", "--from", "localhost", "--json"]
        let reply = try host.plumb(PlumbCall(arguments: words))
        #expect(reply.json["broken"].string == "translation", "\(reply)")
        #expect(reply.result.output.contains("ports are not published at ::1"), "\(reply)")
        withExtendedLifetime(container) {}
    }
}

extension TestHost {
    /// Attaches a container of both families that publishes ports; it is gone with what is returned.
    fileprivate func publish(_ id: String, _ ports: [JSON]) throws -> Container {
        let container = try container(id)
        try attach(container, .network(Family.allCases, ports: ports))
        return container
    }
}
