import Glibc
import PlumbTestSupport
import Testing

@Suite struct `A dead attachment` {
    @Test func `gives its address back, through 200 deaths on five addresses without one DEL`() throws {
        let host = try TestHost()
        let configuration = JSON.smallNetwork([.ipv4], ports: [])
        var failures: [String] = []
        for number in 0..<200 {
            let container = try host.container("c\(number)")
            let reply = try host.add(container, configuration)
            if !reply.succeeded { failures.append("\(number): \(reply)") }
            container.namespace.close()
        }
        #expect(failures == [])
        try host.collect(configuration)
        #expect(try host.remains() == [])
    }

    @Test func `gives its port back, through 20 deaths`() throws {
        let host = try TestHost()
        for number in 0..<20 {
            let container = try host.container("c\(number)")
            try host.attach(container, .smallNetwork(Family.allCases))
            container.namespace.close()
        }
        let server = try host.container("server")
        try host.attach(server, .smallNetwork(Family.allCases))
        let listener = try Server("server", in: server.namespace, port: 7777)
        for family in Family.allCases {
            #expect(try host.lan.ask(.tcp, family.host, 8888).server == listener.name)
        }
    }

    @Test func `gives its address to one that has its path, and the number of its namespace as well`() throws {
        let host = try TestHost()
        let folder = try MountedFolder()
        var configuration = JSON.smallNetwork([.ipv4], ports: [])
        for key in ["rangeStart", "rangeEnd"] { configuration["ipam"]["ranges"][0][0][key] = "10.88.0.2" }
        func add(_ container: Container) throws -> PlumbReply {
            var call = host.call("ADD", container, configuration)
            call.sandbox = try folder.bind(container.namespace.path, "web")
            return try folder.plumb(call, on: host)
        }
        let first = try host.container("first")
        let number = try first.namespace.number()
        #expect(try add(first).succeeded)
        try folder.unmount("web")
        first.namespace.close()

        #expect(try eventually { try host.namespace.ip("link", "show", "type", "veth").elements.count == 1 })
        // The kernel gives the lowest number that is free to the next namespace, which may be somebody else's.
        var others: [Container] = []
        var candidate = try host.container("next")
        while try candidate.namespace.number() != number, others.count < 100 {
            others.append(candidate)
            candidate = try host.container("next")
        }
        guard try candidate.namespace.number() == number else {
            try Test.cancel("another namespace of this machine was faster")
        }
        let reply = try add(candidate)
        #expect(reply.succeeded, "\(reply)")
    }

    @Test func `lets the name of its container be used again`() throws {
        let host = try TestHost()
        for _ in 0..<10 {
            let container = try host.container("same")
            try host.attach(container, .smallNetwork([.ipv4]))
            container.namespace.close()
        }
        try host.collect(.smallNetwork([.ipv4]))
        #expect(try host.remains() == [])
    }
}

@Suite struct `A live attachment` {
    /// Attaches four containers that stay, and then one more than there is room for.
    private func crowdOut(_ host: TestHost, _ folder: MountedFolder? = nil) throws -> PlumbReply {
        let configuration = JSON.smallNetwork([.ipv4], ports: [])
        let others = try host.attachFour(configuration)
        defer { extendLifetime(others) }
        let late = try host.container("late")
        let call = host.call("ADD", late, configuration)
        return try folder?.plumb(call, on: host) ?? host.plumb(call)
    }

    @Test func `keeps its address although its path is unmounted`() throws {
        let host = try TestHost()
        let folder = try MountedFolder()
        let container = try host.container("hidden")
        let path = try folder.bind(container.namespace.path, "web")
        var call = host.call("ADD", container, .smallNetwork([.ipv4], ports: []))
        call.sandbox = path
        #expect(try folder.plumb(call, on: host).succeeded)
        try folder.unmount("web")

        let reply = try crowdOut(host, folder)
        #expect(reply.code == 100)
        #expect(reply.message.contains("5 of 5"))
        let addresses = try container.namespace.ip("address", "show", "eth0")[0]["addr_info"].elements
        #expect(addresses.contains { $0["local"].string == Family.ipv4.container(0) })
    }

    @Test func `keeps its address while it is paused`() throws {
        let host = try TestHost()
        let container = try host.container("paused")
        try host.attach(container, .smallNetwork([.ipv4], ports: []))
        container.namespace.pause()
        #expect(try crowdOut(host).code == 100)
    }

    @Test func `keeps its port while it is paused`() throws {
        let host = try TestHost()
        let container = try host.container("paused")
        try host.attach(container, .smallNetwork([.ipv4]))
        container.namespace.pause()
        let reply = try host.add(host.container("late"), .smallNetwork([.ipv4]))
        #expect(reply.code == 101)
        #expect(reply.message.contains("paused"))
    }

    @Test func `keeps its address while its ADD has not come to an end`() throws {
        let host = try TestHost()
        let configuration = JSON.smallNetwork([.ipv4], ports: [])
        let container = try host.container("slow")
        // The lock of the firewall is taken after the record is made, so the ADD waits there.
        let lockPath = "\(host.folder.path)/xtables.lock"
        let lock = try Background(["flock", "--no-fork", lockPath, "sh", "-c", "echo held; exec cat"])
        try lock.waitForOutput()
        let writer = try host.start(host.call("ADD", container, configuration))
        #expect(try eventually { try host.show()["attachments"].elements.count == 1 })

        var others = configuration
        others["firewallBackend"] = "none"
        others["ipMasq"] = false
        let four = try host.attachFour(others)
        #expect(try host.add(host.container("late"), others).code == 100)
        #expect(try host.add(host.container("slow"), others).code == 4)
        try host.collect(others, valid: four)
        #expect(try host.show()["attachments"].elements.count == 5)
        lock.end()
        #expect(try writer.reply().succeeded)
    }
}

extension TestHost {
    /// Attaches four containers, which live as long as the caller keeps them.
    fileprivate func attachFour(_ configuration: JSON) throws -> [Container] {
        try (0..<4).map { number in
            let container = try container("other\(number)")
            try attach(container, configuration)
            return container
        }
    }
}

extension Namespace {
    /// The number that the kernel shows for the namespace; it is free for another after the end.
    fileprivate func number() throws -> UInt {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { throw TestFailure("\(path) can't be looked at") }
        return status.st_ino
    }
}
