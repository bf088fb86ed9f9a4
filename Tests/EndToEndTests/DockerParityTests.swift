import PlumbTestSupport
import Testing

/// Debian's engine and plumb, each on a host of its own, do the same and are compared after each step.
@Suite(
    .enabled(if: DockerEngine.isFetched, "there is no Docker engine in .build/engines: scripts/test.sh fetches it")
)
struct `Beside the Docker engine` {
    /// The network of dockerd, as `cni-conf/20-docker0.conflist` has it.
    private static let docker0: JSON = [
        "cniVersion": "1.0.0", "name": "docker", "type": "plumb", "bridge": "docker0", "isDefaultGateway": true,
        "ipMasq": true, "chainPrefix": "DOCKER",
        "ipam": ["type": "plumb", "ranges": [[["subnet": "172.17.0.0/16"]]]],
    ]

    /// Another network, with keys that differ from those of the first.
    private static func network(_ bridge: String, _ subnet: String, _ keys: [String: JSON] = [:]) -> JSON {
        var network = docker0
        network["name"] = .string(bridge)
        network["bridge"] = .string(bridge)
        network["ipam"]["ranges"] = [[["subnet": .string(subnet)]]]
        for (key, value) in keys { network[key] = value }
        return network
    }

    @Test func `the rules of plumb are the same for both families`() throws {
        var docker0 = Self.docker0
        docker0["ipam"]["ranges"] = [[["subnet": "172.17.0.0/16"]], [["subnet": "fd00:17::/64"]]]
        var configuration = docker0.publishing([.port(8888, 7777)])
        // Docker makes the address from the MAC address on its default network.
        configuration["runtimeConfig"]["ips"] = ["fd00:17::242:ac11:2/64"]
        let host = try TestHost()
        let theirs = try TestHost()
        let engine = try DockerEngine(
            in: theirs.namespace,
            arguments: ["--ipv6", "--fixed-cidr-v6", "fd00:17::/64", "--experimental", "--ip6tables=true"]
        )
        let container = try host.container("c1")
        try host.attach(container, configuration)
        try engine.run("c1", on: "bridge", publishing: "8888:7777")
        try expectSameRules(host, theirs, "after docker run")
        #expect(try host.savedRules(.ipv6) == theirs.savedRules(.ipv6))

        try host.detach(container, docker0)
        try engine.docker(["rm", "--force", "c1"])
        try expectSameRules(host, theirs, "after docker rm")
        #expect(try host.savedRules(.ipv6) == theirs.savedRules(.ipv6))
    }

    @Test func `the rules of plumb are the same`() throws {
        let host = try TestHost()
        let theirs = try TestHost()
        let engine = try DockerEngine(in: theirs.namespace)

        let first = try host.container("c1")
        // Docker's order depends on chance unless a larger host port leads to a larger port of the container.
        var range = JSON.port(7000, 6000)
        range["range"] = 4
        let ports = [.port(8888, 7777), .port(8889, 7778), range, .port(9999, 8000, .udp, at: "127.0.0.1")]
        try host.attach(first, Self.docker0.publishing(ports))
        try engine.run(
            "c1",
            on: "bridge",
            publishing: "8888:7777",
            "8889:7778",
            "7000-7003:6000-6003",
            "127.0.0.1:9999:8000/udp"
        )
        try expectSameRules(host, theirs, "after docker run")

        let networks: [(JSON, [String])] = [
            (Self.network("plb0", "10.88.0.0/24"), []),
            (Self.network("plb1", "10.89.0.0/24", ["internal": true]), ["--internal"]),
            (
                Self.network("plb2", "10.90.0.0/24", ["ingressPolicy": "isolated"]),
                ["--opt", "com.docker.network.bridge.enable_icc=false"]
            ),
            (
                Self.network("plb3", "10.91.0.0/24", ["ipMasq": false]),
                ["--opt", "com.docker.network.bridge.enable_ip_masquerade=false"]
            ),
        ]
        for (index, (network, options)) in networks.enumerated() {
            let isInternal = network["internal"] == true
            let container = try host.container("n\(index)")
            try host.attach(container, isInternal ? network : network.publishing([.port(9000 + index, 80)]))
            let bridge = network["bridge"].string ?? ""
            try engine.createNetwork(bridge, network["ipam"]["ranges"][0][0]["subnet"].string ?? "", options)
            if !isInternal { try engine.run("n\(index)", on: bridge, publishing: "\(9000 + index):80") }
            try expectSameRules(host, theirs, "after docker network create \(bridge)")
        }

        try host.detach(first, Self.docker0)
        try engine.docker(["rm", "--force", "c1"])
        try expectSameRules(host, theirs, "after docker rm")
    }

    private func expectSameRules(_ host: TestHost, _ theirs: TestHost, _ moment: String) throws {
        var ours = try host.savedRules()
        // Docker 20.10 leaves 127.0.0.0/8 unguarded.
        #expect(ours.removeValue(forKey: "raw")?.last == "-A DOCKER -d 127.0.0.0/8 ! -i lo -j DROP")
        #expect(try ours == theirs.savedRules(), "\(moment)")
    }
}

extension DockerEngine {
    fileprivate func createNetwork(_ bridge: String, _ subnet: String, _ options: [String]) throws {
        let name = ["--opt", "com.docker.network.bridge.name=\(bridge)"]
        try docker(["network", "create", "--subnet", subnet] + name + options + [bridge])
    }

    fileprivate func run(_ container: String, on network: String, publishing ports: String...) throws {
        let publish = ports.flatMap { ["--publish", $0] }
        try docker(
            ["run", "--detach", "--name", container, "--network", network] + publish
                + [Self.image, "/busybox", "sleep", "9999"]
        )
    }
}

extension JSON {
    fileprivate func publishing(_ ports: [JSON]) -> JSON {
        var configuration = self
        configuration["runtimeConfig"]["portMappings"] = .array(ports)
        return configuration
    }
}

extension TestHost {
    /// The lines of `iptables-legacy-save` or `ip6tables-legacy-save` by table, without counters, comments and the policy of FORWARD.
    fileprivate func savedRules(_ family: Family = .ipv4) throws -> [String: [String]] {
        let program = family == .ipv4 ? "iptables-legacy-save" : "ip6tables-legacy-save"
        var tables: [String: [String]] = [:]
        var table = ""
        for line in try namespace.require(program).split(separator: "\n") {
            if line.hasPrefix("*") { table = String(line.dropFirst()) }
            guard line.hasPrefix("-A") || line.hasPrefix(":"), !line.hasPrefix(":FORWARD") else { continue }
            let text = line.hasPrefix(":") ? String(line.prefix { $0 != "[" }) : String(line)
            tables[table, default: []].append(text.replacing(#/ -m comment --comment "[^"]*"/#, with: ""))
        }
        return tables
    }
}
