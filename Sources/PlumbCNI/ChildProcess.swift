import Glibc

/// A started program whose standard input and output are pipes; its standard error is this process's.
///
/// It must be waited for with `exchange(_:)`.
struct ChildProcess: ~Copyable {
    /// How a process ended.
    enum Ending: Hashable, CustomStringConvertible {
        case exited(CInt)
        case killed(signal: CInt)

        /// Reads the status that `wait(2)` fills in, whose macros Swift does not import.
        init(status: CInt) {
            self = status & 0x7F == 0 ? .exited(status >> 8 & 0xFF) : .killed(signal: status & 0x7F)
        }

        var description: String {
            switch self {
            case .exited(let code): "ended with status \(code)"
            case .killed(let signal): "was killed by signal \(signal)"
            }
        }
    }

    private let id: pid_t
    private let name: String
    private var input: Descriptor?
    private var output: Descriptor?

    private init(id: pid_t, name: String, input: consuming Descriptor, output: consuming Descriptor) {
        self.id = id
        self.name = name
        self.input = consume input
        self.output = consume output
    }

    /// Starts a program without arguments and without a shell.
    ///
    /// - Throws: `CNIError` with code 11 while somebody keeps writing the file for a second, 5 for other failures.
    static func spawn(_ executable: String, variables: [String: String]) throws(CNIError) -> ChildProcess {
        let inputPipe = try Pipe.make()
        let outputPipe = try Pipe.make()
        // The child may answer before it has read everything, so writing must never wait for it.
        guard fcntl(inputPipe.writeEnd.number, F_SETFL, O_NONBLOCK) == 0 else {
            throw .io("cannot prepare the pipe to \(executable)", errno: errno)
        }

        var id: pid_t = 0
        var result = ETXTBSY
        // A plugin that is being installed just now is ready in a moment; the reference library waits for it as well.
        for attempt in 0..<50 where result == ETXTBSY {
            if attempt > 0 { usleep(20_000) }
            result = unsafe withSpawnActions(input: inputPipe.readEnd.number, output: outputPipe.writeEnd.number) {
                actions in
                unsafe withCStrings([executable]) { arguments in
                    unsafe withCStrings(variables.map { "\($0.key)=\($0.value)" }) { environment in
                        unsafe posix_spawn(&id, executable, actions, nil, arguments, environment)
                    }
                }
            }
        }
        guard result == 0 else {
            let error = CNIError.io("cannot run \(executable)", errno: result)
            throw result == ETXTBSY ? CNIError(.tryAgainLater, error.message) : error
        }
        return ChildProcess(id: id, name: executable, input: inputPipe.writeEnd, output: outputPipe.readEnd)
    }

    /// Hands the input over, collects the output and waits for the end of the process.
    ///
    /// - Returns: The output, and how the process ended.
    /// - Throws: `CNIError` with code 5 when a pipe fails or the output is longer than any result may be.
    consuming func exchange(_ bytes: [UInt8]) throws(CNIError) -> (output: [UInt8], ending: Ending) {
        var collected: Result<[UInt8], CNIError>
        do {
            let mask = BrokenPipes.block()
            defer { BrokenPipes.restore(mask) }
            collected = .success(try transfer(bytes))
        } catch {
            collected = .failure(error)
        }
        // Without its pipes a process that still writes ends as well, so that waiting comes to an end.
        input = nil
        output = nil
        let ending = try Self.wait(for: id)
        return (try collected.get(), ending)
    }

    private static func wait(for id: pid_t) throws(CNIError) -> Ending {
        var status: CInt = 0
        while unsafe waitpid(id, &status, 0) < 0 {
            guard errno == EINTR else { throw .io("cannot wait for process \(id)", errno: errno) }
        }
        return Ending(status: status)
    }

    private mutating func transfer(_ bytes: [UInt8]) throws(CNIError) -> [UInt8] {
        var remaining = bytes[...]
        var collected: [UInt8] = []
        while true {
            if remaining.isEmpty { input = nil }
            let (canWrite, canRead) = try poll()
            if canWrite, let count = try input?.write(remaining, to: name) {
                remaining = remaining.dropFirst(count)
            } else if canWrite {
                // The process does not want to know more, and its status will tell whether that is right.
                remaining = []
            }
            guard canRead, let piece = try output?.read(of: name) else { continue }
            if piece.isEmpty { return collected }
            collected += piece
            guard collected.count <= JSONLimits.size else {
                throw CNIError(.ioFailure, "\(name) printed more than \(JSONLimits.size) bytes")
            }
        }
    }

    /// Waits until one of the pipes can be used.
    private mutating func poll() throws(CNIError) -> (canWrite: Bool, canRead: Bool) {
        // The kernel passes over entries with a negative descriptor.
        var entries = [
            pollfd(fd: output?.number ?? -1, events: Int16(POLLIN), revents: 0),
            pollfd(fd: input?.number ?? -1, events: Int16(POLLOUT), revents: 0),
        ]
        while unsafe Glibc.poll(&entries, nfds_t(entries.count), -1) < 0 {
            guard errno == EINTR else { throw .io("cannot wait for \(name)", errno: errno) }
        }
        return (canWrite: entries[1].revents != 0, canRead: entries[0].revents != 0)
    }
}
