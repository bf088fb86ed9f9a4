import CLinux
import Glibc

/// Why a lock could not be taken.
package enum FileLockError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Somebody else kept it until the time was up.
    case timedOut(path: String)
    case system(SystemError)

    package var description: String {
        switch self {
        case .timedOut(let path): "another process has kept the lock \(path) for too long"
        case .system(let error): error.description
        }
    }
}

/// A lock among processes, `flock(2)` on a file, held until the end of its life.
///
/// The kernel queues the waiters, so the lock is fair and nobody polls; it goes with its process, however that dies.
package struct FileLock: ~Copyable {
    /// Whether others may hold the lock at the same time.
    package enum Mode: Sendable {
        case shared
        case exclusive
    }

    private let file: FileDescriptor

    private init(holding file: consuming FileDescriptor) {
        self.file = file
    }

    /// Takes the lock, creating its file (mode 0600) if there is none.
    ///
    /// - Throws: `FileLockError.timedOut` after `timeout`, `.system` if the file cannot be opened.
    package static func acquire(
        path: String,
        mode: Mode,
        timeout: Duration
    ) throws(FileLockError) -> FileLock {
        let file: FileDescriptor
        do throws(SystemError) {
            file = try FileDescriptor.open(path, O_RDONLY | O_CREAT | O_NOFOLLOW, mode: 0o600)
        } catch {
            throw .system(error)
        }
        let operation = mode == .shared ? LOCK_SH : LOCK_EX
        if flock(file.number, operation | LOCK_NB) == 0 { return FileLock(holding: file) }
        guard errno == EWOULDBLOCK || errno == EINTR else { throw .system(SystemError("flock \(path)")) }

        guard try waitInterruptibly(for: file, operation, path: path, timeout: timeout) else {
            throw .timedOut(path: path)
        }
        return FileLock(holding: file)
    }

    /// Waits in the kernel's queue until a timer's signal interrupts it, since `flock(2)` knows no time-out of its own.
    ///
    /// The signal goes to the thread that waits and to no other, so that several threads may wait at once.
    ///
    /// - Returns: Whether the lock was taken.
    private static func waitInterruptibly(
        for file: borrowing FileDescriptor,
        _ operation: CInt,
        path: String,
        timeout: Duration
    ) throws(FileLockError) -> Bool {
        let blocked = admitAlarms()
        defer { restoreSignals(blocked) }
        var timer: timer_t?
        guard unsafe CLinux_createThreadAlarm(&timer) == 0 else { throw .system(SystemError("make a timer")) }
        defer { unsafe timer_delete(timer) }

        var times = itimerspec()
        let parts = timeout.components
        times.it_value.tv_sec = Int(parts.seconds)
        // A timer that is set to zero never fires; it fires again, in case it did so just before the call blocked.
        times.it_value.tv_nsec = max(Int(parts.attoseconds / 1_000_000_000), 1)
        times.it_interval.tv_nsec = 50_000_000
        let deadline = ContinuousClock.now + timeout
        unsafe timer_settime(timer, 0, &times, nil)
        while flock(file.number, operation) != 0 {
            guard errno == EINTR else { throw .system(SystemError("flock \(path)")) }
            guard ContinuousClock.now < deadline else { return false }
        }
        return true
    }

    /// Lets SIGALRM interrupt the thread; a process inherits the signals that its parent had blocked.
    ///
    /// The handler stays afterwards: another thread may need it still.
    ///
    /// - Returns: The signals that were blocked before.
    private static func admitAlarms() -> sigset_t {
        // Without SA_RESTART, so that the call returns EINTR.
        var action = sigaction()
        unsafe action.__sigaction_handler.sa_handler = { _ in }
        unsafe sigaction(SIGALRM, &action, nil)
        var alarm = sigset_t()
        var blocked = sigset_t()
        unsafe sigemptyset(&alarm)
        unsafe sigaddset(&alarm, SIGALRM)
        unsafe pthread_sigmask(SIG_UNBLOCK, &alarm, &blocked)
        return blocked
    }

    private static func restoreSignals(_ blocked: sigset_t) {
        var mask = blocked
        unsafe pthread_sigmask(SIG_SETMASK, &mask, nil)
    }
}

extension FileLock {
    /// The processes that hold the lock right now, as far as the caller's pid namespace has them.
    ///
    /// - Throws: `SystemError` when `/proc/locks` can't be read (`proc(5)`).
    package static func holders(path: String) throws(SystemError) -> [Int32] {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { throw SystemError("look at \(path)") }
        let inode = ":\(status.st_ino)"
        // 1: FLOCK  ADVISORY  WRITE 4711 00:1a:1234 0 EOF
        return try readText("/proc/locks").split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count > 5, fields[1] == "FLOCK", fields[5].hasSuffix(inode) else { return nil }
            return Int32(fields[4]).flatMap { $0 > 0 ? $0 : nil }
        }
    }
}
