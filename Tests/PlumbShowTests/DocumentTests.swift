import PlumbTestSupport
import Testing

/// The keys that programs rely on: they may get more, but none may go.
@Suite struct `JSON documents` {
    @Test func `of everything keep their keys`() throws {
        let host = try ShowHost()
        try host.host.namespace.require("ip", "link", "set", "web0", "down")
        let document = try host.show("--json").json
        #expect(document.keys == ["attachments", "networks", "problems", "stateDirectory", "unrecorded"])
        #expect(document["networks"][0].keys == ["bridge", "health", "name", "rangeSets"])
        #expect(document["networks"][0]["rangeSets"][0].keys == ["free", "gateways", "subnets", "used"])
        #expect(
            document["attachments"][0].keys == [
                "addresses", "attachedAt", "bridge", "container", "health", "hostIndex", "hostMAC", "hostVeth",
                "interface", "mac", "mtu", "network", "peerIndex", "publishedPorts", "sandbox", "state",
            ]
        )
        let frontend = try #require(document["attachments"].elements.first { $0["container"] == "frontend" })
        #expect(frontend["publishedPorts"][1].keys == ["containerPort", "hostIP", "hostPort", "protocol"])
        #expect(frontend["health"] == "broken")
        #expect(document["attachments"][0]["health"] == "ok")
        let problem = document["problems"][0]
        #expect(problem.keys == ["fixes", "network", "severity", "subject", "text"])
        #expect(problem["text"] == "the bridge web0 is down" && problem["severity"] == "broken")
        #expect(problem["fixes"] == ["ip link set dev web0 up"])
    }

    @Test func `name the command that mends a difference alone`() throws {
        let host = try ShowHost()
        let veth = try host.veth(host.frontend)
        try host.host.namespace.require("ip", "link", "set", veth, "down")
        let problem = try host.show("--json").json["problems"][0]
        #expect(problem.keys == ["container", "fixes", "interface", "network", "severity", "subject", "text"])
        #expect(problem["fixes"] == [.string("ip link set dev \(veth) up")], "\(problem)")
        try host.host.namespace.require("sh", "-c", try #require(problem["fixes"][0].string))
        #expect(try host.show("--json").json["problems"] == [])
    }

    @Test func `tell once of a bridge whose MTU its ports don't have`() throws {
        let host = try ShowHost()
        try host.host.namespace.require("ip", "link", "set", "web0", "mtu", "2000")
        let problems = try host.show("--json").json["problems"]
        #expect(problems.elements.count == 1 && problems[0]["network"] == "web", "\(problems)")
        #expect(problems[0]["text"].string?.contains("MTU of 2000 and ports of containers one of 1500") == true)
        try host.host.namespace.require("sh", "-c", try #require(problems[0]["fixes"][0].string))
        #expect(try host.show("--json").json["problems"] == [])
    }

    @Test func `of a container hold what is found inside`() throws {
        let host = try ShowHost()
        let server = try Server("web", in: host.frontend.namespace, port: 7777)
        #expect(try host.host.lan.ask(.tcp, Family.ipv4.host, 8888).server == server.name)
        let document = try host.show("frontend", "--json").json
        #expect(document.keys == ["attachments", "kind", "name"] && document["kind"] == "container")
        let detail = document["attachments"][0]
        #expect(
            detail.keys == [
                "attachment", "connections", "containerEnd", "hostEnd", "problems", "rules", "sandbox", "sysctls",
            ]
        )
        let sandbox = detail["sandbox"]
        #expect(
            sandbox.keys == [
                "addresses", "device", "entered", "inode", "listeners", "neighbours", "path", "processes", "routes",
                "sysctls", "userNamespace",
            ]
        )
        #expect(sandbox["processes"].elements.contains { $0["pid"].int == Int(host.frontend.namespace.pid) })
        #expect(sandbox["addresses"].elements.contains { $0["address"] == "10.88.0.2/24" && $0["state"] == "usable" })
        #expect(
            sandbox["routes"].elements.contains { $0["destination"] == "0.0.0.0/0" && $0["gateway"] == "10.88.0.1" }
        )
        #expect(sandbox["neighbours"].elements.contains { $0["address"] == "10.88.0.1" && $0["mac"] != .null })
        #expect(sandbox["listeners"].elements.contains { $0["protocol"] == "tcp" && $0["port"] == 7777 })
        #expect(sandbox["sysctls"]["net.ipv4.conf.eth0.arp_notify"] == "1")
        #expect(detail["sysctls"]["net.ipv4.ip_forward"] == "1")
        #expect(detail["containerEnd"]["peerIndex"] == detail["hostEnd"]["index"])
        #expect(detail["hostEnd"]["peerIndex"] == detail["containerEnd"]["index"])
        #expect(detail["hostEnd"]["sent"]["packets"].int ?? 0 > 0)
        let translation = detail["rules"].elements.first { $0["rule"].string?.contains("--dport 8888") == true }
        #expect(translation?["table"] == "nat" && translation?["packets"].int ?? 0 > 0, "\(detail["rules"])")
        let connection = detail["connections"].elements.first { $0["destination"]["port"] == 8888 }
        #expect(connection?["answeredBy"] == ["address": "10.88.0.2", "port": 7777], "\(detail["connections"])")
        // Nobody listens at the other port, and the one of tests is in no process of the container.
        #expect(detail["problems"].elements.map { $0["severity"] } == ["warning"], "\(detail["problems"])")
    }

    @Test func `of a network name the ports of its bridge and whose they are`() throws {
        let host = try ShowHost()
        try host.addStranger()
        let network = try host.show("web", "--json").json["network"]
        #expect(
            network.keys == [
                "addresses", "attachments", "bridge", "network", "ports", "problems", "rules", "sysctls",
            ]
        )
        #expect(network["addresses"].elements.contains("10.88.0.1/24"))
        let owners = Dictionary(
            uniqueKeysWithValues: network["ports"].elements.map { ($0["link"]["name"].string ?? "", $0["owner"]) }
        )
        let veth = try host.veth(host.frontend)
        #expect(owners["stranger"] == .null && owners[veth] == "frontend/eth0")
        #expect(network["rules"].elements.contains { $0["rule"].string?.contains("-o web0") == true })
    }

    @Test(arguments: ["show --help", "show overview --help"])
    func `are described in the help`(arguments: String) throws {
        let words = arguments.split(separator: " ").map(String.init)
        let help = try Command([try PlumbExecutable.path()] + words).run().output
        for word in ["Exit status", "stateDirectory", "unrecorded", "plumb show 8888/tcp", "--watch"] {
            #expect(help.contains(word), "\(help)")
        }
    }
}
