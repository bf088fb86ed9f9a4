/// What a plugin does for each command; `Dispatcher` does the rest of the protocol.
///
/// Errors of any of the calls are printed for the runtime, and the process ends with status 1.
public protocol Plugin {
    /// The plugin's own keys of the network configuration.
    associatedtype Settings: Decodable & Sendable

    /// Attaches the container and reports what was achieved.
    func add(_ request: Request<Settings>) throws(CNIError) -> CNIResult

    /// Takes the container off the network; what is gone already is no error.
    ///
    /// The settings are nil when they no longer fit, the namespace is nil when it is gone.
    func del(_ request: Request<Settings?>) throws(CNIError)

    /// Makes sure that the attachment is as ADD left it; the configuration has a `prevResult`.
    func check(_ request: Request<Settings>) throws(CNIError)

    /// Removes what no attachment in `validAttachments` needs, and nothing when that list is nil.
    func gc(_ request: Request<Settings>) throws(CNIError)

    /// Makes sure that the plugin is ready for ADD, without changing anything.
    func status(_ request: Request<Settings>) throws(CNIError)
}

/// One call of a plugin.
public struct Request<Settings: Decodable & Sendable>: Sendable {
    /// The parameters of the call.
    public let environment: Environment

    /// The configuration of the network.
    public let configuration: NetworkConfiguration<Settings>

    /// The configuration as it came, for delegates.
    public let configurationBytes: [UInt8]

    /// Makes a request of its parts.
    public init(
        environment: Environment,
        configuration: NetworkConfiguration<Settings>,
        configurationBytes: [UInt8]
    ) {
        self.environment = environment
        self.configuration = configuration
        self.configurationBytes = configurationBytes
    }
}
