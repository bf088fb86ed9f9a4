import Glibc
import PlumbLinux
import PlumbSubnetStore

/// What of a store can be read: all of it, or what is left when it is locked, damaged, of a later version or closed.
struct StoreReading {
    private(set) var entries: [StoreEntry] = []
    private(set) var usage: [NetworkUsage] = []
    private(set) var problems: [Problem] = []

    /// Whether all attachments are known, so that a link without one is nobody's.
    private(set) var isComplete = false

    /// How long a reader waits for writers: these hold the lock for milliseconds, unless they were stopped.
    private static let lockTimeout = Duration.seconds(1)

    /// Reads the store of a directory; one that does not exist is an empty one.
    init(_ directory: String) {
        do throws(StoreError) {
            guard let store = try Store.openExisting(directory, lockTimeout: Self.lockTimeout) else {
                isComplete = true
                return
            }
            try readEntries(store)
            usage = try store.usage()
        } catch {
            problems.append(Problem(error))
        }
    }

    private mutating func readEntries(_ store: Store) throws(StoreError) {
        entries = try store.entries()
        isComplete = true
        for entry in entries where entry.attachment == nil {
            problems.append(
                Problem(
                    severity: .unknown,
                    subject: .attachment(entry.row.key),
                    text: "its record can't be read by this version of plumb",
                    advice: ["plumb of the version that attached it shows the rest"]
                )
            )
        }
    }
}

extension Problem {
    /// The problem of a store that can't be read, or not to its end.
    fileprivate init(_ error: StoreError) {
        var text = "\(error)"
        var (fixes, advice): ([String], [String]) = ([], [])
        switch error.kind {
        case .busy(let lock):
            let holders = Self.holders(of: lock)
            if !holders.isEmpty {
                text += "; it is held by process \(holders.map(String.init).joined(separator: ", "))"
            }
            fixes = [holders.first.map { "ps -o pid,stat,etime,args -p \($0)" } ?? "fuser -v \(lock)"]
        case .newer:
            advice = ["use plumb of that version, or a later one"]
        case .corrupt(let path, _):
            fixes = ["rm \(path)"]
            advice = ["stop its containers first"]
        default:
            advice = [geteuid() == 0 ? "name a directory that is root's own, with mode 0700" : "run plumb as root"]
        }
        self.init(severity: .unknown, subject: .store, text: text, fixes: fixes, advice: advice)
    }

    private static func holders(of lock: String) -> [Int32] {
        do throws(SystemError) {
            return try FileLock.holders(path: lock)
        } catch {
            // Without the table the message is true still, only less helpful.
            return []
        }
    }
}
