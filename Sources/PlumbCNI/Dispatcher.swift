/// Runs a plugin for one call of the protocol.
///
/// Everything goes in and comes out as values, so that whole calls can be tested without a process.
public struct Dispatcher<P: Plugin> {
    /// What a process has to print and to end with.
    public struct Outcome: Hashable, Sendable {
        /// The text for standard output; empty for commands that answer nothing.
        public let standardOutput: String

        /// The exit status: 0 or 1.
        public let exitCode: Int32

        /// Makes an outcome of its parts.
        public init(standardOutput: String, exitCode: Int32) {
            self.standardOutput = standardOutput
            self.exitCode = exitCode
        }
    }

    private let plugin: P

    /// Makes a dispatcher for a plugin.
    public init(_ plugin: P) {
        self.plugin = plugin
    }

    /// Serves one call.
    ///
    /// - Parameters:
    ///   - variables: The environment of the process.
    ///   - standardInput: Everything that standard input holds.
    /// - Returns: What the process has to print and to end with.
    public func run(variables: [String: String], standardInput: [UInt8]) -> Outcome {
        do {
            let environment = try Environment(variables)
            return Outcome(standardOutput: try answer(environment, standardInput), exitCode: 0)
        } catch {
            let version = Self.answerableVersion(of: standardInput)
            return Outcome(standardOutput: error.json(version: version), exitCode: 1)
        }
    }

    private func answer(_ environment: Environment, _ input: [UInt8]) throws(CNIError) -> String {
        switch environment.command {
        case .version:
            return try VersionReply(to: input).json
        case .add:
            let request = try request(environment, input)
            return try plugin.add(request).json(version: request.configuration.cniVersion)
        case .del:
            let configuration = try NetworkConfiguration<P.Settings>.decodeForRemoval(input)
            try plugin.del(
                Request(environment: environment, configuration: configuration, configurationBytes: input)
            )
        case .check:
            let request = try request(environment, input, onlyIf: \.supportsCheck)
            guard request.configuration.prevResult != nil else {
                throw CNIError(.invalidConfiguration, "prevResult: required for CHECK, but absent")
            }
            try plugin.check(request)
        case .gc:
            try plugin.gc(try request(environment, input, onlyIf: \.supportsGarbageCollection))
        case .status:
            try plugin.status(try request(environment, input, onlyIf: \.supportsStatus))
        }
        return ""
    }

    private func request(
        _ environment: Environment,
        _ input: [UInt8],
        onlyIf isServed: (SpecVersion) -> Bool = { _ in true }
    ) throws(CNIError) -> Request<P.Settings> {
        let configuration = try NetworkConfiguration<P.Settings>.decode(input)
        let version = configuration.cniVersion
        guard isServed(version) else {
            let served = SpecVersion.supported.filter(isServed).map(\.description).joined(separator: ", ")
            throw CNIError(
                .incompatibleVersion,
                "\(environment.command.rawValue) is not part of cniVersion \(version)",
                details: "requested \(version); supported \(served)"
            )
        }
        return Request(environment: environment, configuration: configuration, configurationBytes: input)
    }

    /// The version to word an error in: the request's where it can be found, else the newest.
    private static func answerableVersion(of input: [UInt8]) -> SpecVersion {
        do {
            return try decodeJSON(StatedVersion.self, from: input, of: "the input").supported(orElse: .assumed)
        } catch {
            // The error on its way out is the one that counts.
            return .newest
        }
    }
}
