import Glibc
import PlumbLinux

/// A child that is fed from a text while its output and its errors are collected.
final class Conversation {
    let child: Child
    private(set) var output: [UInt8] = []
    private(set) var errors: [UInt8] = []
    private var rest: ArraySlice<UInt8>
    private var inputEnd: FileDescriptor?
    private var outputEnd: FileDescriptor?
    private var errorEnd: FileDescriptor?

    /// Starts the child, in the network namespace of the calling thread or in another.
    init(_ arguments: [String], environment: [String: String], text: [UInt8], namespace: Namespace?) throws {
        // A child that does not read its input must not be the end of this process.
        signal(SIGPIPE, SIG_IGN)
        let input = try Pipe.make()
        let output = try Pipe.make()
        let errors = try Pipe.make()
        _ = fcntl(input.writing.number, F_SETFL, O_NONBLOCK)
        let ends = (input.reading.number, output.writing.number, errors.writing.number)
        func start() throws -> Child {
            try Child(
                arguments,
                environment: environment,
                standardInput: ends.0,
                standardOutput: ends.1,
                standardError: ends.2
            )
        }
        child = try namespace?.enter(start) ?? start()
        rest = text[...]
        inputEnd = input.keepWriting()
        outputEnd = output.keepReading()
        errorEnd = errors.keepReading()
        // What fits into the pipe is there before anybody waits for it.
        write()
    }

    /// Talks until the child has closed its output and its errors.
    ///
    /// - Returns: Whether it did so in time.
    func run(until deadline: ContinuousClock.Instant) throws -> Bool {
        while outputEnd != nil || errorEnd != nil {
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero else { return false }
            // A negative number stands for no file.
            var files = [
                pollfd(fd: inputEnd?.number ?? -1, events: Int16(POLLOUT), revents: 0),
                pollfd(fd: outputEnd?.number ?? -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: errorEnd?.number ?? -1, events: Int16(POLLIN), revents: 0),
            ]
            guard unsafe poll(&files, 3, CInt(left.milliseconds)) >= 0 else {
                if errno == EINTR { continue }
                throw SystemError("poll")
            }
            if files[0].revents != 0 { write() }
            if files[1].revents != 0, !Self.read(outputEnd?.number, into: &output) { outputEnd = nil }
            if files[2].revents != 0, !Self.read(errorEnd?.number, into: &errors) { errorEnd = nil }
        }
        return true
    }

    private func write() {
        guard let number = inputEnd?.number else { return }
        guard !rest.isEmpty else {
            inputEnd = nil
            return
        }
        let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(number, $0.baseAddress, $0.count) }
        if count >= 0 { rest = rest.dropFirst(count) }
        // A child may end without having read everything.
        if rest.isEmpty || (count < 0 && errno == EPIPE) { inputEnd = nil }
    }

    /// Reads once; false at the end of the file.
    private static func read(_ number: CInt?, into bytes: inout [UInt8]) -> Bool {
        guard let number else { return false }
        var chunk = [UInt8](repeating: 0, count: 65536)
        let count = unsafe Glibc.read(number, &chunk, chunk.count)
        if count > 0 { bytes += chunk[..<count] }
        return count > 0 || (count < 0 && errno == EINTR)
    }
}

extension Duration {
    /// Whole milliseconds, at least one.
    var milliseconds: Int64 {
        max(1, components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000)
    }
}
