import PlumbTestSupport
import Testing

/// What may happen to a database file.
private enum Damage: String, CaseIterable, CustomTestStringConvertible {
    case emptied
    case cutInHalf
    case cutToOnePage
    case headOverwritten
    case pagesOverwritten
    case deleted

    var testDescription: String { rawValue }

    func apply(_ host: TestHost) throws {
        let database = try host.database()
        switch self {
        case .emptied: try Command(["truncate", "--size", "0", database]).succeed()
        case .cutInHalf: try Command(["truncate", "--size", "20000", database]).succeed()
        case .cutToOnePage: try Command(["truncate", "--size", "4096", database]).succeed()
        case .headOverwritten: try host.overwriteDatabase(at: 0, with: "this is no database any more")
        case .pagesOverwritten:
            try host.overwriteDatabase(at: 4096, with: String(repeating: "\u{7F}", count: 32_768))
        case .deleted: try host.loseStore()
        }
    }
}

@Suite struct `A store that is damaged` {
    @Test(arguments: Damage.allCases)
    private func `gives no address out that a container has, and says so`(damage: Damage) throws {
        let host = try TestHost()
        let configuration = JSON.smallNetwork([.ipv4], ports: [])
        let containers = try (0..<3).map { try host.container("c\($0)") }
        for container in containers { try host.attach(container, configuration) }
        try damage.apply(host)
        for number in 0..<4 {
            let reply = try host.add(host.container("late\(number)"), configuration)
            #expect(reply.result.status == .exited(1))
            #expect(reply.code == 105, "\(reply)")
            #expect(reply.message.contains(host.stateDirectory), "\(reply)")
        }
        // Without the containers nothing stands against a new store.
        for container in containers { container.namespace.close() }
        #expect(try eventually { try host.namespace.ip("link", "show", "type", "veth").elements.count == 1 })
        try host.loseStore()
        try host.attach(host.container("next"), configuration)
    }

    @Test(arguments: [(0, "this is no database any more", "is damaged"), (60, "\0\0\0\u{63}", "schema version 99")])
    func `lets DEL unplug the container, although the lease stays`(
        offset: Int,
        bytes: String,
        complaint: String
    ) throws {
        let host = try TestHost()
        let configuration = JSON.smallNetwork(Family.allCases)
        let stays = try host.container("stays")
        let goes = try host.container("goes")
        try host.attach(stays, .smallNetwork(Family.allCases, ports: JSON.ports(9999, 7777)))
        try host.attach(goes, configuration)
        try host.overwriteDatabase(at: offset, with: bytes)
        let reply = try host.delete(goes, configuration)
        #expect(reply.code == 105)
        #expect(reply.message.contains(complaint), "\(reply)")
        #expect(try goes.namespace.ip("link").elements.count == 1)
        let rules = try host.firewallRules()
        #expect(rules.filter { $0.contains("8888") } == [])
        #expect(rules.filter { $0.contains("9999") }.count == 4)
    }

    @Test func `lets nobody in who comes with a later schema`() throws {
        let host = try TestHost()
        let container = try host.container("web")
        try host.attach(container, .smallNetwork([.ipv4]))
        // The user version: four bytes at 60, most significant first (sqlite.org/fileformat2.html).
        try host.overwriteDatabase(at: 60, with: "\0\0\0\u{63}")
        let before = try host.state(with: [container])
        let reply = try host.add(host.container("late"), .smallNetwork([.ipv4]))
        #expect(reply.code == 105)
        #expect(reply.message.contains("schema version 99"), "\(reply)")
        #expect(try host.state(with: [container]).changesApartFromLAN(since: before) == [])
    }
}

@Suite struct `A store that can't be used` {
    private let host: TestHost
    private let container: Container
    private let configuration = JSON.smallNetwork([.ipv4])

    init() throws {
        host = try TestHost()
        container = try host.container("web")
    }

    /// Checks that ADD is refused with words and that nothing is there afterwards.
    private func expectRefusal(_ words: String, _ mounts: MountedFolder? = nil, at path: String? = nil) throws {
        let before = try host.state(with: [container])
        var call = host.call("ADD", container, configuration)
        if let path { call.environment["PLUMB_STATE_DIR"] = path }
        let reply = try mounts?.plumb(call, on: host) ?? host.plumb(call)
        #expect(reply.result.status == .exited(1))
        #expect(reply.code == 105)
        #expect(reply.message.contains(words), "\(reply)")
        let changes = try host.state(with: [container]).changesApartFromLAN(since: before)
        #expect(changes == [])
    }

    @Test func `because its file system is read-only is refused`() throws {
        let mounts = try MountedFolder()
        let path = try mounts.mountFileSystem("store", options: "ro")
        try expectRefusal("Read-only file system", mounts, at: "\(path)/plumb")
    }

    @Test func `because it belongs to somebody else is refused`() throws {
        try Command(["install", "--directory", "--owner", "nobody", "--mode", "0700", host.stateDirectory]).succeed()
        try expectRefusal("belongs to uid")
    }

    @Test func `because others may write it is refused`() throws {
        try Command(["install", "--directory", "--mode", "0777", host.stateDirectory]).succeed()
        try expectRefusal("can be written by others")
    }

    @Test func `because a symbolic link is in its place is refused`() throws {
        let target = "\(host.folder.path)/target"
        try Command(["install", "--directory", "--mode", "0700", target]).succeed()
        try Command(["ln", "--symbolic", target, host.stateDirectory]).succeed()
        try expectRefusal("is a symbolic link")
    }

    @Test func `because a file is in its place is refused`() throws {
        try Command(["touch", host.stateDirectory]).succeed()
        try expectRefusal("is not a directory")
    }

    @Test func `because its file system is full is refused, and leaves the attached in peace`() throws {
        let mounts = try MountedFolder()
        let path = "\(try mounts.mountFileSystem("store", options: "size=512k"))/plumb"
        let other = try host.container("other")
        var call = host.call("ADD", other, .network())
        call.environment["PLUMB_STATE_DIR"] = path
        #expect(try mounts.plumb(call, on: host).succeeded)

        // The rest of the file system is one large file; that it does not fit in is the aim.
        let fill = "dd if=/dev/zero of=\(path)/../ballast bs=1024 count=512 2>/dev/null; :"
        try mounts.run(["sh", "-c", fill])
        let fillers = try fillUp(mounts, path)
        #expect(fillers < 200)
        // What is on the disk can still be removed…
        call.command = "DEL"
        let reply = try mounts.plumb(call, on: host)
        #expect(reply.succeeded, "\(reply)")
        // …and with room there is all as before.
        try mounts.run(["rm", "\(path)/../ballast"])
        call.command = "ADD"
        #expect(try mounts.plumb(call, on: host).succeeded)
    }

    /// Attaches containers with long names until the full file system refuses one; returns how many it took.
    private func fillUp(_ mounts: MountedFolder, _ path: String) throws -> Int {
        for number in 0..<200 {
            let links = try host.namespace.ip("link").elements.count
            let container = try host.container("filler\(number)")
            var call = host.call("ADD", container, .network())
            call.environment["PLUMB_STATE_DIR"] = path
            let reply = try mounts.plumb(call, on: host)
            if reply.succeeded { continue }
            #expect(reply.code == 105)
            #expect(reply.message.contains("is full"), "\(reply)")
            #expect(try host.namespace.ip("link").elements.count <= links)
            return number
        }
        return 200
    }
}

extension TestHost {
    /// The database file of the store.
    fileprivate func database() throws -> String {
        let name = TemporaryFolder.names(in: stateDirectory).first { $0.hasSuffix(".sqlite") }
        guard let name else { throw TestFailure("there is no database in \(stateDirectory)") }
        return "\(stateDirectory)/\(name)"
    }

    /// Writes bytes into the database file, behind the back of everybody.
    func overwriteDatabase(at offset: Int, with text: String) throws {
        let options = ["of=\(try database())", "bs=1", "seek=\(offset)", "conv=notrunc"]
        try Command(["dd"] + options, input: text).succeed()
    }
}
