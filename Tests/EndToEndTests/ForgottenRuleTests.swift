import PlumbTestSupport
import Testing

/// A host on which a saved ruleset was restored after the container whose rules are in it has gone.
private struct RestoredHost {
    let host: TestHost
    let configuration: JSON
    let saved: String

    init(_ backend: Backend) throws {
        host = try TestHost()
        var configuration = JSON.network(Family.allCases, ports: JSON.ports(8888, 7777))
        configuration["firewallBackend"] = .string(backend.rawValue)
        self.configuration = configuration
        let container = try host.container("web")
        try host.attach(container, configuration)
        let saving = backend == .nftables ? "nft list ruleset" : "iptables-legacy-save"
        saved = try host.namespace.require("sh", "-ec", saving)
        try host.detach(container, configuration)
        switch backend {
        case .nftables: try host.namespace.require("nft", "-f", "-", input: "flush ruleset\n\(saved)")
        case .iptables: try host.namespace.require("iptables-legacy-restore", input: saved)
        }
        guard try !host.markedRules().isEmpty else { throw TestFailure("no rule came back") }
    }

    /// Restores once more what carries the mark of the container, beside what is there now.
    func restoreMarkedLegacyRules() throws {
        let lines = saved.split(separator: "\n").filter { line in
            line.hasPrefix("*") || line == "COMMIT" || line.contains("web eth0 web")
        }
        try host.namespace.require("iptables-legacy-restore", "--noflush", input: lines.joined(separator: "\n") + "\n")
    }
}

@Suite struct `Rules that come back without their attachment` {
    @Test(arguments: Backend.allCases, [true, false])
    func `are removed by plumb repair, with a store or without`(backend: Backend, hasStore: Bool) throws {
        let host = try RestoredHost(backend).host
        if !hasStore { try host.namespace.require("rm", "-r", host.stateDirectory) }
        let before = try host.firewallRules()
        let announced = try host.repair("--dry-run")
        #expect(announced.count >= 3, "\(announced)")
        #expect(try host.firewallRules() == before)
        #expect(try host.repair() == announced)
        #expect(try host.markedRules() == [])
        #expect(try host.repair() == [])
    }

    @Test(arguments: Backend.allCases)
    func `go by the commands that a dry run prints, in their order`(backend: Backend) throws {
        let host = try RestoredHost(backend).host
        for command in try host.repair("--dry-run") { try host.namespace.require("sh", "-ec", command) }
        #expect(try host.markedRules() == [])
        #expect(try host.repair() == [])
    }

    @Test(arguments: Backend.allCases)
    func `are named by plumb show, with what removes them`(backend: Backend) throws {
        let host = try RestoredHost(backend).host
        func surplus() throws -> [JSON] {
            try host.show()["problems"].elements.filter { $0["text"].string?.hasPrefix("a rule too many: ") == true }
        }
        let problems = try surplus()
        #expect(problems.count == (try host.repair("--dry-run")).count)
        #expect(problems.contains { $0["text"].string?.contains("8888") == true })
        #expect(problems.allSatisfy { $0["text"].string?.contains("web eth0 web") == true }, "\(problems)")
        #expect(problems.allSatisfy { $0["fixes"][0].string?.hasPrefix("plumb repair") == true }, "\(problems)")
        _ = try host.repair()
        #expect(try surplus() == [])
    }

    @Test(arguments: Backend.allCases)
    func `go with GC, but not those of containers that the runtime knows`(backend: Backend) throws {
        let scene = try RestoredHost(backend)
        var configuration = scene.configuration
        configuration["cniVersion"] = "1.1.0"
        let before = try scene.host.markedRules()
        configuration["cni.dev/valid-attachments"] = [["containerID": "web", "ifname": "eth0"]]
        #expect(try scene.host.plumb(PlumbCall("GC", configuration: "\(configuration)")).succeeded)
        #expect(try scene.host.markedRules() == before)
        configuration["cni.dev/valid-attachments"] = []
        #expect(try scene.host.plumb(PlumbCall("GC", configuration: "\(configuration)")).succeeded)
        #expect(try scene.host.markedRules() == [])
    }

    @Test(arguments: Backend.allCases)
    func `stay away from those of living containers`(backend: Backend) throws {
        let scene = try RestoredHost(backend)
        let other = try scene.host.container("other")
        var configuration = scene.configuration
        configuration["runtimeConfig"]["portMappings"] = .array(JSON.ports(9999, 80))
        try scene.host.attach(other, configuration)
        if backend == .iptables { try scene.restoreMarkedLegacyRules() }
        let announced = try scene.host.repair("--dry-run")
        #expect(announced.count >= 3 && Set(announced).count == announced.count, "\(announced)")
        #expect(try scene.host.repair() == announced)
        let marked = try scene.host.markedRules()
        #expect(!marked.isEmpty && marked.allSatisfy { $0.contains("other eth0 web") }, "\(marked)")
        // Without a record, the link of a container that lives speaks for its rules.
        try scene.host.namespace.require("rm", "-r", scene.host.stateDirectory)
        #expect(try scene.host.repair() == [])
        #expect(try scene.host.markedRules() == marked)
    }

    @Test(arguments: Backend.allCases)
    func `give their host ports to a container that asks for them`(backend: Backend) throws {
        let scene = try RestoredHost(backend)
        let other = try scene.host.container("other")
        try scene.host.attach(other, scene.configuration)
        let server = try Server("other", in: other.namespace, port: 7777, at: ["0.0.0.0", "::"])
        for family in Family.allCases {
            #expect(try scene.host.lan.ask(.tcp, family.host, 8888).server == server.name)
        }
        let leads = try scene.host.markedRules().filter { $0.contains("8888") }
        #expect(!leads.isEmpty && leads.allSatisfy { $0.contains("other eth0 web") }, "\(leads)")
    }

    @Test(arguments: Backend.allCases)
    func `give way to the same container on another network`(backend: Backend) throws {
        let scene = try RestoredHost(backend)
        let web = try scene.host.container("web")
        var configuration = JSON.otherNetwork
        configuration["firewallBackend"] = scene.configuration["firewallBackend"]
        configuration["runtimeConfig"] = scene.configuration["runtimeConfig"]
        try scene.host.attach(web, configuration)
        let server = try Server("web", in: web.namespace, port: 7777, at: ["0.0.0.0", "::"])
        for family in Family.allCases {
            #expect(try scene.host.lan.ask(.tcp, family.host, 8888).server == server.name)
        }
    }
}
