/// The configuration of a network as the runtime hands it over on standard input (CNI 1.1.0, section 1).
///
/// `Settings` holds the plugin's own keys; they are read from the same object as the protocol's.
public struct NetworkConfiguration<Settings: Decodable & Sendable>: Sendable {
    /// The version of the specification to speak: `cniVersion`, 0.1.0 when absent or empty.
    public let cniVersion: SpecVersion

    /// The name of the network: `name`.
    public let name: String

    /// The name of the plugin's executable: `type`; nil when absent.
    public let type: String?

    /// What earlier plugins of the chain, or the ADD that is now checked or undone, achieved: `prevResult`.
    public let prevResult: CNIResult?

    /// What the runtime decided for this container: `runtimeConfig`.
    public let runtimeConfig: RuntimeConfiguration?

    /// What the user asked of every plugin: `args.cni`.
    public let args: ConventionalArguments?

    /// How containers resolve names: `dns`.
    public let dns: DNS?

    /// The plugin that manages addresses: `ipam.type`; nil when absent or empty.
    public let ipamType: String?

    /// The attachments that GC must leave alone: `cni.dev/valid-attachments`.
    ///
    /// Nil when absent or null, which says nothing about any attachment; empty when none is valid.
    public let validAttachments: [ValidAttachment]?

    /// The plugin's own keys.
    public let settings: Settings
}

extension NetworkConfiguration: Decodable {
    /// Reads the protocol's keys, then the plugin's.
    ///
    /// - Throws: `CNIError` with code 1 or 7 for the version and the name, `DecodingError` for a key of the wrong type.
    public init(from decoder: any Decoder) throws {
        let keys = try ProtocolKeys(from: decoder, isForgiving: false)
        self.init(keys, settings: try Settings(from: decoder))
    }

    init(_ keys: ProtocolKeys, settings: Settings) {
        self.cniVersion = keys.cniVersion
        self.name = keys.name
        self.type = keys.type
        self.prevResult = keys.prevResult
        self.runtimeConfig = keys.runtimeConfig
        self.args = keys.args
        self.dns = keys.dns
        self.ipamType = keys.ipamType
        self.validAttachments = keys.validAttachments
        self.settings = settings
    }
}

extension NetworkConfiguration {
    /// Reads a configuration that must be right in every part.
    ///
    /// - Throws: `CNIError` with code 1 for a version that is not spoken, 6 for bytes that are not a JSON object, 7 for a
    ///   field that does not fit; the message names the field and its value.
    public static func decode(_ bytes: [UInt8]) throws(CNIError) -> Self {
        try decodeJSON(Self.self, from: bytes, of: "the network configuration")
    }

    /// Reads a configuration for DEL, of which only `cniVersion` and `name` must be right.
    ///
    /// A container must be removable although somebody has broken its network's configuration in the meantime: parts
    /// that don't fit are nil.
    ///
    /// - Throws: `CNIError` as `decode(_:)` does, but for those two keys only.
    public static func decodeForRemoval(_ bytes: [UInt8]) throws(CNIError) -> NetworkConfiguration<Settings?> {
        try decodeJSON(RemovalConfiguration.self, from: bytes, of: "the network configuration").configuration
    }

    private struct RemovalConfiguration: Decodable {
        let configuration: NetworkConfiguration<Settings?>

        init(from decoder: any Decoder) throws {
            let keys = try ProtocolKeys(from: decoder, isForgiving: true)
            // Settings that don't fit are absent to DEL, which then works from what ADD recorded.
            self.configuration = NetworkConfiguration<Settings?>(keys, settings: try? Settings(from: decoder))
        }
    }
}
