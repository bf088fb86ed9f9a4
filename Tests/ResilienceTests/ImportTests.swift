import PlumbTestSupport
import Testing

/// A network that the reference plugins `bridge` and `host-local` serve, and that is to change to plumb.
private struct ReferenceNetwork {
    let dataDirectory: String
    let machine: TestHost

    init() throws {
        machine = try TestHost()
        dataDirectory = "\(machine.folder.path)/networks"
    }

    /// The configuration, whose type and ipam are those of the reference plugins or of plumb.
    func configuration(ofPlumb: Bool) -> JSON {
        var ipam: JSON = ["type": ofPlumb ? "plumb" : "host-local", "ranges": [[["subnet": "10.5.0.0/24"]]]]
        if !ofPlumb { ipam["dataDir"] = .string(dataDirectory) }
        return [
            "cniVersion": "1.0.0", "name": "old", "type": ofPlumb ? "plumb" : "bridge", "bridge": "cni9",
            "isDefaultGateway": true, "ipam": ipam,
        ]
    }

    /// ADD by the reference plugins.
    func attach(_ container: Container) throws {
        let command = Command(
            ["/usr/lib/cni/bridge"],
            environment: [
                "CNI_COMMAND": "ADD", "CNI_CONTAINERID": container.id, "CNI_NETNS": container.namespace.path,
                "CNI_IFNAME": "eth0", "CNI_PATH": "/usr/lib/cni",
            ],
            input: "\(configuration(ofPlumb: false))"
        )
        let result = try command.run(in: machine.namespace)
        guard result.succeeded else { throw TestFailure("bridge: \(result.output)\(result.errors)") }
    }

    func importLeases() throws -> CommandResult {
        let arguments = ["import", "host-local", "--network", "old", "--data-dir", dataDirectory]
        return try machine.plumb(PlumbCall(arguments: arguments)).result
    }
}

@Suite struct `Leases of host-local` {
    @Test func `are taken over while their containers live, and go back with them`() throws {
        let network = try ReferenceNetwork()
        let (machine, plumb) = (network.machine, network.configuration(ofPlumb: true))
        let living = try machine.container("living")
        let dead = try machine.container("dead")
        for container in [living, dead] { try network.attach(container) }
        dead.namespace.close()

        let first = try network.importLeases()
        #expect(first.output.contains("imported  eth0 of container living on network old"), "\(first)")
        #expect(first.output.contains("stale     10.5.0.3"))
        #expect(try network.importLeases().output.contains("0 imported, 1 known, 1 stale"))
        let ends = try machine.namespace.ip("link", "show", "master", "cni9").elements
        #expect(ends.contains { $0["ifalias"].string?.hasSuffix(" living eth0 old") == true })

        var wanted = plumb
        wanted["runtimeConfig"] = ["ips": ["10.5.0.2/24"]]
        let refused = try machine.add(try machine.container("rival"), wanted)
        #expect(refused.code == 102 && refused.message.contains("living"), "\(refused)")
        let result = try machine.attach(try machine.container("next"), plumb)
        #expect(result["ips"][0]["address"].string != "10.5.0.2/24")

        try machine.detach(living, plumb)
        #expect(try living.namespace.run("ip", "link", "show", "eth0").succeeded == false)
        #expect(try machine.attach(try machine.container("heir"), wanted)["ips"][0]["address"].string == "10.5.0.2/24")
    }

    @Test func `that can't be found are reported by the path that was looked at`() throws {
        let network = try ReferenceNetwork()
        let result = try network.importLeases()
        #expect(result.status == .exited(1))
        #expect(result.errors.contains("\(network.dataDirectory)/old"))
    }
}
