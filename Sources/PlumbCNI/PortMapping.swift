/// A published port, or a range of ports, as the runtime asks for it (CNI conventions, capability `portMappings`).
///
/// The values are as they came: whether they are ports, protocols and addresses is for the plugin to judge.
public struct PortMapping: Hashable, Sendable {
    /// The port on the host, the first of a range; 0 when absent.
    public let hostPort: Int

    /// The port in the container, the first of a range; 0 when absent.
    public let containerPort: Int

    /// The transport protocol; nil when absent or empty, which means TCP.
    public let `protocol`: String?

    /// The host's address to publish on; nil when absent or empty, which means every address.
    public let hostIP: String?

    /// How many ports follow each other on either side, as netavark has it; 1 when absent.
    public let range: Int

    /// Makes a mapping, by default of a single port.
    public init(hostPort: Int, containerPort: Int, protocol: String? = nil, hostIP: String? = nil, range: Int = 1) {
        self.hostPort = hostPort
        self.containerPort = containerPort
        self.protocol = `protocol`
        self.hostIP = hostIP
        self.range = range
    }
}

extension PortMapping: Decodable {
    enum CodingKeys: String, CodingKey {
        case hostPort
        case containerPort
        case `protocol`
        case hostIP
        case range
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
        self.range = try container.decodeIfPresent(Int.self, forKey: .range) ?? 1
    }
}

extension PortMapping: Encodable {
    /// Writes a mapping; what is absent is left out, and so is the range of a single port.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(hostPort, forKey: .hostPort)
        try container.encode(containerPort, forKey: .containerPort)
        try container.encodeIfPresent(`protocol`, forKey: .protocol)
        try container.encodeIfPresent(hostIP, forKey: .hostIP)
        if range != 1 { try container.encode(range, forKey: .range) }
    }
}
