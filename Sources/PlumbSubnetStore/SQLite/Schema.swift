/// The tables of the store, by the number that `PRAGMA user_version` holds.
enum Schema {
    /// The version that this program writes.
    static let version = 2

    /// Makes all tables in an empty database.
    ///
    /// Addresses are their 4 or 16 bytes, most significant first, so that SQLite orders them as numbers. `lease.pool`
    /// is the pool that the address goes back to, or null if no range of the network holds it any more. `port` holds ranges
    /// of ports, `scale` being the binary logarithm of how many, rounded down; `port_cursor` the last port that was chosen.
    static let creation = """
        CREATE TABLE attachment (
            id INTEGER PRIMARY KEY, network TEXT NOT NULL, container TEXT NOT NULL, interface TEXT NOT NULL,
            state TEXT NOT NULL, writer_pid INTEGER NOT NULL, writer_start INTEGER NOT NULL,
            host_interface TEXT NOT NULL UNIQUE, created_at INTEGER NOT NULL, record TEXT NOT NULL,
            UNIQUE (network, container, interface)
        ) STRICT;
        CREATE TABLE pool (
            id INTEGER PRIMARY KEY, network TEXT NOT NULL, position INTEGER NOT NULL,
            definition TEXT NOT NULL, cursor BLOB,
            UNIQUE (network, position)
        ) STRICT;
        CREATE TABLE free (
            pool INTEGER NOT NULL, high BLOB NOT NULL, low BLOB NOT NULL,
            PRIMARY KEY (pool, high)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE lease (
            network TEXT NOT NULL, address BLOB NOT NULL, attachment INTEGER NOT NULL, length INTEGER NOT NULL,
            gateway BLOB, range_set INTEGER NOT NULL, pool INTEGER,
            PRIMARY KEY (network, address)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX lease_attachment ON lease (attachment);
        CREATE TABLE port (
            transport TEXT NOT NULL, scale INTEGER NOT NULL, high INTEGER NOT NULL, address BLOB NOT NULL,
            attachment INTEGER NOT NULL, low INTEGER NOT NULL,
            PRIMARY KEY (transport, scale, high, address, attachment)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX port_attachment ON port (attachment);
        CREATE TABLE port_cursor (transport TEXT PRIMARY KEY, last INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE leaving (
            network TEXT PRIMARY KEY, writer_pid INTEGER NOT NULL, writer_start INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        PRAGMA user_version = \(version);
        """
}
