import Glibc
import PlumbAddress
import PlumbLinux

extension AttachmentKey {
    /// Reads a key from a row whose columns begin with `network`, `container` and `interface`.
    init(row: borrowing Statement) throws(StoreError) {
        try self.init(row: row, from: 0)
    }

    fileprivate init(row: borrowing Statement, from column: CInt) throws(StoreError) {
        self.init(
            network: try row.text(column),
            container: try row.text(column + 1),
            interface: try row.text(column + 2)
        )
    }
}

extension StoredAttachment {
    /// Reads an attachment from a row with the columns of the `attachment` table.
    init(row: borrowing Statement) throws(StoreError) {
        guard let state = AttachmentState(rawValue: try row.text(4)) else { throw row.damage(4, "a state") }
        self.init(
            number: row.integer(0),
            key: try AttachmentKey(row: row, from: 1),
            state: state,
            writer: ProcessIdentity(row: row, from: 5),
            hostInterface: try row.text(7),
            record: try row.text(9),
            createdAt: row.integer(8)
        )
    }
}

extension HeldLease {
    /// Reads a lease from a row with its holder's key, the address, the length, the gateway and the set's position.
    init(row: borrowing Statement) throws(StoreError) {
        guard let address = Prefix(try row.address(3), length: Int(row.integer(4))) else {
            throw row.damage(4, "a prefix length")
        }
        let gateway = row.isNull(5) ? nil : try row.address(5)
        let lease = Lease(address: address, gateway: gateway, rangeSet: Int(row.integer(6)))
        self.init(holder: try AttachmentKey(row: row), lease: lease)
    }
}

extension ProcessIdentity {
    /// Reads a process from two columns of a row, its number and its start time.
    init(row: borrowing Statement, from column: CInt) {
        self.init(
            pid: Int32(truncatingIfNeeded: row.integer(column)),
            startTime: UInt64(bitPattern: row.integer(column + 1))
        )
    }

    /// The start time as SQLite can have it: with a sign.
    var storedStart: Int64 { Int64(bitPattern: startTime) }
}

extension Database {
    /// One attachment, if it is there.
    func attachment(_ key: AttachmentKey) throws(StoreError) -> StoredAttachment? {
        try first(
            .attachment,
            .text(key.network),
            .text(key.container),
            .text(key.interface),
            read: StoredAttachment.init(row:)
        )
    }

    /// The number of an attachment's row, if it is there.
    func number(of key: AttachmentKey) throws(StoreError) -> Int64? {
        try first(.attachmentNumber, .text(key.network), .text(key.container), .text(key.interface)) { $0.integer(0) }
    }

    /// The process that is removing a network, if there is one, dead or alive.
    func leavingWriter(of network: String) throws(StoreError) -> ProcessIdentity? {
        try first(.leavingWriter, .text(network)) { ProcessIdentity(row: $0, from: 0) }
    }

    /// Adds the row of an attachment and returns its number.
    func addAttachment(
        _ reservation: Reservation,
        _ hostInterface: String,
        _ record: String,
        state: AttachmentState = .attaching
    ) throws(StoreError) -> Int64 {
        let (key, writer) = (reservation.key, reservation.writer)
        try run(
            .addAttachment,
            .text(key.network),
            .text(key.container),
            .text(key.interface),
            .text(state.rawValue),
            .integer(Int64(writer.pid)),
            .integer(writer.storedStart),
            .text(hostInterface),
            .integer(Int64(time(nil))),
            .text(record)
        )
        return lastInsertedRow
    }
}
