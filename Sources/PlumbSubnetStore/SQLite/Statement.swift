import CSQLite
import PlumbAddress

/// What a parameter of a statement can be.
enum Value {
    case integer(Int64)
    case text(String)
    case address(IPAddress)
    case null
}

/// A compiled statement, finalised at the end of its life (C: `sqlite3_stmt`).
///
/// Parameters and columns are numbered from 0.
@safe struct Statement: ~Copyable {
    private let pointer: OpaquePointer

    init(adopting pointer: OpaquePointer) {
        unsafe self.pointer = pointer
    }

    deinit { unsafe sqlite3_finalize(pointer) }

    /// Runs the statement to its end.
    func run(_ values: [Value]) throws(StoreError) {
        try bind(values)
        defer { unsafe sqlite3_reset(pointer) }
        while try step() {}
    }

    /// Reads the first row, if there is one.
    func first<Row>(
        _ values: [Value],
        read: (borrowing Statement) throws(StoreError) -> Row
    ) throws(StoreError) -> Row? {
        try bind(values)
        defer { unsafe sqlite3_reset(pointer) }
        return try step() ? try read(self) : nil
    }

    /// Reads all rows.
    func all<Row>(
        _ values: [Value],
        read: (borrowing Statement) throws(StoreError) -> Row
    ) throws(StoreError) -> [Row] {
        try bind(values)
        defer { unsafe sqlite3_reset(pointer) }
        var rows: [Row] = []
        while try step() { rows.append(try read(self)) }
        return rows
    }

    private func bind(_ values: [Value]) throws(StoreError) {
        // SQLITE_TRANSIENT, a macro with a cast that Swift does not import: SQLite copies the bytes.
        let transient = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        for (value, index) in zip(values, CInt(1)...) {
            let code =
                switch value {
                case .integer(let number): unsafe sqlite3_bind_int64(pointer, index, number)
                case .text(let text):
                    unsafe sqlite3_bind_text(pointer, index, text, CInt(text.utf8.count), transient)
                case .address(let address):
                    unsafe sqlite3_bind_blob(pointer, index, address.bytes, CInt(address.bytes.count), transient)
                case .null: unsafe sqlite3_bind_null(pointer, index)
                }
            guard code == SQLITE_OK else { throw lastFailure() }
        }
    }

    /// Whether there is a row; false at the end.
    private func step() throws(StoreError) -> Bool {
        switch unsafe sqlite3_step(pointer) {
        case SQLITE_ROW: true
        case SQLITE_DONE: false
        default: throw lastFailure()
        }
    }

    private func lastFailure() -> StoreError {
        unsafe StoreError(lastFailureOf: sqlite3_db_handle(pointer))
    }
}

extension Statement {
    /// Whether a column of the row has no value.
    func isNull(_ column: CInt) -> Bool {
        unsafe sqlite3_column_type(pointer, column) == SQLITE_NULL
    }

    /// A column of the row as a number.
    func integer(_ column: CInt) -> Int64 {
        unsafe sqlite3_column_int64(pointer, column)
    }

    /// A column of the row as text.
    func text(_ column: CInt) throws(StoreError) -> String {
        guard let bytes = unsafe sqlite3_column_text(pointer, column) else { throw damage(column, "a text") }
        let count = Int(unsafe sqlite3_column_bytes(pointer, column))
        return unsafe String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    }

    /// A column of the row as an address, by its 4 or 16 bytes.
    func address(_ column: CInt) throws(StoreError) -> IPAddress {
        let bytes = unsafe sqlite3_column_blob(pointer, column)
        let count = Int(unsafe sqlite3_column_bytes(pointer, column))
        guard let address = unsafe IPAddress(bytes: UnsafeRawBufferPointer(start: bytes, count: count)) else {
            throw damage(column, "an address")
        }
        return address
    }

    /// The error for a row that no version of the program can have written.
    func damage(_ column: CInt, _ expected: String) -> StoreError {
        let name = unsafe sqlite3_column_name(pointer, column).map { unsafe String(cString: $0) } ?? "\(column)"
        return unsafe StoreError(damageOf: sqlite3_db_handle(pointer), "column \(name) does not hold \(expected)")
    }
}
