import Glibc

/// Another plugin that does a part of the work, such as one that manages addresses (CNI 1.1.0, section 4).
public struct Delegate: Hashable, Sendable {
    /// The name of the plugin, as `ipam.type` has it.
    public let type: String

    /// The path of its executable.
    public let executable: String

    /// Looks for a plugin in the folders of `CNI_PATH`, the first one first.
    ///
    /// - Parameters:
    ///   - type: The name of the plugin, which must be a plain file name.
    ///   - path: The folders, from `Environment.path`.
    /// - Returns: The plugin.
    /// - Throws: `CNIError` with code 4 when there are no folders, 7 for a name that is not one or is in no folder.
    public static func find(_ type: String, in path: [String]) throws(CNIError) -> Delegate {
        guard !type.isEmpty, type != ".", type != "..", !type.utf8.contains(where: { $0 == 0x2F || $0 == 0 }) else {
            throw CNIError(.invalidConfiguration, "\(quoted(type)) is not the name of a plugin")
        }
        guard !path.isEmpty else {
            throw CNIError(.invalidEnvironment, "CNI_PATH is not set, so the plugin \(quoted(type)) cannot be found")
        }
        for folder in path {
            let candidate = "\(folder)/\(type)"
            if isExecutableFile(candidate) { return Delegate(type: type, executable: candidate) }
        }
        throw CNIError(
            .invalidConfiguration,
            "no plugin \(quoted(type)) in CNI_PATH",
            details: "looked in \(path.joined(separator: ", "))"
        )
    }

    /// Runs the plugin for a command, with the variables and the configuration of the request.
    ///
    /// - Parameters:
    ///   - command: What the plugin is to do, which takes the place of the request's own command.
    ///   - environment: The parameters to hand on.
    ///   - configuration: The whole configuration, not only the part that is about the plugin.
    /// - Returns: What the plugin printed.
    /// - Throws: The plugin's own `CNIError`; one with code 5 or 11 when it cannot be run, 999 when it failed without
    ///   saying why.
    public func run(
        _ command: Command,
        environment: Environment,
        configuration: [UInt8]
    ) throws(CNIError) -> [UInt8] {
        var variables = environment.variables
        variables["CNI_COMMAND"] = command.rawValue
        let child = try ChildProcess.spawn(executable, variables: variables)
        let (output, ending) = try child.exchange(configuration)
        guard ending != .exited(0) else { return output }
        throw Self.failure(of: type, command, ending, output)
    }

    private static func failure(
        of type: String,
        _ command: Command,
        _ ending: ChildProcess.Ending,
        _ output: [UInt8]
    ) -> CNIError {
        do {
            return try decodeJSON(CNIError.self, from: output, of: "the error")
        } catch {
            return CNIError(
                .internalFailure,
                "\(command.rawValue) of the plugin \(quoted(type)) \(ending) without a CNI error",
                details: output.isEmpty ? "" : "it printed \(quoted(String(decoding: output, as: UTF8.self)))"
            )
        }
    }

    private static func isExecutableFile(_ path: String) -> Bool {
        var status = stat()
        guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
        return unsafe access(path, X_OK) == 0
    }
}
