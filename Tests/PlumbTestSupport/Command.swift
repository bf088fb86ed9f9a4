import Glibc

/// What a program left behind.
package struct CommandResult: Sendable {
    package let status: ExitStatus
    package let output: String
    package let errors: String

    package var succeeded: Bool { status == .exited(0) }
}

/// A program with its arguments, run to its end in bounded time.
package struct Command: Sendable {
    package var arguments: [String]
    package var environment: [String: String]
    package var input: [UInt8]
    package var limit: Duration

    package init(
        _ arguments: [String],
        environment: [String: String] = [:],
        input: String = "",
        limit: Duration = .seconds(30)
    ) {
        self.arguments = arguments
        self.environment = environment
        self.input = Array(input.utf8)
        self.limit = limit
    }

    /// What every child needs of this process: where programs are, and where coverage data goes.
    static let inherited: [String: String] = {
        var variables = ["PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"]
        for name in ["LLVM_PROFILE_FILE", "LD_LIBRARY_PATH"] {
            if let value = unsafe getenv(name) { variables[name] = unsafe String(cString: value) }
        }
        return variables
    }()

    /// Runs the program in the network namespace that the calling thread is in, or in another.
    ///
    /// - Throws: `TestFailure` when it does not end in time (it is killed then), `SystemError` when it can't be started.
    package func run(in namespace: Namespace? = nil) throws -> CommandResult {
        try result(of: start(in: namespace), until: ContinuousClock.now + limit)
    }

    /// Starts programs at once and waits until all have ended; the results are in the same order.
    package static func run(all commands: [Command], in namespace: Namespace) throws -> [CommandResult] {
        let conversations = try commands.map { try $0.start(in: namespace) }
        return try zip(commands, conversations).map { command, conversation in
            try command.result(of: conversation, until: ContinuousClock.now + command.limit)
        }
    }

    private func start(in namespace: Namespace?) throws -> Conversation {
        try Conversation(
            arguments,
            environment: Self.inherited.merging(environment) { $1 },
            text: input,
            namespace: namespace
        )
    }

    private func result(
        of conversation: Conversation,
        until deadline: ContinuousClock.Instant
    ) throws -> CommandResult {
        guard try conversation.run(until: deadline), let status = conversation.child.wait(until: deadline) else {
            conversation.child.end()
            throw TestFailure("\(arguments.joined(separator: " ")) did not end within \(limit)")
        }
        return CommandResult(
            status: status,
            output: String(decoding: conversation.output, as: UTF8.self),
            errors: String(decoding: conversation.errors, as: UTF8.self)
        )
    }
}
