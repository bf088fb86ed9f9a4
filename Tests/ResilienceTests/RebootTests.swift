import PlumbTestSupport
import Testing

/// A machine that can be told that it was started anew, and whose store outlives that.
private struct Machine {
    let host: TestHost
    let mounts: MountedFolder
    let configuration: JSON

    init() throws {
        host = try TestHost()
        mounts = try MountedFolder()
        var configuration = JSON.smallNetwork(Family.allCases)
        configuration["ipam"]["dataDir"] = .string("\(host.folder.path)/data")
        self.configuration = configuration
    }

    /// Another boot, as far as the store can tell.
    func boot(_ number: Int) throws {
        let identifier = "0b00\(number)000-1111-4222-8333-444444444444\n"
        let file = try host.folder.write("boot\(number)", identifier)
        try mounts.cover("/proc/sys/kernel/random/boot_id", with: file)
    }

    func plumb(_ command: String, _ container: Container) throws -> PlumbReply {
        try mounts.plumb(host.call(command, container, configuration), on: host)
    }

    /// What `plumb show` says of the store.
    func show() throws -> JSON {
        let environment = ["PLUMB_STATE_DIR": "\(host.folder.path)/data"]
        return try mounts.plumb(PlumbCall(environment: environment, arguments: ["show", "--json"]), on: host).json
    }

    /// What a boot leaves of the last one: nothing but files.
    func shutDown(_ containers: [Container]) throws {
        for container in containers { container.namespace.close() }
        try host.namespace.require("ip", "link", "delete", "web0")
        for program in ["iptables-legacy", "ip6tables-legacy"] {
            for table in ["nat", "filter", "raw"] {
                try host.namespace.require(program, "-t", table, "-F")
                try host.namespace.require(program, "-t", table, "-X")
            }
        }
        let isOver = try eventually { try host.namespace.ip("link", "show", "type", "veth").elements.count == 1 }
        #expect(isOver)
    }
}

@Suite struct `Another boot` {
    @Test func `voids all leases and ports of the one before`() throws {
        let machine = try Machine()
        try machine.boot(1)
        let old = try (0..<5).map { try machine.host.container("old\($0)") }
        for (number, container) in old.enumerated() {
            var configuration = machine.configuration
            if number > 0 { configuration["runtimeConfig"] = .null }
            let call = machine.host.call("ADD", container, configuration)
            #expect(try machine.mounts.plumb(call, on: machine.host).succeeded)
        }
        #expect(try machine.show()["attachments"].elements.count == 5)
        try machine.shutDown(old)

        try machine.boot(2)
        #expect(try machine.show()["attachments"].elements == [])
        // The same port and the first address; no death has to be proved for them.
        let next = try machine.host.container("old1")
        let reply = try machine.plumb("ADD", next)
        #expect(reply.json["ips"][0]["address"].string == "\(Family.ipv4.container(0))/29", "\(reply)")
        let databases = TemporaryFolder.names(in: "\(machine.host.folder.path)/data").filter { $0.contains(".sqlite") }
        #expect(databases.filter { !$0.contains("0b002000") } == [])
        #expect(!databases.isEmpty)
    }

    @Test(arguments: [false, true])
    func `lets DEL of an attachment of the one before succeed`(hasStore: Bool) throws {
        let machine = try Machine()
        try machine.boot(1)
        let old = try machine.host.container("old")
        #expect(try machine.plumb("ADD", old).succeeded)
        try machine.shutDown([old])

        try machine.boot(2)
        let next = try machine.host.container("next")
        if hasStore { #expect(try machine.plumb("ADD", next).succeeded) }
        let reply = try machine.plumb("DEL", old)
        #expect(reply.succeeded)
        #expect(reply.result.output.isEmpty)
        #expect(try machine.show()["attachments"].elements.count == (hasStore ? 1 : 0))
    }

    @Test func `that comes while containers and rules stay, as when a store is lost, leaves nothing after DEL`() throws
    {
        let machine = try Machine()
        try machine.boot(1)
        let old = try machine.host.container("old")
        #expect(try machine.plumb("ADD", old).succeeded)
        try machine.boot(2)
        #expect(try machine.plumb("DEL", old).succeeded)
        #expect(try machine.host.remains() == [])
    }
}
