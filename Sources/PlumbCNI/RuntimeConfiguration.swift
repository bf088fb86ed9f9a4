public import PlumbAddress

/// What the runtime decides for each container: the key `runtimeConfig`, one member for each capability.
///
/// The names are those of the CNI conventions; capabilities that are not listed here are passed over.
public struct RuntimeConfiguration: Hashable, Sendable {
    /// The ports to publish; capability `portMappings`.
    public let portMappings: [PortMapping]?

    /// The ranges to take addresses from, one address for each set; capability `ipRanges`.
    public let ipRanges: [[IPRange]]?

    /// The addresses to take, with or without a prefix length; capability `ips`.
    public let ips: [String]?

    /// The hardware address to take; capability `mac`.
    public let mac: String?

    /// The rate limits; capability `bandwidth`.
    public let bandwidth: Bandwidth?

    /// How the container resolves names; capability `dns`.
    public let dns: DNS?
}

extension RuntimeConfiguration {
    /// A part of a subnet to take addresses from.
    public struct IPRange: Hashable, Sendable {
        /// The subnet.
        public let subnet: Prefix

        /// The lowest address to give out; nil for the subnet's first usable one.
        public let rangeStart: IPAddress?

        /// The highest address to give out; nil for the subnet's last usable one.
        public let rangeEnd: IPAddress?

        /// The gateway; nil for the subnet's first usable address.
        public let gateway: IPAddress?
    }

    /// Rate limits as seen from the container; 0 and nil mean none.
    public struct Bandwidth: Hashable, Sendable, Decodable {
        /// The rate towards the container in bits per second.
        public let ingressRate: Int?

        /// The burst towards the container in bits.
        public let ingressBurst: Int?

        /// The rate from the container in bits per second.
        public let egressRate: Int?

        /// The burst from the container in bits.
        public let egressBurst: Int?
    }
}

extension RuntimeConfiguration.IPRange: Decodable {
    enum CodingKeys: String, CodingKey {
        case subnet
        case rangeStart
        case rangeEnd
        case gateway
    }

    /// Reads a range; `subnet` is required.
    ///
    /// - Throws: `DecodingError` for a key that is not an address or subnet.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.subnet = try container.decode(Prefix.self, forKey: .subnet)
        self.rangeStart = try container.decodeFromText(IPAddress.self, forKey: .rangeStart)
        self.rangeEnd = try container.decodeFromText(IPAddress.self, forKey: .rangeEnd)
        self.gateway = try container.decodeFromText(IPAddress.self, forKey: .gateway)
    }
}

extension RuntimeConfiguration: Decodable {
    enum CodingKeys: String, CodingKey {
        case portMappings
        case ipRanges
        case ips
        case mac
        case bandwidth
        case dns
    }

    /// The capability's own names for what results call `nameservers` and `search`.
    private struct CapabilityDNS: Decodable {
        let servers: [String]?
        let searches: [String]?
        let options: [String]?
    }

    /// Reads the capabilities; every key is optional.
    ///
    /// - Throws: `DecodingError` for a key of the wrong type.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.portMappings = try container.decodeIfPresent([PortMapping].self, forKey: .portMappings)
        self.ipRanges = try container.decodeIfPresent([[IPRange]].self, forKey: .ipRanges)
        self.ips = try container.decodeIfPresent([String].self, forKey: .ips)
        self.mac = try container.decodeText(forKey: .mac)
        self.bandwidth = try container.decodeIfPresent(Bandwidth.self, forKey: .bandwidth)
        self.dns = try container.decodeIfPresent(CapabilityDNS.self, forKey: .dns).map { dns in
            DNS(nameservers: dns.servers ?? [], search: dns.searches ?? [], options: dns.options ?? [])
        }
    }
}
