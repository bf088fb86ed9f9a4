package import Glibc
import PlumbLinux

/// A program that runs beside the test; it does not outlive the value.
package final class Background {
    private let child: Child
    private let lifeline: FileDescriptor?
    private let output: FileDescriptor

    /// The number of the process.
    package var pid: pid_t { child.pid }

    /// Starts the program in the network namespace of the calling thread, or in another.
    ///
    /// Without an input of at most 4096 bytes its standard input stays open and silent, so that a `cat` waits for ever.
    package init(
        _ arguments: [String],
        environment: [String: String] = [:],
        input text: String? = nil,
        in namespace: Namespace? = nil
    ) throws {
        let input = try Pipe.make()
        let output = try Pipe.make()
        let sink = try FileDescriptor.open("/dev/null", O_WRONLY)
        let ends = (input.reading.number, output.writing.number, sink.number)
        func start() throws -> Child {
            try Child(
                arguments,
                environment: Command.inherited.merging(environment) { $1 },
                standardInput: ends.0,
                standardOutput: ends.1,
                standardError: ends.2
            )
        }
        child = try namespace?.enter(start) ?? start()
        if let text { try input.writing.writeAll(Array(text.utf8)) }
        lifeline = text == nil ? input.keepWriting() : nil
        self.output = output.keepReading()
    }

    /// Waits until the program has written something.
    ///
    /// - Throws: `TestFailure` when it ends without.
    package func waitForOutput() throws {
        var byte: UInt8 = 0
        guard unsafe read(output.number, &byte, 1) == 1 else { throw TestFailure("a program has ended without a word") }
    }

    /// Waits until the program has ended, and returns what it wrote.
    package func result(within limit: Duration = .seconds(30)) throws -> CommandResult {
        let text = String(decoding: try output.readToEnd(), as: UTF8.self)
        guard let status = child.wait(until: .now + limit) else {
            throw TestFailure("a program did not end within \(limit)")
        }
        return CommandResult(status: status, output: text, errors: "")
    }

    /// Whether the program has not ended yet.
    package var isRunning: Bool { child.wait(until: .now) == nil }

    /// Sends a signal, unless the process has ended already.
    package func signal(_ number: CInt) { child.signal(number) }

    /// Kills the process and waits for its end.
    package func end() { child.end() }
}
