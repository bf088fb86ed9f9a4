import PlumbAddress
import PlumbLinux
import Testing

@testable import PlumbSubnetStore

@Suite struct `The store` {
    private let dead = ProcessIdentity(pid: 1, startTime: .max)

    @Test func `keeps the state, its writer and the record`() throws {
        let directory = try TemporaryDirectory.make()
        let store = try openStore(directory)
        try store.attach(key("a"))
        try store.setState(.attached, of: key("a"), writer: dead)
        var attachment = try #require(try store.attachment(key("a")))
        #expect((attachment.state, attachment.writer, attachment.record) == (.attached, dead, "{}"))

        let writer = try ProcessIdentity.current()
        try store.setState(.detaching, of: key("a"), writer: writer, record: "new \u{0} ü")
        attachment = try #require(try store.attachment(key("a")))
        #expect((attachment.state, attachment.writer, attachment.record) == (.detaching, writer, "new \u{0} ü"))
        #expect(failure { try store.setState(.attached, of: key("b"), writer: dead) } == .notAttached(key("b")))
    }

    @Test func `lets one of several processes take an attachment over`() throws {
        let directory = try TemporaryDirectory.make()
        let store = try openStore(directory)
        let writer = try ProcessIdentity.current()
        try store.attach(key("a"))
        let row = try #require(try store.attachment(key("a")))
        #expect(try store.setState(.changing, of: row, writer: dead))
        #expect(try store.setState(.changing, of: row, writer: writer) == false)
        let changing = try #require(try store.attachment(key("a")))
        #expect((changing.state, changing.writer, changing.number) == (.changing, dead, row.number))
        #expect(try store.setState(.attached, of: changing, writer: writer))
        try store.release([key("a")])
        #expect(try store.setState(.attached, of: changing, writer: writer) == false)
    }

    @Test func `numbers attachments in the order in which they were made`() throws {
        let directory = try TemporaryDirectory.make()
        let store = try openStore(directory)
        for name in ["c", "a"] { try store.attach(key(name)) }
        try store.release([key("a")])
        for name in ["d", "b"] { try store.attach(key(name)) }
        #expect(try store.attachments().sorted { $0.number < $1.number }.map(\.key.container) == ["c", "d", "b"])
    }

    @Test func `releases what is there and does not mind what is not`() throws {
        let directory = try TemporaryDirectory.make()
        let store = try openStore(directory)
        let sets = [[try subnetRange("10.88.0.0/24")], [try subnetRange("fd00::/64")]]
        for name in ["a", "b", "c"] { try store.attach(key(name), sets) }
        try store.release([key("a"), key("x"), key("c"), key("a")])
        #expect(try store.attachments().map(\.key) == [key("b")])
        #expect(try store.leases(network: "web").map(\.holder) == [key("b"), key("b")])
        #expect(try store.usage().map { $0.rangeSets.map(\.used) } == [[1, 1]])
    }

    @Test func `lists attachments by network in the order of their keys`() throws {
        let directory = try TemporaryDirectory.make()
        let store = try openStore(directory)
        let keys = [key("b"), key("a", network: "db"), key("a", interface: "eth1"), key("a")]
        for key in keys { try store.attach(key) }
        #expect(try store.attachments().map(\.key) == keys.sorted())
        #expect(try store.attachments(network: "db").map(\.key) == [key("a", network: "db")])
        #expect(try store.attachments(network: "x").isEmpty)
    }

    @Test func `tells how full each network is`() throws {
        let directory = try TemporaryDirectory.make()
        let store = try openStore(directory)
        let range = try subnetRange("10.88.0.0/24", gateway: "10.88.0.1")
        try store.attach(key("a"), [[range], [try subnetRange("fd00::/64")]])
        try store.attach(key("a", network: "layer2"))
        let usage = try store.usage()
        #expect(usage.map(\.network) == ["layer2", "web"])
        #expect(usage.map(\.attachments) == [1, 1])
        #expect(usage[0].rangeSets.isEmpty)
        #expect(usage[1].rangeSets[0] == RangeSetUsage(ranges: [range], size: 253, used: 1))
        #expect(usage[1].rangeSets[1].free == UInt128(UInt64.max) - 1)
    }

    @Test func `lets one process at a time remove a network that nobody uses`() throws {
        let directory = try TemporaryDirectory.make()
        let store = try openStore(directory)
        let writer = try ProcessIdentity.current()
        try store.attach(key("a"))
        #expect(try !store.beginNetworkRemoval("web", writer: writer))
        try store.release([key("a")])
        #expect(try store.beginNetworkRemoval("web", writer: writer))
        #expect(try !store.beginNetworkRemoval("web", writer: dead))
        #expect(failure { try store.attach(key("a")) } == .networkLeaving(network: "web", writer: writer))
        try store.attach(key("a", network: "db"))

        try store.endNetworkRemoval("web")
        try store.attach(key("a"))
    }

    @Test func `does not wait for a dead process that was removing a network`() throws {
        let directory = try TemporaryDirectory.make()
        let store = try openStore(directory)
        #expect(try store.beginNetworkRemoval("web", writer: dead))
        #expect(try store.beginNetworkRemoval("web", writer: ProcessIdentity.current()))
        try store.endNetworkRemoval("web")
        #expect(try store.beginNetworkRemoval("web", writer: dead))
        try store.attach(key("a"))
        try store.release([key("a")])
        #expect(try store.beginNetworkRemoval("web", writer: ProcessIdentity.current()))
    }
}
