import PlumbTestSupport
import Testing

@Suite struct `GC` {
    @Test func `removes exactly what is not valid, although its sandbox lives`() throws {
        let host = try TestHost()
        let containers = try (0..<4).map { try host.container("c\($0)") }
        for (number, container) in containers.enumerated() {
            let ports = JSON.ports(8000 + number, 7777)
            try host.attach(container, .network(Family.allCases, version: "1.1.0", ports: ports))
        }
        let stranger = try host.container("stranger")
        var other = JSON.network(version: "1.1.0")
        other["name"] = "other"
        other["bridge"] = "other0"
        other["ipam"]["ranges"][0][0]["subnet"] = "10.99.0.0/24"
        try host.attach(stranger, other)

        try host.collect(.network(Family.allCases, version: "1.1.0"), valid: [containers[0], containers[2]])
        let kept = try host.show()["attachments"].elements.compactMap { $0["container"].string }
        #expect(Set(kept) == ["c0", "c2", "stranger"])
        let links = try containers.map { try $0.namespace.ip("link").elements.count }
        #expect(links == [2, 1, 2, 1])
        let rules = try host.firewallRules().filter { $0.contains("DNAT") }
        for port in 8000..<8004 {
            let count = rules.filter { $0.contains("--dport \(port) ") }.count
            #expect(count == (port.isMultiple(of: 2) ? 4 : 0), "\(port)")
        }
        // What was given back can be had again.
        try host.attach(containers[1], .network(version: "1.1.0", ports: JSON.ports(8001, 7777)))
    }

    @Test func `does nothing without the list`() throws {
        let host = try TestHost()
        let container = try host.container("web")
        let configuration = JSON.network(version: "1.1.0")
        try host.attach(container, configuration)
        let state = try host.state(with: [container])
        let reply = try host.plumb(PlumbCall("GC", configuration: "\(configuration)"))
        #expect(reply.succeeded, "\(reply)")
        #expect(try host.state(with: [container]).changesApartFromLAN(since: state) == [])
    }

    @Test func `on a host that plumb has never worked on changes nothing`() throws {
        let host = try TestHost()
        let state = try host.state()
        try host.collect(.network(version: "1.1.0"))
        #expect(try host.state().changesApartFromLAN(since: state) == [])
    }

    @Test func `removes links of the network that have no record`() throws {
        let host = try TestHost()
        let configuration = JSON.smallNetwork([.ipv4])
        let container = try host.container("web")
        try host.attach(container, configuration)
        try host.namespace.require("ip", "link", "add", "foreign0", "type", "veth", "peer", "foreign1")
        try host.namespace.require("ip", "link", "set", "foreign0", "master", "web0")
        try host.loseStore()
        try host.collect(configuration)
        let links = try host.namespace.ip("link", "show", "master", "web0").elements.compactMap { $0["ifname"].string }
        #expect(links == ["foreign0"])
    }

    @Test func `goes on after an error, reports it and leaves the rest for the next call`() throws {
        let host = try TestHost()
        let configuration = JSON.smallNetwork([.ipv4])
        let web = try host.container("web")
        try host.attach(web, configuration)
        let lock = "\(host.folder.path)/xtables.lock"
        // A directory in the place of the lock: the rules can't be reached, but links can.
        try Command(["sh", "-c", "rm -f \(lock); mkdir \(lock)"]).succeed()
        let call = PlumbCall("GC", configuration: "\(configuration.collecting(valid: []))")
        let reply = try host.plumb(call)
        #expect(reply.result.status == .exited(1))
        #expect(reply.message.contains("xtables.lock"), "\(reply)")
        #expect(try web.namespace.ip("link").elements.count == 1)
        try Command(["rmdir", lock]).succeed()
        #expect(try host.show()["attachments"].elements.count == 1)
        #expect(try host.plumb(call).succeeded)
        #expect(try host.remains() == [])
    }
}

extension `One after another` {
    @Suite struct `GC of many` {
        @Test func `removes two hundred attachments in one pass`() async throws {
            let host = try TestHost()
            let containers = try (0..<200).map { try host.container("c\($0)") }
            let caller = host.caller
            let calls = containers.enumerated().map { number, container in
                host.call("ADD", container, .network(version: "1.1.0", ports: [JSON.port(20_000 + number, 80)]))
            }
            let replies = try await onThreads(calls, width: 4) { try caller.plumb($0) }
            #expect(replies.filter { !$0.succeeded }.map(\.description) == [])
            let start = ContinuousClock.now
            try host.collect(.network(version: "1.1.0"), valid: [containers[7]])
            print("GC of 199 attachments with a port each: \(start.duration(to: .now))")
            #expect(try host.show()["attachments"].elements.compactMap { $0["container"].string } == ["c7"])
            try host.collect(.network(version: "1.1.0"))
            #expect(try host.remains() == [])
        }
    }
}

extension Command {
    /// Runs a program that has to succeed.
    func succeed() throws {
        let result = try run()
        guard result.succeeded else { throw TestFailure("\(arguments): \(result.status) \(result.errors)") }
    }
}
