import CLinux
import Glibc
import PlumbLinux

/// What a program of the host printed.
struct CommandResult {
    let status: CInt
    let output: String
}

/// Runs a program in the network namespace of the calling thread and waits for its end.
@discardableResult
func command(_ words: [String], lock: String = "/dev/null") throws -> CommandResult {
    var ends: [CInt] = [-1, -1]
    guard unsafe pipe2(&ends, O_CLOEXEC) == 0 else { throw SystemError("make a pipe") }
    let reading = FileDescriptor(adopting: ends[0])
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    for target in [STDOUT_FILENO, STDERR_FILENO] {
        unsafe posix_spawn_file_actions_adddup2(&actions, ends[1], target)
    }
    let arguments = unsafe words.map { unsafe strdup($0) } + [nil]
    let variables = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "XTABLES_LOCKFILE=\(lock)"]
    let environment = unsafe variables.map { unsafe strdup($0) } + [nil]
    let texts = unsafe arguments + environment
    defer { for position in unsafe texts.indices { unsafe free(texts[position]) } }
    var child: pid_t = 0
    let failure = unsafe posix_spawnp(&child, words[0], &actions, nil, arguments, environment)
    guard failure == 0 else { throw SystemError("run \(words[0])", errno: failure) }
    close(ends[1])
    let output = try reading.readToEnd()
    var status: CInt = 0
    while unsafe waitpid(child, &status, 0) < 0 {
        guard errno == EINTR else { throw SystemError("wait for \(words[0])") }
    }
    return CommandResult(status: status >> 8 & 0xFF, output: String(decoding: output, as: UTF8.self))
}

/// Takes the calling thread to a new network namespace.
func unshareNetwork() -> CInt {
    unshare(CLONE_NEWNET)
}
