/// How a container resolves names, in configurations and results (CNI 1.1.0, section 5).
public struct DNS: Hashable, Sendable {
    /// The addresses of the servers, in order of preference.
    public var nameservers: [String]

    /// The local domain.
    public var domain: String?

    /// The domains to try for short names.
    public var search: [String]

    /// The options for the resolver (`resolv.conf(5)`).
    public var options: [String]

    /// Makes settings, by default none.
    public init(nameservers: [String] = [], domain: String? = nil, search: [String] = [], options: [String] = []) {
        self.nameservers = nameservers
        self.domain = domain
        self.search = search
        self.options = options
    }

    /// Whether nothing is set.
    public var isEmpty: Bool { self == DNS() }
}

extension DNS: Decodable {
    enum CodingKeys: String, CodingKey {
        case nameservers
        case domain
        case search
        case options
    }

    /// Reads the settings; every key is optional.
    ///
    /// - Throws: `DecodingError` for a key of the wrong type.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.nameservers = try container.decodeIfPresent([String].self, forKey: .nameservers) ?? []
        self.domain = try container.decodeText(forKey: .domain)
        self.search = try container.decodeIfPresent([String].self, forKey: .search) ?? []
        self.options = try container.decodeIfPresent([String].self, forKey: .options) ?? []
    }
}
