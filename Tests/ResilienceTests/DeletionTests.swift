import Glibc
import PlumbTestSupport
import Testing

@Suite struct `DEL without a record` {
    @Test func `finds links and rules by the attachment's key when the store is lost`() throws {
        let host = try TestHost()
        let container = try host.container("web")
        try host.attach(container, .smallNetwork(Family.allCases))
        try host.loseStore()
        for _ in 0..<2 { try host.detach(container, .smallNetwork(Family.allCases)) }
        #expect(try host.remains() == [])
    }

    @Test func `leaves the others alone when the store is lost`() throws {
        let host = try TestHost()
        let stays = try host.container("stays")
        let goes = try host.container("goes")
        let configuration = JSON.smallNetwork([.ipv4], ports: [])
        try host.attach(stays, .smallNetwork([.ipv4]))
        try host.attach(goes, configuration)
        try host.loseStore()
        try host.detach(goes, configuration)
        let server = try Server("stays", in: stays.namespace, port: 7777)
        #expect(try host.lan.ask(.tcp, Family.ipv4.host, 8888).server == server.name)
    }

    @Test func `finds nothing under another name of the network and succeeds`() throws {
        let host = try TestHost()
        let container = try host.container("web")
        let configuration = JSON.smallNetwork([.ipv4])
        try host.attach(container, configuration)
        let before = try host.state(with: [container])
        var renamed = configuration
        renamed["name"] = "renamed"
        try host.detach(container, renamed)
        #expect(
            try host.state(with: [container]).changesApartFromLAN(since: before).filter { !$0.contains("file: ") } == []
        )

        // When the container dies the old name gives everything back as usual.
        container.namespace.close()
        let next = try host.container("next")
        try host.attach(next, configuration)
        try host.detach(next, configuration)
        #expect(try host.remains() == [])
    }

    @Test func `succeeds with an empty CNI_NETNS and with none, once and again`() throws {
        let host = try TestHost()
        let container = try host.container("web")
        let configuration = JSON.smallNetwork([.ipv4])
        for sandbox in ["", nil, "/run/netns/never-there", "/dev/null"] {
            try host.attach(container, configuration)
            for _ in 0..<2 {
                var call = host.call("DEL", container, configuration)
                call.sandbox = sandbox
                let reply = try host.plumb(call)
                #expect(reply.succeeded, "\(sandbox ?? "none"): \(reply)")
            }
            #expect(try host.remains() == [])
        }
    }

    @Test func `succeeds for a container that is known under several interfaces, one by one`() throws {
        let host = try TestHost()
        let container = try host.container("web")
        var configuration = JSON.smallNetwork([.ipv4], ports: [])
        // One default route is enough for a container.
        configuration["isDefaultGateway"] = false
        configuration["isGateway"] = true
        for name in ["eth0", "eth1"] { try host.attach(container, configuration, interface: name) }
        try host.detach(container, configuration, interface: "eth0")
        #expect(try container.namespace.ip("link").elements.compactMap { $0["ifname"].string } == ["lo", "eth1"])
        try host.detach(container, configuration, interface: "eth1")
        #expect(try host.remains() == [])
    }
}

extension TestHost {
    /// Deletes the store, as an administrator might who cleans `/run` up.
    func loseStore() throws {
        for name in TemporaryFolder.names(in: stateDirectory) {
            guard unsafe unlink("\(stateDirectory)/\(name)") == 0 else { throw TestFailure("\(name) can't be deleted") }
        }
    }
}
