import PlumbTestSupport
import Testing

@Suite struct `A name` {
    private func target(_ host: ShowHost, _ name: String) throws -> String {
        let reply = try host.show(name, "--json")
        return reply.succeeded ? "\(reply.json["kind"].string ?? "?") \(reply.json["name"].string ?? "?")" : "\(reply)"
    }

    @Test func `of any kind leads to the container`() throws {
        let host = try ShowHost()
        let container = host.frontend.namespace
        let veth = try host.veth(host.frontend)
        let index = try host.host.namespace.ip("link", "show", veth)[0]["ifindex"].int ?? 0
        let inside = try container.ip("link", "show", "eth0")[0]
        let mac = try #require(inside["address"].string)
        let names = [
            "frontend", "container:frontend", "front", "f", veth, "veth:\(veth)",
            "\(veth)@if\(inside["ifindex"].int ?? 0)",
            "eth0@if\(index)", "10.88.0.2", "10.88.0.2/24", "address:10.88.0.2", mac, mac.uppercased(), "8888",
            "8888/tcp",
            "port:8888", "0.0.0.0:8888", "127.0.0.1:8888/tcp", "53/udp", "127.0.0.1:53", "\(container.pid)",
            "pid:\(container.pid)", container.path, "sandbox:\(container.path)",
        ]
        for name in names { #expect(try target(host, name) == "container frontend", "\(name)") }
        #expect(try target(host, String(ShowHost.longID.prefix(5))) == "container \(ShowHost.longID)")
        #expect(try target(host, "fd00:89::2") == "container \(ShowHost.longID)")
        #expect(try target(host, "[::]:9003/tcp") == "container \(ShowHost.longID)")
    }

    @Test func `of any kind leads to the network`() throws {
        let host = try ShowHost()
        for name in ["web", "network:web", "web0", "bridge:web0", "10.88.0.1", "10.88.0.1/24"] {
            #expect(try target(host, name) == "network web", "\(name)")
        }
        #expect(try target(host, "fd00:89::1") == "network lan")
    }

    @Test func `that several things have lists them, each as it can be typed`() throws {
        let host = try ShowHost()
        let web = try host.host.container("web")
        let other = try host.host.container("fruit")
        for container in [web, other] { try host.host.attach(container, .network()) }
        let both = try host.show("web")
        #expect(both.result.status == .exited(1) && both.result.output.isEmpty, "\(both)")
        for name in ["network:web", "container:web"] {
            #expect(both.result.errors.contains("  \(name)"), "\(both)")
            #expect(try host.show(name).succeeded, "\(name)")
        }
        let beginning = try host.show("fr", "--json")
        #expect(beginning.result.status == .exited(1) && beginning.result.output.isEmpty)
        for name in ["container:frontend", "container:fruit"] { #expect(beginning.result.errors.contains(name)) }
    }

    @Test(arguments: [
        "fronted", "1", "4000000000", "pid:1", "", "nowhere.example", "10.88.0.77", "-1", "9/sctp", "a\u{1B}[2Jb",
    ])
    func `that nothing has lists what there is`(name: String) throws {
        let host = try ShowHost()
        let reply = try host.show("--", name)
        #expect(reply.result.status == .exited(1) && reply.result.output.isEmpty, "\(reply)")
        #expect(reply.result.errors.contains("  container:"), "\(reply)")
        let isTypo = name == "fronted"
        #expect(reply.result.errors.contains("frontend") || !isTypo, "\(reply)")
        #expect(!(isTypo && reply.result.errors.contains("network:lan")), "\(reply)")
        #expect(!reply.result.errors.contains("\u{1B}"))
    }

    @Test func `leads nowhere where nothing is attached`() throws {
        let reply = try TestHost().plumb(PlumbCall(arguments: ["show", "web"]))
        #expect(reply.result.status == .exited(1) && reply.result.errors.contains("nothing is attached"), "\(reply)")
    }
}
