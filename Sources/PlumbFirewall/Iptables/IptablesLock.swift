import Glibc
import PlumbLinux

/// The file that the iptables programs lock: `/run/xtables.lock`, or what `XTABLES_LOCKFILE` says (`iptables(8)`).
func xtablesLockPath() -> String {
    guard let path = unsafe getenv("XTABLES_LOCKFILE") else { return "/run/xtables.lock" }
    return unsafe String(cString: path)
}

extension FirewallError {
    /// Makes an error of a lock that could not be had.
    init(_ error: FileLockError) {
        let operation = "lock the firewall"
        switch error {
        case .timedOut(let path):
            let reason = "another program has kept \(path) locked for too long"
            self.init(.locked, operation, errno: EWOULDBLOCK, reason: reason)
        case .system(let error):
            self.init(operation, error)
        }
    }
}

/// Takes the lock of the iptables programs.
///
/// Without it two writers undo each other's changes and never know: the kernel compares no more than the number of rules.
///
/// - Throws: `FirewallError`, `.locked` when somebody else kept it. Equivalent to: `iptables --wait SECONDS`
func lockIptables(_ path: String, timeout: Duration) throws(FirewallError) -> FileLock {
    do throws(FileLockError) {
        return try FileLock.acquire(path: path, mode: .exclusive, timeout: timeout)
    } catch {
        throw FirewallError(error)
    }
}
