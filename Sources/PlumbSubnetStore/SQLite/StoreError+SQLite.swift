import CSQLite
import PlumbLinux

extension StoreError {
    /// Tells what the last call on a connection failed with; the words are SQLite's and the system's.
    init(lastFailureOf connection: OpaquePointer?) {
        let code = unsafe sqlite3_extended_errcode(connection)
        let message = unsafe String(cString: sqlite3_errmsg(connection))
        let path = unsafe Self.path(of: connection)
        // The lower byte is the primary code, the upper ones say more about it (sqlite.org/rescode.html).
        switch code & 0xFF {
        case SQLITE_BUSY, SQLITE_LOCKED:
            self.init(.busy(path: path))
        case SQLITE_CORRUPT, SQLITE_NOTADB:
            self.init(.corrupt(path: path, message: message))
        case SQLITE_FULL:
            self.init(.unusable("the file system of the subnet store \(path) is full"))
        case SQLITE_READONLY:
            self.init(.unusable("the subnet store \(path) can't be written: \(message)"))
        case SQLITE_CANTOPEN, SQLITE_IOERR, SQLITE_PERM:
            let reason = unsafe sqlite3_system_errno(connection)
            let detail = reason == 0 ? message : "\(message), \(errnoText(reason))"
            self.init(.unusable("the subnet store \(path) can't be used: \(detail)"))
        default:
            self.init(.sqlite(code: code, message: message))
        }
    }

    /// Tells of content that no version of the program can have written.
    init(damageOf connection: OpaquePointer?, _ message: String) {
        self.init(.corrupt(path: unsafe Self.path(of: connection), message: message))
    }

    private static func path(of connection: OpaquePointer?) -> String {
        guard let path = unsafe sqlite3_db_filename(connection, "main") else { return "" }
        return unsafe String(cString: path)
    }
}
