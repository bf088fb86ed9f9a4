import Glibc

/// Lends a null-terminated array of C strings for the time of a call, as `posix_spawn(3)` wants arguments and variables.
@unsafe func withCStrings<Value>(
    _ strings: [String],
    _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Value
) -> Value {
    var pointers = unsafe strings.map { unsafe strdup($0) }
    unsafe pointers.append(nil)
    defer { for index in unsafe pointers.indices { unsafe free(pointers[index]) } }
    return unsafe pointers.withUnsafeBufferPointer { buffer in
        guard let base = buffer.baseAddress else { preconditionFailure("an array with an element has an address") }
        return unsafe body(base)
    }
}

/// Lends the actions that make two descriptors a program's standard input and output.
@unsafe func withSpawnActions(
    input: CInt,
    output: CInt,
    _ body: (UnsafePointer<posix_spawn_file_actions_t>) -> CInt
) -> CInt {
    var actions = unsafe posix_spawn_file_actions_t()
    var result = unsafe posix_spawn_file_actions_init(&actions)
    guard result == 0 else { return result }
    defer { _ = unsafe posix_spawn_file_actions_destroy(&actions) }
    result = unsafe posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
    guard result == 0 else { return result }
    result = unsafe posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    guard result == 0 else { return result }
    return unsafe body(&actions)
}

/// Turns writing to a pipe that nobody reads into an error, for the calling thread and a while.
///
/// Ignoring the signal would do so for every thread of the program, and for the programs it starts.
enum BrokenPipes {
    /// Holds the signal back and returns the mask from before.
    static func block() -> sigset_t {
        var blocked = sigset_t()
        var before = sigset_t()
        unsafe sigemptyset(&blocked)
        unsafe sigaddset(&blocked, SIGPIPE)
        unsafe pthread_sigmask(SIG_BLOCK, &blocked, &before)
        return before
    }

    /// Takes the signals that came in the meantime away and puts the mask back.
    static func restore(_ mask: sigset_t) {
        var before = mask
        if unsafe sigismember(&before, SIGPIPE) == 0 {
            var blocked = sigset_t()
            var now = timespec()
            unsafe sigemptyset(&blocked)
            unsafe sigaddset(&blocked, SIGPIPE)
            while unsafe sigtimedwait(&blocked, nil, &now) == SIGPIPE {}
        }
        unsafe pthread_sigmask(SIG_SETMASK, &before, nil)
    }
}
