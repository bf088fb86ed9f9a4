extension TestHost {
    /// What calls plumb on this host from any thread, as long as the host lives.
    package var caller: Caller {
        Caller(path: namespace.path, environment: stores)
    }

    /// The variables that say where the host has its store and the lock of its firewall.
    package var stores: [String: String] {
        ["PLUMB_STATE_DIR": stateDirectory, "XTABLES_LOCKFILE": "\(folder.path)/xtables.lock"]
    }

    package struct Caller: Sendable {
        fileprivate let path: String
        fileprivate let environment: [String: String]

        /// Runs the executable in the host's namespace.
        package func plumb(_ call: PlumbCall, limit: Duration = .seconds(120)) throws -> PlumbReply {
            let command = Command(
                ["nsenter", "--net=\(path)", try PlumbExecutable.path()] + call.arguments,
                environment: environment.merging(call.allVariables) { $1 },
                input: call.configuration,
                limit: limit
            )
            return PlumbReply(try command.run())
        }
    }
}

extension PlumbCall {
    /// The environment of the call.
    var allVariables: [String: String] {
        var variables = environment
        variables["CNI_COMMAND"] = command
        variables["CNI_CONTAINERID"] = container
        variables["CNI_NETNS"] = sandbox
        if command != nil { variables["CNI_IFNAME"] = interface }
        return variables
    }
}
