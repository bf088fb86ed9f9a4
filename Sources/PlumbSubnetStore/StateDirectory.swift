import Glibc
import PlumbLinux

/// The directory of the store, which nobody but its owner can change: who writes there commands the host's network.
struct StateDirectory {
    /// The path, without slashes at its end: `lstat(2)` would follow a symbolic link for them.
    let path: String

    init(_ path: String) {
        var bytes = Array(path.utf8)
        while bytes.count > 1, bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
        self.path = String(decoding: bytes, as: UTF8.self)
    }

    /// The file that the store's lock is taken on.
    var lock: String { "\(path)/lock" }

    /// The database file of a boot.
    func database(boot: String) -> String { "\(path)/subnets-\(boot).sqlite" }

    /// Makes the directory with mode 0700 if it is missing, its parents with 0755.
    func create() throws(StoreError) {
        let names = path.split(separator: "/")
        var partial = path.hasPrefix("/") ? "" : "."
        for (position, name) in names.enumerated() {
            partial += "/\(name)"
            let mode: mode_t = position == names.count - 1 ? 0o700 : 0o755
            if unsafe mkdir(partial, mode) != 0, errno != EEXIST {
                throw StoreError(.unusable(SystemError("create the state directory \(partial)").description))
            }
        }
    }

    /// Checks who may write there.
    ///
    /// - Returns: Whether the directory exists.
    func check() throws(StoreError) -> Bool {
        guard let status = try status(of: path) else { return false }
        func refuse(_ problem: String) -> StoreError {
            StoreError(.unusable("the state directory \(path) \(problem)"))
        }
        guard status.st_mode & S_IFMT != S_IFLNK else { throw refuse("is a symbolic link; name its target instead") }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw refuse("is not a directory") }
        guard status.st_uid == geteuid() else {
            throw refuse("belongs to uid \(status.st_uid), but this process runs as uid \(geteuid())")
        }
        guard status.st_mode & (S_IWGRP | S_IWOTH) == 0 else {
            throw refuse("can be written by others (mode 0\(String(status.st_mode & 0o7777, radix: 8))); make it 0700")
        }
        return true
    }

    /// Checks that the database file is a plain file.
    ///
    /// By `lstat(2)` and not by opening it: closing any descriptor of a file drops all locks of `fcntl(2)` that the
    /// process has on it, those of SQLite included.
    ///
    /// - Returns: Whether the file exists.
    func checkDatabase(_ file: String) throws(StoreError) -> Bool {
        guard let status = try status(of: file) else { return false }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw StoreError(.unusable("the subnet store \(file) is not a plain file"))
        }
        return true
    }

    /// Makes an empty database file with mode 0600, unless another process was faster.
    func createDatabase(_ file: String) throws(StoreError) {
        do throws(SystemError) {
            _ = try FileDescriptor.open(file, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
        } catch {
            guard error.errno != EEXIST else { return }
            throw StoreError(.unusable("the subnet store can't be made: \(error)"))
        }
    }

    /// How much room the journal of a database has from the start, in bytes: 32 pages with their headers, of which a
    /// release takes up to 20.
    private static let journalRoom = 128 * 1024

    /// Makes sure of room for the journal of a database, so that leases can be given back when no room is left.
    ///
    /// SQLite takes zeros behind what it has written itself for the end of the journal, and a journal that begins with
    /// them for none (sqlite.org/fileformat2.html, section 3).
    func reserveJournal(of file: String) throws(StoreError) {
        do throws(SystemError) {
            let journal = try FileDescriptor.open("\(file)-journal", O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
            let problem = posix_fallocate(journal.number, 0, Self.journalRoom)
            guard problem == 0 else { throw SystemError("reserve \(Self.journalRoom) bytes", errno: problem) }
        } catch {
            throw StoreError(.unusable("the journal of the subnet store \(file) can't be made: \(error)"))
        }
    }

    /// Deletes the databases of other boots with their journals.
    func removeDatabases(except file: String) throws(StoreError) {
        guard let directory = unsafe opendir(path) else {
            throw StoreError(.unusable(SystemError("list the state directory \(path)").description))
        }
        defer { unsafe closedir(directory) }
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            let other = "\(path)/\(name)"
            guard name.hasPrefix("subnets-"), name.contains(".sqlite"), !other.hasPrefix(file) else { continue }
            guard unsafe unlink(other) == 0 || errno == ENOENT else {
                throw StoreError(.unusable(SystemError("delete \(other), of an earlier boot,").description))
            }
        }
    }

    private func status(of file: String) throws(StoreError) -> stat? {
        var status = stat()
        guard unsafe lstat(file, &status) != 0 else { return status }
        guard errno != ENOENT else { return nil }
        throw StoreError(.unusable(SystemError("look at \(file)").description))
    }
}
