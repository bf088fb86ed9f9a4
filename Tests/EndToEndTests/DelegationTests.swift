import PlumbTestSupport
import Testing

@Suite struct `Another IPAM plugin` {
    /// A host with a plugin that notes its calls, and answers ADD with a text and a status.
    private struct Setting {
        let host: TestHost
        let container: Container
        var configuration: JSON

        init(answer: String, status: Int = 0) throws {
            host = try TestHost()
            container = try host.container("web")
            configuration = .network(Family.allCases, ports: JSON.ports(8888, 7777))
            configuration["ipam"] = ["type": "fixed", "anything": [1, 2, 3]]
            let path = try host.folder.write(
                "fixed",
                """
                #!/bin/sh
                echo "$CNI_COMMAND $CNI_CONTAINERID $CNI_IFNAME" >> "\(host.folder.path)/calls"
                cat > "\(host.folder.path)/input"
                [ "$CNI_COMMAND" = ADD ] || exit 0
                echo '\(answer)'
                exit \(status)
                """
            )
            try host.namespace.require("chmod", "755", path)
        }

        func call(_ command: String) throws -> PlumbReply {
            var call = host.call(command, container, configuration)
            call.environment["CNI_PATH"] = "/nonexistent:\(host.folder.path)"
            return try host.plumb(call)
        }

        func text(_ name: String) throws -> String {
            try Command(["cat", "\(host.folder.path)/\(name)"]).run().output
        }
    }

    private static let answer = """
        {"cniVersion":"1.0.0","ips":[{"address":"10.88.0.50/24","gateway":"10.88.0.1"}],\
        "routes":[{"dst":"0.0.0.0/0"}],"dns":{"nameservers":["192.0.2.53"]}}
        """

    @Test func `gives the address and takes it back`() throws {
        let setting = try Setting(answer: Self.answer)
        let reply = try setting.call("ADD")
        #expect(reply.json["ips"][0]["address"] == "10.88.0.50/24", "\(reply)")
        #expect(reply.json["dns"]["nameservers"] == ["192.0.2.53"])
        #expect(try JSON(parsing: setting.text("input")) == setting.configuration)
        let server = try Server("web", in: setting.container.namespace, port: 7777)
        #expect(try setting.host.lan.ask(.tcp, Family.ipv4.host, 8888).server == server.name)
        #expect(try setting.call("DEL").succeeded)
        #expect(try setting.text("calls") == "ADD web eth0\nDEL web eth0\n")
        #expect(try setting.host.remains() == [])
    }

    @Test func `is heard when it fails`() throws {
        let error = #"{"cniVersion":"1.0.0","code":117,"msg":"no address today"}"#
        let setting = try Setting(answer: error, status: 1)
        let reply = try setting.call("ADD")
        #expect(reply.result.status == .exited(1) && reply.code == 117, "\(reply)")
        #expect(reply.message.contains("no address today"), "\(reply)")
        #expect(try setting.host.remains() == [])
    }

    @Test(arguments: ["", "nonsense", "{}", #"{"cniVersion":"1.0.0","ips":[{"address":"10.88.0.50"}]}"#])
    func `is told to take back what it gave when that makes no sense`(answer: String) throws {
        let setting = try Setting(answer: answer)
        let reply = try setting.call("ADD")
        #expect(reply.result.status == .exited(1) && reply.code != nil && !reply.message.isEmpty, "\(reply)")
        #expect(try setting.text("calls") == "ADD web eth0\nDEL web eth0\n")
        #expect(try setting.host.remains() == [])
    }

    @Test func `is told to take back its address when ADD fails later`() throws {
        let route = Self.answer.replacing(
            "{\"dst\":\"0.0.0.0/0\"}",
            with: "{\"dst\":\"10.9.0.0/16\",\"gw\":\"192.0.2.1\"}"
        )
        let setting = try Setting(answer: route)
        let reply = try setting.call("ADD")
        #expect(reply.code == 103, "\(reply)")
        #expect(try setting.text("calls") == "ADD web eth0\nDEL web eth0\n")
        #expect(try setting.host.remains() == [])
    }
}
