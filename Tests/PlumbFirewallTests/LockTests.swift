import Glibc
import PlumbLinux
import Testing

@testable import PlumbFirewall

@Suite struct `The lock of iptables` {
    /// In a forked process, as the time-out is a signal that only a process with one thread is sure to get there.
    @Test func `is waited for no longer than wanted`() async {
        await #expect(processExitsWith: .success) {
            let host = try Host(lockTimeout: .milliseconds(50))
            let holder = try FileLock.acquire(path: host.lockPath, mode: .exclusive, timeout: .seconds(1))
            let child = fork()
            if child == 0 {
                // The threads of the test runner block signals, and the child begins with the mask of one of them.
                var mask = sigset_t()
                unsafe sigemptyset(&mask)
                unsafe pthread_sigmask(SIG_SETMASK, &mask, nil)
                do throws(FirewallError) {
                    _ = try host.firewall.rules(of: "PLUMB")
                    _exit(1)
                } catch {
                    _exit(error.kind == .locked && error.description.contains(host.lockPath) ? 0 : 2)
                }
            }
            var status: CInt = 0
            unsafe waitpid(child, &status, 0)
            #expect(status == 0)
            extendLifetime(holder)
        }
    }

    @Test(arguments: [FileLockError.timedOut(path: "/x"), .system(SystemError("open /x", errno: EACCES))])
    func `tells a time-out from other failures`(error: FileLockError) {
        let isLocked = if case .timedOut = error { true } else { false }
        #expect((FirewallError(error).kind == .locked) == isLocked)
    }
}
