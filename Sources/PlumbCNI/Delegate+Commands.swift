extension Delegate {
    /// Runs ADD; when that fails, DEL as well, since nobody else knows what is left behind.
    ///
    /// - Returns: What the plugin achieved.
    /// - Throws: The error of ADD, as `run` does, or of reading the result; a failure of the DEL is in its details.
    public func add<Settings>(_ request: Request<Settings>) throws(CNIError) -> CNIResult {
        do {
            let output = try run(.add, request)
            return try CNIResult.decode(output, version: request.configuration.cniVersion)
        } catch {
            do {
                _ = try run(.del, request)
            } catch let second {
                let details = error.details.isEmpty ? "" : "\(error.details); "
                throw CNIError(error.code, error.message, details: "\(details)DEL failed as well: \(second)")
            }
            throw error
        }
    }

    /// Runs DEL.
    ///
    /// - Throws: The plugin's error, as `run` does.
    public func del<Settings>(_ request: Request<Settings>) throws(CNIError) {
        _ = try run(.del, request)
    }

    /// Runs CHECK.
    ///
    /// - Throws: The plugin's error, as `run` does.
    public func check<Settings>(_ request: Request<Settings>) throws(CNIError) {
        _ = try run(.check, request)
    }

    /// Runs GC; a plugin that does not know the command has nothing to collect.
    ///
    /// - Throws: The plugin's error, as `run` does.
    public func gc<Settings>(_ request: Request<Settings>) throws(CNIError) {
        try runIfKnown(.gc, request)
    }

    /// Runs STATUS; a plugin that does not know the command counts as ready.
    ///
    /// - Throws: The plugin's error, as `run` does.
    public func status<Settings>(_ request: Request<Settings>) throws(CNIError) {
        try runIfKnown(.status, request)
    }

    private func run<Settings>(_ command: Command, _ request: Request<Settings>) throws(CNIError) -> [UInt8] {
        try run(command, environment: request.environment, configuration: request.configurationBytes)
    }

    /// Plugins from before 1.1.0 answer a newer command with code 4 for the variable or 1 for the version.
    private func runIfKnown<Settings>(_ command: Command, _ request: Request<Settings>) throws(CNIError) {
        do {
            _ = try run(command, request)
        } catch  where error.code == .incompatibleVersion {
            return
        } catch  where error.code == .invalidEnvironment && error.message.contains("CNI_COMMAND") {
            return
        }
    }
}
