import CSQLite

/// A connection to a database file, closed at the end of its life (C: `sqlite3`).
@safe struct Database: ~Copyable {
    private let connection: OpaquePointer

    private init(adopting connection: OpaquePointer) {
        unsafe self.connection = connection
    }

    deinit { unsafe sqlite3_close_v2(connection) }

    /// Connects to a file that exists; SQLite's own locks are waited for as long as `busyTimeout` says.
    static func open(_ path: String, busyTimeout: Duration) throws(StoreError) -> Database {
        var connection: OpaquePointer?
        let code = unsafe sqlite3_open_v2(path, &connection, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nil)
        guard let connection = unsafe connection else {
            throw StoreError(.sqlite(code: code, message: "no memory for a connection"))
        }
        let database = unsafe Database(adopting: connection)
        guard code == SQLITE_OK else { throw database.lastFailure() }
        unsafe sqlite3_extended_result_codes(connection, 1)
        let (seconds, attoseconds) = busyTimeout.components
        unsafe sqlite3_busy_timeout(connection, CInt(clamping: seconds * 1000 + attoseconds / 1_000_000_000_000_000))
        return database
    }

    /// The number that SQLite gave the row inserted last.
    var lastInsertedRow: Int64 { unsafe sqlite3_last_insert_rowid(connection) }

    /// How many rows the statement that ran last has changed.
    var changedRows: Int { Int(unsafe sqlite3_changes(connection)) }

    /// Whether a transaction is open; SQLite itself ends one upon a full disk and the like.
    var isInTransaction: Bool { unsafe sqlite3_get_autocommit(connection) == 0 }

    /// Runs statements that have no parameters and whose rows nobody wants.
    func execute(_ script: String) throws(StoreError) {
        guard unsafe sqlite3_exec(connection, script, nil, nil, nil) == SQLITE_OK else { throw lastFailure() }
    }

    /// Compiles one statement.
    func prepare(_ text: String) throws(StoreError) -> Statement {
        var pointer: OpaquePointer?
        let code = unsafe sqlite3_prepare_v2(connection, text, CInt(text.utf8.count), &pointer, nil)
        guard code == SQLITE_OK, let pointer = unsafe pointer else { throw lastFailure() }
        return unsafe Statement(adopting: pointer)
    }

    /// The error for content that no version of the program can have written.
    func damage(_ message: String) -> StoreError {
        unsafe StoreError(damageOf: connection, message)
    }

    private func lastFailure() -> StoreError {
        unsafe StoreError(lastFailureOf: connection)
    }
}

extension Database {
    /// Compiles one statement of the store.
    func prepare(_ query: Query) throws(StoreError) -> Statement {
        try prepare(query.rawValue)
    }

    /// Runs a statement once, to its end.
    func run(_ query: Query, _ values: Value...) throws(StoreError) {
        try prepare(query).run(values)
    }

    /// Reads the first row of a query, if there is one.
    func first<Row>(
        _ query: Query,
        _ values: Value...,
        read: (borrowing Statement) throws(StoreError) -> Row
    ) throws(StoreError) -> Row? {
        try prepare(query).first(values, read: read)
    }

    /// Reads all rows of a query.
    func all<Row>(
        _ query: Query,
        _ values: Value...,
        read: (borrowing Statement) throws(StoreError) -> Row
    ) throws(StoreError) -> [Row] {
        try prepare(query).all(values, read: read)
    }
}
