import PlumbAddress
import PlumbLinux
import Testing

@testable import PlumbSubnetStore

@Suite struct `A port that the store chooses` {
    private func reserve(
        _ store: borrowing SubnetStore,
        _ container: String,
        fixed: [ClosedRange<UInt16>] = [],
        _ open: OpenPort...,
        obstacle: (PortReservation) throws -> UInt16? = { _ in nil }
    ) throws -> [UInt16] {
        let reservation = Reservation(
            key: key(container),
            writer: try ProcessIdentity.current(),
            hostInterfaceCandidates: ["veth-\(container)"],
            rangeSets: [],
            ports: fixed.map { PortReservation(transport: "tcp", hostAddress: nil, hostPorts: $0) },
            openPorts: open
        )
        var chosen: [UInt16] = []
        _ = try store.reserve(reservation, obstacle: obstacle) { _, _, ports in
            chosen = ports
            return "\(ports)"
        }
        return chosen
    }

    private func open(
        _ range: ClosedRange<UInt16>,
        count: UInt16 = 1,
        transport: String = "tcp",
        at hostAddress: String? = nil,
        except exceptions: [ClosedRange<UInt16>] = [],
        goesRound: Bool = false
    ) throws -> OpenPort {
        OpenPort(
            transport: transport,
            hostAddress: try hostAddress.map(address),
            count: count,
            range: range,
            exceptions: exceptions,
            goesRound: goesRound
        )
    }

    @Test func `is the first that nobody has`() throws {
        let directory = try TemporaryDirectory.make()
        let store = try openStore(directory)
        let range = try open(8000...8003)
        #expect(try reserve(store, "a", fixed: [8001...8001], range, range) == [8000, 8002])
        #expect(try store.attachment(key("a"))?.record == "[8000, 8002]")
        #expect(try reserve(store, "b", range) == [8003])
        #expect(failure { _ = try reserve(store, "c", range) } == .portsExhausted(range))
        #expect(try store.attachment(key("c")) == nil)
        try store.release([key("a")])
        #expect(try reserve(store, "c", range) == [8000])
    }

    @Test func `is not one that was just given back, where all are as good`() throws {
        let directory = try TemporaryDirectory.make()
        let store = try openStore(directory)
        let any = try open(40000...40003, goesRound: true)
        #expect(try reserve(store, "a", any, any) == [40000, 40001])
        try store.release([key("a")])
        #expect(try reserve(store, "b", any) == [40002])
        #expect(try reserve(store, "c", any, any) == [40003, 40000])
        #expect(try reserve(store, "d", any) == [40001])
        #expect(failure { _ = try reserve(store, "e", any) } == .portsExhausted(any))
        #expect(try reserve(store, "e", try open(40000...40003, transport: "udp", goesRound: true)) == [40000])
    }

    @Test func `begins a run of free ones`() throws {
        let directory = try TemporaryDirectory.make()
        let store = try openStore(directory)
        try store.attach(
            key("x"),
            ports: [4...4, 7...8, 13...13].map { held in
                PortReservation(transport: "tcp", hostAddress: nil, hostPorts: held)
            }
        )
        #expect(try reserve(store, "a", open(1...20, count: 3)) == [1])
        #expect(try reserve(store, "b", open(1...20, count: 3)) == [9])
        #expect(try reserve(store, "c", open(1...20, count: 2)) == [5])
        #expect(try reserve(store, "d", open(1...20, count: 7)) == [14])
        #expect(failure { _ = try reserve(store, "e", open(1...20, count: 2)) } != nil)
        #expect(try reserve(store, "e", open(1...20)) == [12])
    }

    @Test func `is none of the exceptions, whatever their order`() throws {
        let directory = try TemporaryDirectory.make()
        let store = try openStore(directory)
        let except: [ClosedRange<UInt16>] = [8...9, 1...3, 5...5, 20...65535, 9...9]
        let range = try open(2...20, count: 2, except: except)
        #expect(try reserve(store, "a", range, range) == [6, 10])
        let nothing = try open(5...9, except: [1...65535])
        #expect(failure { _ = try reserve(store, "b", nothing) } == .portsExhausted(nothing))
        #expect(try reserve(store, "c", open(65535...65535)) == [65535])
    }

    @Test func `is none that stands in the way otherwise`() throws {
        let directory = try TemporaryDirectory.make()
        let store = try openStore(directory)
        var asked: [ClosedRange<UInt16>] = []
        let chosen = try reserve(store, "a", open(1...20, count: 3)) { candidate in
            asked.append(candidate.hostPorts)
            return [2, 7].first(where: candidate.hostPorts.contains)
        }
        #expect(chosen == [3])
        #expect(asked == [1...3, 3...5])
        struct Refusal: Error {}
        #expect(throws: Refusal.self) { _ = try reserve(store, "b", open(1...20)) { _ in throw Refusal() } }
        #expect(try store.attachment(key("b")) == nil)
    }

    @Test func `may be the same at another address or for another transport only`() throws {
        let directory = try TemporaryDirectory.make()
        let store = try openStore(directory)
        #expect(try reserve(store, "a", open(80...89, at: "192.0.2.1")) == [80])
        #expect(try reserve(store, "b", open(80...89, at: "192.0.2.2")) == [80])
        #expect(try reserve(store, "c", open(80...89, at: "::")) == [80])
        #expect(try reserve(store, "d", open(80...89)) == [81])
        #expect(try reserve(store, "e", open(80...89, transport: "udp")) == [80])
    }

    @Test func `is never given to two who ask at once`() async throws {
        let directory = try TemporaryDirectory.make()
        do { _ = try openStore(directory) }
        let path = directory.path
        let any = try open(40000...40400, goesRound: true)
        let chosen = try await withThrowingTaskGroup(of: [UInt16].self) { group in
            for task in 0..<8 {
                group.addTask { [self] in
                    try (0..<20).flatMap { round in
                        try reserve(openStore(at: path), "\(task)-\(round)", any)
                    }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(chosen).count == 160)
    }
}
