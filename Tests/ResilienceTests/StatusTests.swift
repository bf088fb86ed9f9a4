import PlumbTestSupport
import Testing

@Suite struct `STATUS` {
    private let host: TestHost
    private let configuration = JSON.smallNetwork([.ipv4], ports: [])

    init() throws {
        host = try TestHost()
    }

    private func status(_ environment: [String: String] = [:], _ mounts: MountedFolder? = nil) throws -> PlumbReply {
        let call = PlumbCall("STATUS", configuration: "\(configuration)", environment: environment)
        return try mounts?.plumb(call, on: host) ?? host.plumb(call)
    }

    /// Checks that the answer is an error of the code whose message holds the words.
    private func expect(_ code: Int, _ words: String, in reply: PlumbReply) {
        #expect(reply.result.status == .exited(1))
        #expect(reply.code == code)
        #expect(reply.message.contains(words), "\(reply)")
    }

    @Test func `is well on a new host and on one with containers, and changes nothing`() throws {
        let state = try host.state()
        #expect(try status().succeeded)
        #expect(try host.state().changesApartFromLAN(since: state) == [])
        let container = try host.container("web")
        try host.attach(container, configuration)
        let busy = try host.state(with: [container])
        #expect(try status().succeeded)
        #expect(try host.state(with: [container]).changesApartFromLAN(since: busy) == [])
    }

    @Test func `tells that no address is free, unless those who hold some are dead`() throws {
        let containers = try (0..<5).map { try host.container("c\($0)") }
        for container in containers { try host.attach(container, configuration) }
        expect(50, "5 of 5", in: try status())
        containers[3].namespace.close()
        #expect(try status().succeeded)
        try host.attach(try host.container("next"), configuration)
    }

    @Test func `tells that the bridge's name belongs to another link`() throws {
        try host.namespace.require("ip", "link", "add", "web0", "type", "veth", "peer", "name", "peer0")
        expect(50, "\"web0\" exists and is not a bridge", in: try status())
    }

    @Test func `tells that the bridge is full, as ADD does`() throws {
        try host.namespace.require("ip", "link", "add", "web0", "type", "bridge")
        try host.setForwarding("1")
        var lines: [String] = []
        for number in 0..<512 {
            lines.append("link add a\(number) master web0 type veth peer name b\(number)")
            if number < 511 { lines.append("link set b\(number) master web0") }
        }
        let start = ContinuousClock.now
        try host.namespace.require("ip", "-batch", "-", input: lines.joined(separator: "\n"))
        print("1,023 ports made in \(start.duration(to: .now))")
        expect(50, "1023 ports", in: try status())
        let container = try host.container("late")
        let before = try host.state(with: [container])
        let reply = try host.add(container, configuration)
        #expect(reply.result.status == .exited(1))
        #expect(reply.message.contains("1023 ports"), "\(reply)")
        let changes = try host.state(with: [container]).changesApartFromLAN(since: before)
        #expect(changes.filter { $0.contains("late") || $0.contains("veth") } == [])
        #expect(try host.show()["attachments"].elements == [])
    }

    @Test func `tells that the store can't be written`() throws {
        let mounts = try MountedFolder()
        let path = try mounts.mountFileSystem("store", options: "ro")
        expect(50, path, in: try status(["PLUMB_STATE_DIR": "\(path)/plumb"], mounts))
        expect(50, "symbolic link", in: try status(["PLUMB_STATE_DIR": "/proc/self/root"]))
    }

    @Test func `tells that the store is damaged`() throws {
        let container = try host.container("web")
        try host.attach(container, configuration)
        try host.overwriteDatabase(at: 0, with: "this is no database any more")
        expect(50, "is damaged", in: try status())
        try host.loseStore()
        expect(50, "was lost", in: try status())
    }

    @Test func `tells that forwarding is off, which cuts off those that are attached`() throws {
        let container = try host.container("web")
        try host.attach(container, configuration)
        try host.setForwarding("0")
        expect(51, "net.ipv4.ip_forward", in: try status())
    }

    @Test func `tells that the firewall is out of reach`() throws {
        expect(50, "firewall", in: try status(["XTABLES_LOCKFILE": host.folder.path]))
    }
}

extension TestHost {
    fileprivate func setForwarding(_ value: String) throws {
        try namespace.setSysctl("ipv4/ip_forward", value)
    }
}
