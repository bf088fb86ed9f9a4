import PlumbTestSupport
import Testing

/// plumb on the host of a Docker engine, which sets the policy of FORWARD to DROP and likes its own rules on top.
@Suite(
    .enabled(if: DockerEngine.isFetched, "there is no Docker engine in .build/engines: scripts/test.sh fetches it")
)
struct `On the host of a Docker engine` {
    @Test(arguments: Backend.allCases)
    func `both work, whichever starts anew, and plumb leaves nothing behind`(backend: Backend) throws {
        let host = try TestHost()
        var engine: DockerEngine? = try DockerEngine(in: host.namespace)
        try engine?.serve(at: 9999)
        #expect(try host.namespace.require("iptables-legacy", "-S", "FORWARD").hasPrefix("-P FORWARD DROP"))

        var configuration = JSON.network(Family.allCases, ports: JSON.ports(8888, 7777))
        configuration["firewallBackend"] = .string(backend.rawValue)
        configuration["removeWhenEmpty"] = true
        let container = try host.container("web")
        try host.attach(container, configuration)
        let server = try Server("server", in: container.namespace, port: 7777)
        try expectPassage(host, container, server, "after ADD")

        engine = nil
        engine = try DockerEngine(in: host.namespace)
        try engine?.serve(at: 9999)
        try expectPassage(host, container, server, "after a restart of the engine")

        let neighbour = try host.container("neighbour")
        configuration["runtimeConfig"] = .null
        try host.attach(neighbour, configuration)
        try expectPassage(host, container, server, "after another ADD")

        for container in [neighbour, container] { try host.detach(container, configuration) }
        #expect(try host.lan.ask(.tcp, Family.ipv4.host, 9999).server == "docker")
        #expect(try !host.firewallRules().contains { $0.contains("web0") || $0.contains("PLUMB") })
    }

    private func expectPassage(_ host: TestHost, _ container: Container, _ server: Server, _ moment: String) throws {
        let outside = try Server("outside", in: host.lan, port: 80, at: Family.allCases.map(\.lan))
        for family in Family.allCases {
            for transport in Transport.allCases {
                let name = "\(moment): \(family) \(transport)"
                #expect(try host.lan.ask(transport, family.host, 8888).server == server.name, "\(name), from outside")
                let answer = try container.namespace.ask(transport, family.lan, 80)
                #expect(answer == .from(outside.name, sawPeer: family.host), "\(name), from the container")
            }
        }
        // The container is there before its program listens.
        let isServed = try eventually { try host.lan.ask(.tcp, Family.ipv4.host, 9999).server == "docker" }
        #expect(isServed, "\(moment)")
    }
}

extension DockerEngine {
    /// Runs a container that answers whoever asks for its name at a port of the host.
    fileprivate func serve(at port: Int) throws {
        let answer = "/busybox head -c 13 >/dev/null; echo docker somebody"
        try docker(
            ["run", "--detach", "--publish", "\(port):7777", Self.image]
                + ["/busybox", "nc", "-ll", "-p", "7777", "-e", "/busybox", "sh", "-c", answer]
        )
    }
}
