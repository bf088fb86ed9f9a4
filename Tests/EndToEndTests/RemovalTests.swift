import PlumbTestSupport
import Testing

@Suite struct `DEL` {
    @Test(arguments: ["0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"])
    func `leaves nothing and may be repeated`(version: String) throws {
        let site = try Site(configure: { $0["cniVersion"] = .string(version) })
        for _ in 0..<3 {
            try site.host.detach(site.container, site.configuration)
            #expect(try site.host.remains() == [])
        }
        let links = try site.container.namespace.ip("link").elements.compactMap { $0["ifname"].string }
        #expect(links == ["lo"])
    }

    @Test func `before any ADD is no error and changes nothing`() throws {
        let host = try TestHost()
        let container = try host.container("web")
        let state = try host.state(with: [container])
        try host.detach(container, .network(Family.allCases, ports: JSON.ports(8888, 7777)))
        #expect(try host.state(with: [container]).changes(since: state) == [])
    }

    /// Ways in which a runtime that has lost a container, or an administrator who has edited, calls DEL.
    enum Circumstance: CaseIterable {
        case sandboxIsGone
        case sandboxIsEmpty
        case sandboxIsAbsent
        case sandboxIsAnother
        case portsAreAbsent
        case rangesAreOthers
        case settingsAreBroken
        case bridgeIsAnother
        case linkIsGone
        case rulesAreGone
        case backendIsAnother
    }

    @Test(arguments: Circumstance.allCases, Backend.allCases)
    func `cleans up although something is not as it was at ADD`(circumstance: Circumstance, backend: Backend) throws {
        let site = try Site(backend)
        var configuration = site.configuration
        var call = site.host.call("DEL", site.container, configuration)
        switch circumstance {
        case .sandboxIsGone: site.container.namespace.close()
        case .sandboxIsEmpty: call.sandbox = ""
        case .sandboxIsAbsent: call.sandbox = nil
        case .sandboxIsAnother: call.sandbox = site.host.lan.path
        case .portsAreAbsent: configuration["runtimeConfig"] = nil
        case .rangesAreOthers: configuration["ipam"]["ranges"] = [[["subnet": "10.11.0.0/16"]]]
        case .settingsAreBroken:
            configuration["mtu"] = "broken"
            configuration["runtimeConfig"]["portMappings"] = "broken"
        case .bridgeIsAnother: configuration["bridge"] = "another0"
        case .linkIsGone: try site.container.namespace.require("ip", "link", "del", "eth0")
        case .backendIsAnother:
            configuration["firewallBackend"] = backend == .iptables ? "nftables" : "iptables"
        case .rulesAreGone where backend == .nftables:
            try site.host.namespace.require("nft", "flush", "ruleset")
        case .rulesAreGone:
            for program in ["iptables-legacy", "ip6tables-legacy"] {
                for table in ["nat", "filter"] { try site.host.namespace.require(program, "-t", table, "-F") }
            }
        }
        call.configuration = "\(configuration)"
        let reply = try site.host.plumb(call)
        #expect(reply.succeeded && reply.result.output.isEmpty, "\(reply)")
        // A dead sandbox takes its links along in the background.
        let isClean = try eventually { try site.host.remains() == [] }
        let remains = try site.host.remains()
        #expect(isClean, "\(remains)")
        #expect(try !site.host.lan.askInVain(.tcp, Family.ipv4.host, 8888).isAnswer)
    }

    @Test(arguments: Backend.allCases) func `of one container leaves the others as they are`(backend: Backend) throws {
        let site = try Site(backend)
        let other = try site.host.container("other")
        let state = try site.host.state(with: [site.container])
        var configuration = site.configuration
        configuration["runtimeConfig"]["portMappings"] = .array(JSON.ports(9999, 7777))
        try site.host.attach(other, configuration)
        try site.host.detach(other, configuration)
        let changes = try site.host.state(with: [site.container]).changes(since: state)
        #expect(changes.filter { !$0.contains("file: ") } == [])
        #expect(try site.host.lan.ask(.tcp, Family.ipv4.host, 8888).server == "server")
    }

    /// A store that is lost takes the knowledge along of what was published, and with which backend.
    @Test(arguments: Backend.allCases) func `finds the rules of a container without a record`(backend: Backend) throws {
        let site = try Site(backend)
        try site.host.namespace.require("rm", "-r", site.host.stateDirectory)
        var configuration = site.configuration
        configuration["firewallBackend"] = "auto"
        try site.host.detach(site.container, configuration)
        #expect(try site.host.markedRules() == [])
    }

    @Test(arguments: Backend.allCases) func `of the last container takes table and chains along`(
        backend: Backend
    ) throws {
        let host = try TestHost()
        let before = try host.state()
        let container = try host.container("web")
        var configuration = JSON.network(Family.allCases, ports: JSON.ports(8888, 7777))
        configuration["firewallBackend"] = .string(backend.rawValue)
        configuration["removeWhenEmpty"] = true
        try host.attach(container, configuration)
        try host.detach(container, configuration)
        let changes = try host.state().changes(since: before)
        #expect(changes.filter { !$0.contains("file: ") && !$0.contains("sysctl: ") } == [])
    }

    @Test func `gives the address back, but to others first`() throws {
        let host = try TestHost()
        var seen: [JSON] = []
        for index in 0..<4 {
            let container = try host.container("c\(index)")
            seen.append(try host.attach(container, .network())["ips"][0]["address"])
            try host.detach(container, .network())
        }
        #expect(seen == ["10.88.0.2/24", "10.88.0.3/24", "10.88.0.4/24", "10.88.0.5/24"])
        #expect(try host.remains() == [])
    }

    @Test func `frees the last addresses of a small subnet`() throws {
        let host = try TestHost()
        var configuration = JSON.network()
        configuration["ipam"]["ranges"] = [[["subnet": "10.88.0.0/29"]]]
        let containers = try (0..<6).map { try host.container("c\($0)") }
        for container in containers.prefix(5) { try host.attach(container, configuration) }
        let refused = try host.add(containers[5], configuration)
        #expect(refused.code == 100 && refused.message.contains("10.88.0"), "\(refused)")
        #expect(!refused.details.isEmpty)
        try host.detach(containers[2], configuration)
        #expect(try host.attach(containers[5], configuration)["ips"][0]["address"] == "10.88.0.4/29")
    }
}
