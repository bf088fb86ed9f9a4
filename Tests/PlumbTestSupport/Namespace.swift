import CLinux
package import Glibc
import PlumbLinux

/// A network namespace that is held by a process, as a container's is.
///
/// The process is a `cat` that reads from a pipe of this one, so it ends with this process whatever happens.
package final class Namespace {
    private let holder: Child
    private let lifeline: FileDescriptor

    /// The number of the process.
    package var pid: pid_t { holder.pid }

    /// Where the namespace can be found as long as the process lives.
    package var path: String { "/proc/\(pid)/ns/net" }

    /// Makes a namespace that holds nothing but a loopback interface, which is down.
    package init() throws {
        let home = try FileDescriptor.open("/proc/thread-self/ns/net", O_RDONLY)
        let pipe = try Pipe.make()
        let sink = try FileDescriptor.open("/dev/null", O_WRONLY)
        guard unshare(CLONE_NEWNET) == 0 else {
            throw SystemError("make a network namespace (these tests need to run as root)")
        }
        defer { Self.enter(home) }
        holder = try Child(
            ["cat"],
            environment: [:],
            standardInput: pipe.reading.number,
            standardOutput: sink.number,
            standardError: sink.number
        )
        lifeline = pipe.keepWriting()
    }

    /// Runs a step with the calling thread inside: sockets made there stay there, as do processes.
    package func enter<Result>(_ step: () throws -> Result) throws -> Result {
        let home = try FileDescriptor.open("/proc/thread-self/ns/net", O_RDONLY)
        let namespace = try FileDescriptor.open(path, O_RDONLY)
        Self.enter(namespace)
        defer { Self.enter(home) }
        return try step()
    }

    private static func enter(_ namespace: borrowing FileDescriptor) {
        let result = setns(namespace.number, CLONE_NEWNET)
        precondition(result == 0, "the thread can't change its network namespace: \(errnoText(errno))")
    }

    /// Stops the process, as a runtime pauses a container.
    package func pause() { holder.signal(SIGSTOP) }

    /// Ends the process, and with it the namespace.
    package func close() { holder.end() }

    /// Runs a program in the namespace.
    package func run(_ arguments: String..., input: String = "") throws -> CommandResult {
        try Command(arguments, input: input).run(in: self)
    }

    /// Runs a program in the namespace that has to succeed.
    ///
    /// - Throws: `TestFailure` with its errors when it does not.
    @discardableResult
    package func require(_ arguments: String..., input: String = "") throws -> String {
        let result = try Command(arguments, input: input).run(in: self)
        guard result.succeeded else {
            throw TestFailure("\(arguments.joined(separator: " ")): \(result.status) \(result.errors)\(result.output)")
        }
        return result.output
    }

    /// What `ip -json` answers.
    package func ip(_ arguments: String...) throws -> JSON {
        let result = try Command(["ip", "-json", "-details"] + arguments).run(in: self)
        guard result.succeeded else { throw TestFailure("ip \(arguments.joined(separator: " ")): \(result.errors)") }
        return result.output.isEmpty ? [] : try JSON(parsing: result.output)
    }

    /// Sets a sysctl of the namespace, named by its path below `/proc/sys/net`.
    package func setSysctl(_ name: String, _ value: String) throws {
        try enter { try Sysctl("net/\(name)").write(value) }
    }

    /// The value of a sysctl of the namespace; nil when there is no such sysctl.
    package func sysctl(_ name: String) throws -> String? {
        try enter { try Sysctl("net/\(name)").read() }
    }
}
