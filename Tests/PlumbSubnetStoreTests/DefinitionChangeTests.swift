import PlumbAddress
import Testing

@testable import PlumbSubnetStore

@Suite struct `A network with other ranges than before` {
    @Test func `gives out none of its leases twice`() throws {
        let directory = try TemporaryDirectory.make()
        let store = try openStore(directory)
        let narrow = [[try subnetRange("10.88.0.0/24", first: "10.88.0.10", last: "10.88.0.12")]]
        let wide = [[try subnetRange("10.88.0.0/24", first: "10.88.0.9", last: "10.88.0.13")]]
        for number in 1...3 { try store.attach(key("\(number)"), narrow) }
        let more = try (4...5).map { try store.attach(key("\($0)"), wide)[0] }
        #expect(more == ["10.88.0.13", "10.88.0.9"])
        #expect(failure { try store.attach(key("6"), wide) } != nil)

        try store.release([key("2")])
        #expect(try store.attach(key("6"), wide) == ["10.88.0.11"])
    }

    @Test func `takes back only what its ranges still hold`() throws {
        let directory = try TemporaryDirectory.make()
        let store = try openStore(directory)
        let old = [[try subnetRange("10.88.0.0/29")], [try subnetRange("fd00::/126")]]
        let new = [[try subnetRange("10.88.0.0/29", last: "10.88.0.2", gateway: "10.88.0.1")]]
        for number in 1...3 { try store.attach(key("\(number)"), old) }
        try store.release([key("2")])
        #expect(try store.attach(key("4"), new) == ["10.88.0.2"])
        try store.release([key("1"), key("3")])
        #expect(failure { try store.attach(key("5"), new) } != nil)
        try store.release([key("4")])
        #expect(try store.attach(key("5"), new) == ["10.88.0.2"])
        #expect(try store.usage().map { $0.rangeSets.map(\.size) } == [[1]])
    }

    @Test func `may have its sets in another order`() throws {
        let directory = try TemporaryDirectory.make()
        let store = try openStore(directory)
        let sets = [[try subnetRange("10.88.0.0/24")], [try subnetRange("fd00::/64")]]
        try store.attach(key("1"), sets)
        #expect(try store.attach(key("2"), sets.reversed()) == ["fd00::2", "10.88.0.2"])
        try store.release([key("1"), key("2")])
        #expect(try store.usage().map { $0.rangeSets.map(\.used) } == [[0, 0]])
    }

    @Test func `gives out no gateway of another set`() throws {
        let directory = try TemporaryDirectory.make()
        let store = try openStore(directory)
        let sets = [
            [try subnetRange("10.88.0.0/24", first: "10.88.0.10", gateway: "10.88.0.1")],
            [try subnetRange("10.88.0.0/24", last: "10.88.0.9")],
        ]
        #expect(try store.attach(key("1"), sets) == ["10.88.0.10", "10.88.0.2"])
        #expect(try store.usage().map { $0.rangeSets.map(\.size) } == [[245, 8]])
    }
}
