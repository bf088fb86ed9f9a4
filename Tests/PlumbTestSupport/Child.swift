package import Glibc
import PlumbLinux

/// How a process ended.
package enum ExitStatus: Hashable, Sendable {
    case exited(CInt)
    case signalled(CInt)

    init(waitStatus: CInt) {
        let signal = waitStatus & 0x7f
        self = signal == 0 ? .exited(waitStatus >> 8 & 0xff) : .signalled(signal)
    }
}

/// A process that a test started; it does not outlive the value.
package final class Child {
    package let pid: pid_t
    private var status: ExitStatus?

    /// Starts a program, which is looked for in `PATH`, with exactly this environment and these three descriptors.
    ///
    /// The process is born in the network namespace that the calling thread is in.
    package init(
        _ arguments: [String],
        environment: [String: String],
        standardInput: CInt,
        standardOutput: CInt,
        standardError: CInt
    ) throws {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        for (number, descriptor) in [standardInput, standardOutput, standardError].enumerated() {
            unsafe posix_spawn_file_actions_adddup2(&actions, descriptor, CInt(number))
        }
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        // The test process ignores SIGPIPE, its children should not.
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_setsigmask(&attributes, &signals)
        unsafe sigaddset(&signals, SIGPIPE)
        unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))

        var pid: pid_t = 0
        let variables = environment.map { "\($0.key)=\($0.value)" }.sorted()
        let result = unsafe withCStrings(arguments) { arguments in
            unsafe withCStrings(variables) { variables in
                guard let program = unsafe arguments[0] else { return EINVAL }
                return unsafe posix_spawnp(&pid, program, &actions, &attributes, arguments, variables)
            }
        }
        guard result == 0 else { throw SystemError("start \(arguments[0])", errno: result) }
        self.pid = pid
    }

    deinit { end() }

    /// Sends a signal, unless the process has ended already.
    package func signal(_ number: CInt) {
        if status == nil { kill(pid, number) }
    }

    /// Kills the process and waits for its end.
    package func end() {
        signal(SIGKILL)
        _ = collect(0)
    }

    /// Waits for the end of the process; nil if that does not come in time.
    package func wait(until deadline: ContinuousClock.Instant) -> ExitStatus? {
        while true {
            if let status = collect(WNOHANG) { return status }
            guard ContinuousClock.now < deadline else { return nil }
            // waitpid(2) knows no time-out, and output ends a moment before the process does.
            usleep(200)
        }
    }

    private func collect(_ options: CInt) -> ExitStatus? {
        if let status { return status }
        var result: CInt = 0
        while true {
            let collected = unsafe waitpid(pid, &result, options)
            if collected == pid { status = ExitStatus(waitStatus: result) }
            if collected >= 0 || errno != EINTR { return status }
        }
    }
}

/// Lends strings as the null-terminated list that C expects.
private func withCStrings<Result>(
    _ strings: [String],
    _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
) -> Result {
    let pointers = unsafe strings.map { unsafe strdup($0) } + [nil]
    defer { for index in unsafe pointers.indices { unsafe free(pointers[index]) } }
    return unsafe body(pointers)
}
