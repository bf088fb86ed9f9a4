import PlumbTestSupport
import Testing

@Suite struct `plumb show` {
    private func text(_ host: TestHost, _ arguments: String...) throws -> String {
        let reply = try host.plumb(PlumbCall(arguments: ["show"] + arguments))
        #expect(reply.succeeded, "\(reply)")
        return reply.result.output
    }

    @Test func `is an empty table where there is nothing, and makes no store`() throws {
        let host = try TestHost()
        let lines = try text(host).split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.first?.hasPrefix("   NETWORK") == true && lines.last?.hasPrefix("   CONTAINER") == true)
        let document = try host.show()
        for key in ["networks", "attachments", "unrecorded", "problems"] { #expect(document[key] == [], "\(document)") }
        #expect(TemporaryFolder.names(in: host.stateDirectory) == [])
    }

    @Test func `lists networks and attachments`() throws {
        let site = try Site(ports: [.port(8888, 7777), .port(53, 53, .udp, at: "127.0.0.1")])
        let veth = try #require(site.result["interfaces"][1]["name"].string)
        let index = try site.container.namespace.ip("link", "show", "eth0")[0]["ifindex"].int ?? 0
        let rows = try text(site.host).split(separator: "\n").map { line in
            line.split(separator: "  ").map { $0.drop { $0 == " " } }.filter { !$0.isEmpty }.map(String.init)
        }
        #expect(rows.contains(["✓", "web", "web0", "10.88.0.0/24", "10.88.0.1", "1", "252"]))
        #expect(rows.contains { $0.prefix(5) == ["✓", "web", "web0", "fd00:88::/64", "fd00:88::1"] })
        let ports = "0.0.0.0:8888->7777/tcp, [::]:8888->7777/tcp, 127.0.0.1:53->53/udp"
        let addresses = "10.88.0.2/24, fd00:88::2/64"
        #expect(
            rows.contains(["✓", "server", "web", "eth0", addresses, "\(veth)@if\(index)", "attached", ports]),
            "\(rows)"
        )
    }

    @Test func `prints the same for programs`() throws {
        let site = try Site(ports: [.port(53, 53, .udp, at: "127.0.0.1")])
        let document = try site.host.show()
        let attachment = document["attachments"][0]
        #expect(attachment["container"] == "server" && attachment["state"] == "attached")
        #expect(attachment["addresses"] == ["10.88.0.2/24", "fd00:88::2/64"])
        #expect(attachment["hostVeth"] == site.result["interfaces"][1]["name"])
        #expect(attachment["sandbox"].string == site.container.namespace.path)
        #expect(
            attachment["publishedPorts"] == [
                ["hostIP": "127.0.0.1", "hostPort": 53, "containerPort": 53, "protocol": "udp"]
            ]
        )
        #expect(document["networks"][0]["rangeSets"][0]["used"] == "1")
    }

    @Test func `says when the host's end of an attachment is gone`() throws {
        let site = try Site()
        try site.container.namespace.require("ip", "link", "del", "eth0")
        #expect(try text(site.host).contains("(gone)"))
    }

    @Test func `takes the folder of the store from its option`() throws {
        let site = try Site()
        let reply = try site.host.plumb(
            PlumbCall(
                environment: ["PLUMB_STATE_DIR": "/nonexistent"],
                arguments: ["show", "--state-dir", site.host.stateDirectory]
            )
        )
        #expect(reply.result.output.contains("server"), "\(reply)")
    }

    /// Whether somebody without rights can start the executable where it lies.
    private static let isOpenToAll: Bool = {
        do {
            return try Command(asNobody("test", "-x", PlumbExecutable.path())).run().succeeded
        } catch {
            return false
        }
    }()

    private static func asNobody(_ arguments: String...) -> [String] {
        ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] + arguments
    }

    @Test(.enabled(if: isOpenToAll, "the executable lies in a folder that is closed to others"))
    func `needs no root for an empty table, and says what it lacks otherwise`() throws {
        let site = try Site()
        func show(_ directory: String) throws -> CommandResult {
            let command = Self.asNobody(try PlumbExecutable.path(), "show", "--state-dir", directory)
            return try Command(command).run(in: site.host.namespace)
        }
        let empty = try show("/nonexistent")
        #expect(empty.succeeded && empty.output.contains("NETWORK"), "\(empty)")
        let refused = try show(site.host.stateDirectory)
        #expect(refused.status == .exited(2))
        #expect(refused.output.lowercased().contains("permission"), "\(refused)")
        #expect(refused.output.contains(site.host.stateDirectory), "\(refused)")
    }
}
