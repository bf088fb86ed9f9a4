import PlumbTestSupport
import Testing

/// A host with two networks and three containers whose names are always the same, and so are those of their links.
final class ShowHost {
    let host: TestHost
    let frontend: Container
    let database: Container
    let cache: Container

    /// An id as runtimes make it.
    static let longID = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"

    init() throws {
        host = try TestHost()
        frontend = try host.container("frontend")
        database = try host.container(Self.longID)
        cache = try host.container("cache")
        try host.attach(frontend, .network(ports: [.port(8888, 7777), .port(53, 53, .udp, at: "127.0.0.1")]))
        try host.attach(cache, .network())
        try host.attach(database, Self.lan)
    }

    /// A network of both families, which lets nobody in but by published ports.
    private static var lan: JSON {
        var lan = JSON.network(ports: (0..<4).map { .port(9000 + $0, 5000 + $0) })
        lan["name"] = "lan"
        lan["bridge"] = "lan0"
        lan["ingressPolicy"] = "protected"
        lan["ipam"]["ranges"] = [[["subnet": "10.89.0.0/24"]], [["subnet": "fd00:89::/64"]]]
        return lan
    }

    /// `plumb show` with arguments, without a terminal.
    func show(_ arguments: String..., environment: [String: String] = [:], under: [String] = []) throws -> PlumbReply {
        try host.plumb(PlumbCall(environment: environment, arguments: ["show"] + arguments), under: under)
    }

    /// The file of the store.
    func storeFile() throws -> String {
        let name = TemporaryFolder.names(in: host.stateDirectory).first { $0.hasSuffix(".sqlite") }
        return "\(host.stateDirectory)/\(try #require(name))"
    }

    /// The host end of a container's pair.
    func veth(_ container: Container) throws -> String {
        let attachment = try host.show()["attachments"].elements.first { $0["container"].string == container.id }
        return try #require(attachment?["hostVeth"].string)
    }

    /// Takes everything off a text that differs from run to run.
    func normalised(_ text: String) throws -> String {
        let mac = try host.namespace.ip("link", "show", "web0")[0]["address"].string ?? ""
        var isInSysctls = false
        var lines: [String] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if !line.hasPrefix(" ") { isInSysctls = line == "SYSCTLS" }
            // Neighbours come and go by themselves, and new namespaces have the sysctls of the machine.
            if line.hasPrefix("  neighbour") || line.contains(" fe80:") || isInSysctls && line != "SYSCTLS" { continue }
            lines.append(Self.normalised(String(line), mac))
        }
        return lines.joined(separator: "\n").replacing(host.stateDirectory, with: "STATE")
    }

    private static func normalised(_ line: String, _ mac: String) -> String {
        var line = line.replacing(mac, with: "BRIDGE:MAC")
        let counters = /\d+ packets?, \d+ [KMB]i?B?(, \d+ dropped)?/
        if line.contains(counters) {
            line = line.replacing(counters, with: "COUNTERS").replacing(/\ {2,}/, with: "  ")
        }
        return line.replacing(/\/proc\/\d+\//, with: "/proc/PID/")
            .replacing(/\d+ cat$/, with: "PID cat")
            .replacing(/inode( +)\d+/) { "inode\($0.1)INODE" }
            .replacing(/user namespace  \d+/, with: "user namespace  INODE")
            .replacing(/(attach\w+) for .*/) { "\($0.1) for AGE" }
            .replacing(/[0-9a-f]{8}-([0-9a-f]{16})/) { "STOREDIR-\($0.1)" }
    }

    /// Plugs somebody else's veth into the bridge of the network `web`.
    func addStranger() throws {
        try host.namespace.require("sh", "-c", "ip link add stranger master web0 type veth peer name other")
    }
}
