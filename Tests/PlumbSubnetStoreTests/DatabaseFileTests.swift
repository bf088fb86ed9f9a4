import Glibc
import PlumbAddress
import PlumbLinux
import Testing

@testable import PlumbSubnetStore

@Suite struct `The database file` {
    @Test func `of another boot is deleted when a new one is made`() throws {
        let directory = try TemporaryDirectory.make()
        let others = ["subnets-0.sqlite", "subnets-0.sqlite-journal", "subnets.txt"]
        for name in others { _ = try directory.write(name, [1]) }
        do { _ = try openStore(directory) }
        let boot = try BootIdentifier.current()
        let own = ["subnets-\(boot).sqlite", "subnets-\(boot).sqlite-journal"]
        #expect(directory.names() == (["lock", "subnets.txt"] + own).sorted())
    }

    @Test func `of another version is refused with both versions`() throws {
        let directory = try TemporaryDirectory.make()
        let file = try path(in: directory)
        func become(_ version: Int) throws {
            let database = try Database.open(file, busyTimeout: .zero)
            try database.execute("PRAGMA user_version = \(version)")
        }
        do { _ = try openStore(directory) }
        try become(7)
        #expect(refusal(directory) == .newer(path: file, version: 7, known: Schema.version))
        try become(1)
        #expect(refusal(directory) == .older(path: file, version: 1, known: Schema.version))
        try become(Schema.version)
        _ = try openStore(directory)
    }

    @Test func `is never used when it is damaged`() throws {
        let directory = try TemporaryDirectory.make()
        let sets = [[try subnetRange("10.88.0.0/24")]]
        do { try openStore(directory).attach(key("a"), sets) }
        let file = try path(in: directory)
        try overwrite(file, at: 4096, count: 8 * 4096)
        let store = try openStore(directory)
        guard case .corrupt(file, _) = failure(of: { try store.attach(key("b"), sets) }) else {
            Issue.record("damaged pages are not reported")
            return
        }
        try overwrite(file, at: 0, count: 4096)
        #expect(refusal(directory) == .corrupt(path: file, message: "file is not a database"))
    }

    @Test func `with content that makes no sense is called damaged`() throws {
        let directory = try TemporaryDirectory.make()
        let store = try openStore(directory)
        let sets = [[try subnetRange("10.88.0.0/24")]]
        try store.attach(key("a"), sets)
        try store.write { database throws(StoreError) in
            try database.execute("UPDATE free SET low = x'0102'")
        }
        let refusal = failure { try store.attach(key("b"), sets) }
        #expect(refusal == .corrupt(path: try path(in: directory), message: "column low does not hold an address"))
    }

    @Test func `is as before when a process is killed in the middle of writing it`() async throws {
        let directory = try TemporaryDirectory.make()
        let sets = [[try subnetRange("10.88.0.0/24")]]
        do { try openStore(directory).attach(key("a"), sets) }
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = directory.path as String] in
            let store = try openStore(at: path)
            try store.write { database throws(StoreError) in
                // A cache this small makes SQLite write pages to the file long before the end of the transaction.
                try database.execute(
                    """
                    PRAGMA cache_size = 4;
                    DELETE FROM lease;
                    WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 2000)
                    INSERT INTO attachment SELECT NULL, 'web', n, 'eth0', 'attaching', 1, 1, n, 1, 'x' FROM number;
                    """
                )
                kill(getpid(), SIGKILL)
            }
        }
        // The signature of a journal that is not rolled back yet (sqlite.org/fileformat.html, section 3).
        #expect(try start(of: path(in: directory) + "-journal", count: 4) == [0xD9, 0xD5, 0x05, 0xF9])

        let store = try openStore(directory)
        #expect(try store.attachments().map(\.key) == [key("a")])
        #expect(try store.attach(key("b"), sets) == ["10.88.0.2"])
        #expect(try store.integrity() == "ok")
    }

    @Test func `keeps nothing of a reservation whose process is killed`() async throws {
        let directory = try TemporaryDirectory.make()
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = directory.path as String] in
            let store = try openStore(at: path)
            let reservation = Reservation(
                key: key("a"),
                writer: try ProcessIdentity.current(),
                hostInterfaceCandidates: ["veth1"],
                rangeSets: [[try subnetRange("10.88.0.0/24")]]
            )
            _ = try store.reserve(reservation) { _, _, _ in
                kill(getpid(), SIGKILL)
                return ""
            }
        }
        let store = try openStore(directory)
        #expect(try store.attachments().isEmpty)
        #expect(try store.attach(key("b"), [[try subnetRange("10.88.0.0/24")]]) == ["10.88.0.1"])
    }

    private func refusal(_ directory: borrowing TemporaryDirectory) -> StoreError.Kind? {
        let path = directory.path
        return failure { _ = try SubnetStore.open(directory: path) }
    }

    private func path(in directory: borrowing TemporaryDirectory) throws -> String {
        "\(directory.path)/subnets-\(try BootIdentifier.current()).sqlite"
    }

    private func overwrite(_ path: String, at offset: Int, count: Int) throws {
        let file = try FileDescriptor.open(path, O_WRONLY)
        try #require(lseek(file.number, offset, SEEK_SET) == offset)
        try file.writeAll(Array(repeating: 0x5A, count: count))
    }

    private func start(of path: String, count: Int) throws -> [UInt8] {
        try FileDescriptor.open(path, O_RDONLY).readToEnd(limit: count)
    }
}
