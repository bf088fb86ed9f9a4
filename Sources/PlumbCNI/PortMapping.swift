/// A published port as the runtime asks for it (CNI conventions, capability `portMappings`).
///
/// The values are as they came: whether they are ports, protocols and addresses is for the plugin to judge.
public struct PortMapping: Hashable, Sendable {
    /// The port on the host; 0 when absent.
    public let hostPort: Int

    /// The port in the container; 0 when absent.
    public let containerPort: Int

    /// The transport protocol; nil when absent or empty, which means TCP.
    public let `protocol`: String?

    /// The host's address to publish on; nil when absent or empty, which means every address.
    public let hostIP: String?

    /// Makes a mapping.
    public init(hostPort: Int, containerPort: Int, protocol: String? = nil, hostIP: String? = nil) {
        self.hostPort = hostPort
        self.containerPort = containerPort
        self.protocol = `protocol`
        self.hostIP = hostIP
    }
}

extension PortMapping: Decodable {
    enum CodingKeys: String, CodingKey {
        case hostPort
        case containerPort
        case `protocol`
        case hostIP
    }

    /// Reads a mapping; every key is optional.
    ///
    /// - Throws: `DecodingError` for a key of the wrong type.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.hostPort = try container.decodeIfPresent(Int.self, forKey: .hostPort) ?? 0
        self.containerPort = try container.decodeIfPresent(Int.self, forKey: .containerPort) ?? 0
        self.protocol = try container.decodeText(forKey: .protocol)
        self.hostIP = try container.decodeText(forKey: .hostIP)
    }
}
