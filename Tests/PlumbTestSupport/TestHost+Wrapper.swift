extension TestHost {
    /// Runs the executable in the host's namespace as the last argument of another program, such as `strace`.
    package func plumb(_ call: PlumbCall, under wrapper: [String]) throws -> PlumbReply {
        var call = call
        call.launcher = wrapper
        return try plumb(call)
    }

    /// Starts the executable in the host's namespace and does not wait for its end.
    package func start(_ call: PlumbCall) throws -> RunningPlumb {
        RunningPlumb(
            program: try Background(
                [try PlumbExecutable.path()] + call.arguments,
                environment: stores.merging(call.allVariables) { $1 },
                input: call.configuration,
                in: namespace
            )
        )
    }
}

/// A call of plumb whose answer is still to come.
package struct RunningPlumb {
    package let program: Background

    /// Waits for the answer.
    package func reply() throws -> PlumbReply { PlumbReply(try program.result()) }
}
