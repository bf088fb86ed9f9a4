import PlumbTestSupport
import Testing

@Suite struct `The harness` {
    @Test(arguments: Family.allCases, Transport.allCases)
    func `asks servers across namespaces`(family: Family, transport: Transport) throws {
        let host = try TestHost()
        let server = try Server("neighbour", in: host.lan, port: 80, at: [family.lan, family.internet])
        let answer = Answer.from(server.name, sawPeer: family.host)
        #expect(try host.namespace.ask(transport, family.lan, 80) == answer)
        #expect(try host.namespace.ask(transport, family.internet, 80) == answer)
        #expect(try host.namespace.ask(transport, family.lan, 80, from: family.secondHost).peer == family.secondHost)
        #expect(try host.namespace.askInVain(transport, family.lan, 81) == .refused)
        #expect(try host.namespace.askInVain(transport, family.container(0), 80) != answer)
    }

    @Test func `ends a program that takes too long`() throws {
        #expect(throws: TestFailure.self) { try Command(["sleep", "60"], limit: .milliseconds(50)).run() }
    }

    @Test func `hands over what is larger than a pipe`() throws {
        let text = String(repeating: "0123456789", count: 50_000)
        #expect(try Command(["cat"], input: text).run().output == text)
        #expect(try Command(["true"], input: text).run().status == .exited(0))
        #expect(try Command(["sh", "-c", "kill -9 $$"], input: text).run().status == .signalled(9))
    }

    @Test func `sees what changes on a host`() throws {
        let host = try TestHost()
        let state = try host.state()
        #expect(try host.state() == state)
        try host.namespace.require("ip", "link", "add", "br0", "type", "bridge")
        try host.namespace.require("iptables-legacy", "-A", "FORWARD", "-j", "DROP")
        let changes = try host.state().changes(since: state)
        #expect(changes.contains { $0.hasPrefix("+ address: ") && $0.contains("br0") })
        #expect(changes.contains("+ ipv4 filter: -A FORWARD -j DROP"))
        #expect(changes.count == 2)
    }
}
