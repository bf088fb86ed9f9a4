import PlumbAddress
import PlumbLinux
import Testing

@testable import PlumbSubnetStore

@Suite struct `A reservation` {
    @Test func `records the attachment with its leases`() throws {
        let directory = try TemporaryDirectory.make()
        let store = try openStore(directory)
        let writer = try ProcessIdentity.current()
        let reservation = Reservation(
            key: key("a"),
            writer: writer,
            hostInterfaceCandidates: ["veth1", "veth2"],
            rangeSets: [
                [try subnetRange("10.88.0.0/24", gateway: "10.88.0.1")],
                [try subnetRange("fd00:88::/64")],
            ]
        )
        let leases = try store.reserve(reservation) { leases, host, _ in
            "\(host) \(leases.map(\.address.description))"
        }
        let expected = [
            Lease(address: try #require(Prefix("10.88.0.2/24")), gateway: try address("10.88.0.1"), rangeSet: 0),
            Lease(address: try #require(Prefix("fd00:88::1/64")), gateway: nil, rangeSet: 1),
        ]
        #expect(leases == expected)

        let attachment = try #require(try store.attachment(key("a")))
        #expect(attachment.state == .attaching)
        #expect(attachment.writer == writer)
        #expect(attachment.hostInterface == "veth1")
        #expect(attachment.record == #"veth1 ["10.88.0.2/24", "fd00:88::1/64"]"#)
        #expect(try store.leases(network: "web").map(\.lease) == expected)
        #expect(try store.holder(ofAddress: address("10.88.0.2"), network: "web") == key("a"))
    }

    @Test func `takes the first free name for the host's interface`() throws {
        let directory = try TemporaryDirectory.make()
        let store = try openStore(directory)
        func attach(_ container: String) throws {
            let reservation = Reservation(
                key: key(container),
                writer: try ProcessIdentity.current(),
                hostInterfaceCandidates: ["veth1", "veth2"],
                rangeSets: []
            )
            _ = try store.reserve(reservation) { _, host, _ in host }
        }
        try attach("a")
        try attach("b")
        #expect(try store.attachments().map(\.hostInterface) == ["veth1", "veth2"])
        #expect(failure { try attach("c") } == .hostInterfaceTaken("veth2", holder: key("b")))
    }

    @Test func `of an attachment that is there is refused with it`() throws {
        let directory = try TemporaryDirectory.make()
        let store = try openStore(directory)
        try store.attach(key("a"))
        let present = try #require(try store.attachment(key("a")))
        #expect(failure { try store.attach(key("a")) } == .alreadyAttached(present))
        try store.attach(key("a", interface: "eth1"))
    }

    @Test func `keeps nothing when its record can't be made`() throws {
        struct Refusal: Error {}
        let directory = try TemporaryDirectory.make()
        let store = try openStore(directory)
        let sets = [[try subnetRange("10.88.0.0/24")]]
        let reservation = Reservation(
            key: key("a"),
            writer: try ProcessIdentity.current(),
            hostInterfaceCandidates: ["veth1"],
            rangeSets: sets
        )
        #expect(throws: Refusal.self) { try store.reserve(reservation) { _, _, _ in throw Refusal() } }
        #expect(try store.attachments().isEmpty)
        #expect(try store.attach(key("b"), sets) == ["10.88.0.1"])
    }

    @Test func `keeps nothing when a port is taken`() throws {
        let directory = try TemporaryDirectory.make()
        let store = try openStore(directory)
        let sets = [[try subnetRange("10.88.0.0/24")]]
        let port = PortReservation(transport: "tcp", hostAddress: nil, hostPorts: 80...80)
        let other = PortReservation(transport: "tcp", hostAddress: nil, hostPorts: 81...81)
        try store.attach(key("a"), ports: [port])
        let refusal = failure { try store.attach(key("b"), sets, ports: [other, port]) }
        #expect(refusal == .portTaken(port, holder: key("a")))
        #expect(try store.attach(key("c"), sets, ports: [other]) == ["10.88.0.1"])
    }
}

@Suite struct `Addresses` {
    @Test func `go round, so that one just freed comes last`() throws {
        let directory = try TemporaryDirectory.make()
        let store = try openStore(directory)
        let sets = [[try subnetRange("10.88.0.0/29", gateway: "10.88.0.1")]]
        let first = try (1...4).map { try store.attach(key("\($0)"), sets)[0] }
        #expect(first == ["10.88.0.2", "10.88.0.3", "10.88.0.4", "10.88.0.5"])
        try store.release([key("4"), key("2")])
        let second = try (5...7).map { try store.attach(key("\($0)"), sets)[0] }
        #expect(second == ["10.88.0.6", "10.88.0.3", "10.88.0.5"])
        #expect(try store.integrity() == "ok")
    }

    @Test func `of a set that has no more are refused with its size`() throws {
        let directory = try TemporaryDirectory.make()
        let store = try openStore(directory)
        let sets = [[try subnetRange("10.88.0.0/30", gateway: "10.88.0.1"), try subnetRange("10.99.0.0/30")]]
        for number in 1...3 { try store.attach(key("\(number)"), sets) }
        let names = "10.88.0.1-10.88.0.2, 10.99.0.1-10.99.0.2"
        let exhausted = StoreError.Kind.exhausted(network: "web", rangeSet: names, size: 3, used: 3)
        #expect(failure { try store.attach(key("4"), sets) } == exhausted)
        try store.release([key("2")])
        #expect(try store.attach(key("4"), sets) == ["10.99.0.1"])
    }

    @Test func `of two networks don't meet`() throws {
        let directory = try TemporaryDirectory.make()
        let store = try openStore(directory)
        let sets = [[try subnetRange("10.88.0.0/24")]]
        #expect(try store.attach(key("a"), sets) == ["10.88.0.1"])
        #expect(try store.attach(key("a", network: "db"), sets) == ["10.88.0.1"])
    }

    @Test func `of an IPv6 subnet are given out up to its very end`() throws {
        let directory = try TemporaryDirectory.make()
        let store = try openStore(directory)
        let last = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
        let sets = [[try subnetRange("ffff:ffff:ffff:ffff::/64")]]
        #expect(try store.attach(key("a"), sets, requesting: [last]) == [last])
        #expect(try store.attach(key("b"), sets) == ["ffff:ffff:ffff:ffff::1"])
        try store.release([key("a")])
        #expect(try store.attach(key("c"), sets, requesting: [last]) == [last])
    }

    @Test func `that are asked for come from the set that holds them`() throws {
        let directory = try TemporaryDirectory.make()
        let store = try openStore(directory)
        let sets = [[try subnetRange("10.88.0.0/24")], [try subnetRange("fd00:88::/64")]]
        #expect(try store.attach(key("a"), sets, requesting: ["fd00:88::9"]) == ["10.88.0.1", "fd00:88::9"])
        #expect(try store.attach(key("b"), sets, requesting: ["10.88.0.7"]) == ["10.88.0.7", "fd00:88::a"])
        let taken = StoreError.Kind.addressTaken(try address("10.88.0.7"), holder: key("b"))
        #expect(failure { try store.attach(key("c"), sets, requesting: ["10.88.0.7"]) } == taken)
    }

    @Test(
        arguments: [
            (["10.88.0.1"], "10.88.0.1", "it is a gateway of the network"),
            (["10.88.0.0"], "10.88.0.0", "no range of the network holds it"),
            (["10.88.0.255"], "10.88.0.255", "no range of the network holds it"),
            (["10.89.0.2"], "10.89.0.2", "no range of the network holds it"),
            (["fd00::1"], "fd00::1", "no range of the network holds it"),
            (
                ["10.88.0.2", "10.88.0.3"], "10.88.0.3",
                "10.88.0.2 is asked of the same range set, which gives one address only"
            ),
        ] as [([String], String, String)]
    ) func `that can't be asked for are named`(_ requested: [String], _ named: String, _ reason: String) throws {
        let directory = try TemporaryDirectory.make()
        let store = try openStore(directory)
        let sets = [[try subnetRange("10.88.0.0/24", gateway: "10.88.0.1")]]
        let refusal = failure { try store.attach(key("a"), sets, requesting: requested) }
        #expect(refusal == .addressUnavailable(try address(named), reason: reason))
    }
}
