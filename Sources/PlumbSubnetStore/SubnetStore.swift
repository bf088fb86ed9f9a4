import PlumbLinux

/// The leases, published ports and attachment records of this host, in a database file of its own for each boot.
///
/// The file is named for the boot identifier. Containers die with the boot and so does all that a store says of them,
/// which makes two things simple: whatever an earlier boot has left is void and deleted, and nothing has to be synced
/// to a disk (`PRAGMA synchronous = OFF`). What a process has written survives its death by any signal, as the kernel
/// has it; what a crash of the machine damages is void anyway. That holds on every file system, `/run` or not. A process
/// killed in the middle of a transaction leaves its journal, and the next one to come rolls it back.
///
/// Every access takes an `flock(2)` on the directory's `lock` file first, shared for reading and exclusive for writing,
/// and keeps it for one transaction: the kernel queues those who wait, where SQLite alone would poll. The database must
/// therefore be reached by this library only.
package struct SubnetStore: ~Copyable {
    private let database: Database
    private let lockPath: String
    private let lockTimeout: Duration

    /// Opens the store of this boot, making it if it is missing.
    ///
    /// - Parameters:
    ///   - directory: The state directory, made with mode 0700; one that others could write is refused.
    ///   - lockTimeout: How long each call waits for other processes.
    ///   - createIfMissing: Whether a store is made.
    ///   - survivors: Names what lives and had its record in a store of this directory. While there is any, no new store
    ///     is made, as that would give its addresses out again.
    /// - Returns: The store, or nil if there is none and none was to be made.
    /// - Throws: `StoreError` of kind `unusable`, `corrupt`, `newer`, `older` or `busy`.
    package static func open(
        directory: String,
        lockTimeout: Duration = .seconds(30),
        createIfMissing: Bool = true,
        survivors: () throws -> [String] = { [] }
    ) throws(StoreError) -> SubnetStore? {
        let directory = StateDirectory(directory)
        if try !directory.check() {
            guard createIfMissing else { return nil }
            try directory.create()
            _ = try directory.check()
        }
        let file = directory.database(boot: try currentBoot())
        if try !directory.checkDatabase(file) {
            guard createIfMissing else { return nil }
            try directory.createDatabase(file)
        }
        let database = try Database.open(file, busyTimeout: lockTimeout)
        let store = SubnetStore(database: database, lockPath: directory.lock, lockTimeout: lockTimeout)
        if try store.version(of: file) == 0 {
            guard createIfMissing else { return nil }
            try store.refuse(survivors, of: file)
            try store.createSchema(in: directory, file)
        }
        return store
    }

    private init(database: consuming Database, lockPath: String, lockTimeout: Duration) {
        self.database = database
        self.lockPath = lockPath
        self.lockTimeout = lockTimeout
    }

    private static func currentBoot() throws(StoreError) -> String {
        do throws(SystemError) {
            return try BootIdentifier.current()
        } catch {
            throw StoreError(.unusable("the boot identifier can't be read: \(error)"))
        }
    }

    /// Sets up the connection and reads the schema's version, 0 for an empty file.
    ///
    /// The settings read the file, so they need the lock. PERSIST is the fastest kind of journal here: neither a file
    /// is made or deleted nor a length changed for a transaction.
    private func version(of file: String) throws(StoreError) -> Int {
        let version = try read { database throws(StoreError) in
            try database.execute(
                "PRAGMA journal_mode = PERSIST; PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY"
            )
            return try database.first(.userVersion) { Int($0.integer(0)) } ?? 0
        }
        guard version <= Schema.version else {
            throw StoreError(.newer(path: file, version: version, known: Schema.version))
        }
        guard version == 0 || version == Schema.version else {
            throw StoreError(.older(path: file, version: version, known: Schema.version))
        }
        return version
    }

    /// Refuses to make a store for whom another one has been lost; asked without a lock, since that may take its time.
    private func refuse(_ survivors: () throws -> [String], of file: String) throws(StoreError) {
        let names: [String]
        do {
            names = try survivors()
        } catch {
            throw StoreError(.unusable("it can't be told whether the subnet store \(file) was lost: \(error)"))
        }
        // Another process may have made the store, and then somebody to survive it.
        guard !names.isEmpty, try version(of: file) == 0 else { return }
        let links = names.joined(separator: ", ")
        let problem = "was lost, but containers that have addresses of it live: \(links)"
        throw StoreError(.unusable("the subnet store \(file) \(problem)"))
    }

    private func createSchema(in directory: StateDirectory, _ file: String) throws(StoreError) {
        try write { database throws(StoreError) in
            // Another process may have made it since the version was read.
            guard try database.first(.userVersion, read: { $0.integer(0) }) == 0 else { return }
            try database.execute(Schema.creation)
            try directory.reserveJournal(of: file)
            try directory.removeDatabases(except: file)
        }
    }
}

extension SubnetStore {
    /// Reads with the shared lock held, so that all statements of the body see the same state.
    func read<Result>(
        _ body: (borrowing Database) throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        let lock = try acquire(.shared)
        defer { extendLifetime(lock) }
        return try body(database)
    }

    /// Runs one transaction with the exclusive lock held; all of it is kept, or nothing if the body throws.
    func write<Result>(
        _ body: (borrowing Database) throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        try write(reporting: { $0 }, body: body)
    }

    /// Runs one transaction whose body has errors of its own; `failure` makes the store's errors into their type.
    func write<Result, Failure: Error>(
        reporting failure: (StoreError) -> Failure,
        body: (borrowing Database) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let lock = try begin(reporting: failure)
        defer { extendLifetime(lock) }
        let result: Result
        do throws(Failure) {
            result = try body(database)
        } catch {
            rollBack()
            throw error
        }
        do throws(StoreError) {
            try database.execute("COMMIT")
        } catch {
            rollBack()
            throw failure(error)
        }
        return result
    }

    private func begin<Failure: Error>(
        reporting failure: (StoreError) -> Failure
    ) throws(Failure) -> FileLock {
        do throws(StoreError) {
            let lock = try acquire(.exclusive)
            try database.execute("BEGIN IMMEDIATE")
            return lock
        } catch {
            throw failure(error)
        }
    }

    /// Ends the transaction without keeping it.
    private func rollBack() {
        // Upon a full disk and the like SQLite has done so itself.
        guard database.isInTransaction else { return }
        do throws(StoreError) {
            try database.execute("ROLLBACK")
        } catch {
            // The caller reports what came before; the journal that is left makes the next process roll back.
        }
    }

    private func acquire(_ mode: FileLock.Mode) throws(StoreError) -> FileLock {
        do throws(FileLockError) {
            return try FileLock.acquire(path: lockPath, mode: mode, timeout: lockTimeout)
        } catch {
            switch error {
            case .timedOut(let path): throw StoreError(.busy(path: path))
            case .system(let reason): throw StoreError(.unusable("the subnet store can't be locked: \(reason)"))
            }
        }
    }
}
