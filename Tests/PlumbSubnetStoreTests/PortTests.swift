import PlumbAddress
import PlumbLinux
import Testing

@testable import PlumbSubnetStore

@Suite struct `Published ports` {
    private static let addresses = [nil, "0.0.0.0", "::", "192.0.2.1", "192.0.2.2", "2001:db8::1"]

    /// The pairs that can be published at the same time, as positions in `addresses`.
    private static let compatible: Set<Set<Int>> = [[1, 2], [1, 5], [2, 3], [2, 4], [3, 4], [3, 5], [4, 5]]

    @Test(arguments: addresses.indices, addresses.indices)
    func `conflict where their addresses meet`(_ first: Int, _ second: Int) throws {
        let directory = try TemporaryDirectory.make()
        let store = try openStore(directory)
        let held = try port(Self.addresses[first])
        let asked = try port(Self.addresses[second])
        try store.attach(key("a"), ports: [held])
        let refusal = failure { try store.attach(key("b"), ports: [asked]) }
        let compatible = Self.compatible.contains([first, second])
        #expect(refusal == (compatible ? nil : .portTaken(asked, holder: key("a"))))

        try store.release([key("a"), key("b")])
        try store.attach(key("b"), ports: [asked])
    }

    @Test func `of other transports and numbers don't meet`() throws {
        let directory = try TemporaryDirectory.make()
        let store = try openStore(directory)
        try store.attach(key("a"), ports: [try port(nil), try port(nil, "udp"), try port(nil, number: 54)])
        #expect(failure { try store.attach(key("b"), ports: [try port(nil, "udp")]) } != nil)
        try store.attach(key("b"), ports: [try port(nil, "sctp")])
    }

    @Test func `can't be asked for twice at once`() throws {
        let directory = try TemporaryDirectory.make()
        let store = try openStore(directory)
        let refusal = failure { try store.attach(key("a"), ports: [try port("192.0.2.1"), try port("0.0.0.0")]) }
        #expect(refusal == .portTaken(try port("0.0.0.0"), holder: key("a")))
    }

    @Test func `can be shared by the attachments of a container, each of which keeps others away`() throws {
        let directory = try TemporaryDirectory.make()
        let store = try openStore(directory)
        let first = key("a")
        let second = key("a", network: "other", interface: "eth1")
        try store.attach(first, ports: [try port(nil)])
        let refusedSecond = failure { try store.attach(second, ports: [try port(nil)]) }
        #expect(refusedSecond == .portTaken(try port(nil), holder: first))
        try store.attach(second, ports: [try port(nil)], sharesPorts: true)

        try store.release([first])
        let refusal = failure { try store.attach(key("b"), ports: [try port(nil)], sharesPorts: true) }
        #expect(refusal == .portTaken(try port(nil), holder: second))
        try store.release([second])
        try store.attach(key("b"), ports: [try port(nil)])
    }

    @Test func `can be changed, all or none, with state and record`() throws {
        let directory = try TemporaryDirectory.make()
        let store = try openStore(directory)
        let writer = try ProcessIdentity.current()
        func change(_ name: String, kept: [UInt16], added: [UInt16], record: String) throws {
            try store.changePorts(of: key(name), to: .changing, writer: writer) { row in
                #expect(row.record == "{}")
                let kept = try kept.map { try port(nil, number: $0) }
                return PortChange(kept: kept, added: try added.map { try port(nil, number: $0) }) { _ in record }
            }
        }
        try store.attach(key("a"), ports: [try port(nil, number: 80), try port(nil, number: 90)])
        try store.attach(key("b"), ports: [try port(nil, number: 81)])
        let refusal = failure { try change("a", kept: [80], added: [82, 81], record: "x") }
        #expect(refusal == .portTaken(try port(nil, number: 81), holder: key("b")))
        #expect(try store.attachment(key("a"))?.record == "{}")

        try change("a", kept: [90], added: [82], record: "new")
        let row = try #require(try store.attachment(key("a")))
        #expect(row.record == "new" && row.state == .changing && row.writer == writer)
        try store.attach(key("c"), ports: [try port(nil, number: 80)])
        for number in [82, 90] as [UInt16] {
            #expect(failure { try store.attach(key("d"), ports: [try port(nil, number: number)]) } != nil)
        }
        #expect(failure { try change("x", kept: [], added: [], record: "") } == .notAttached(key("x")))
    }

    @Test func `that a container shares with itself are kept by either attachment`() throws {
        let directory = try TemporaryDirectory.make()
        let store = try openStore(directory)
        let second = AttachmentKey(network: "other", container: "a", interface: "eth1")
        try store.attach(key("a"), ports: [try port(nil)])
        try store.attach(second, ports: [try port(nil)], sharesPorts: true)
        try store.changePorts(of: second, to: .attached, writer: try ProcessIdentity.current()) { row in
            PortChange(kept: [try port(nil)], added: [try port(nil, number: 80)]) { _ in row.record }
        }
        try store.release([key("a")])
        let refusal = failure { try store.attach(key("b"), ports: [try port(nil)]) }
        #expect(refusal == .portTaken(try port(nil), holder: second))
    }

    @Test(
        arguments: [
            (nil, "53/tcp"), ("192.0.2.1", "192.0.2.1:53/tcp"), ("2001:db8::1", "[2001:db8::1]:53/tcp"),
        ] as [(String?, String)]
    ) func `are written as docker run takes them`(_ hostAddress: String?, _ text: String) throws {
        #expect(try port(hostAddress).description == text)
    }

    private func port(
        _ hostAddress: String?,
        _ transport: String = "tcp",
        number: UInt16 = 53
    ) throws -> PortReservation {
        PortReservation(transport: transport, hostAddress: try hostAddress.map(address), hostPorts: number...number)
    }
}
