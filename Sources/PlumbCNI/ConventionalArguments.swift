/// What the user asks of every plugin: the key `args.cni` (CNI conventions, "args in network config").
public struct ConventionalArguments: Hashable, Sendable {
    /// A mark that the user put on the container.
    public struct Label: Hashable, Sendable, Decodable {
        /// The name of the mark.
        public let key: String

        /// The value of the mark.
        public let value: String
    }

    /// The marks on the container.
    public let labels: [Label]?

    /// The addresses to take, with or without a prefix length; `IP` in `CNI_ARGS` does not count beside them.
    public let ips: [String]?

    /// The hardware address to take.
    public let mac: String?
}

extension ConventionalArguments: Decodable {
    enum CodingKeys: String, CodingKey {
        case labels
        case ips
        case mac
    }

    /// Reads the arguments; every key is optional, and others are passed over.
    ///
    /// - Throws: `DecodingError` for a key of the wrong type.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.labels = try container.decodeIfPresent([Label].self, forKey: .labels)
        self.ips = try container.decodeIfPresent([String].self, forKey: .ips)
        self.mac = try container.decodeText(forKey: .mac)
    }
}
