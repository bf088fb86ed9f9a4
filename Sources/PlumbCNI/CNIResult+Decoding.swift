import PlumbAddress

extension CNIResult {
    /// Reads the result of a plugin.
    ///
    /// - Parameters:
    ///   - bytes: What the plugin printed.
    ///   - version: The version of the request, which counts when the result names none.
    /// - Returns: The result in the shape of the newest version.
    /// - Throws: `CNIError` with code 1 for a version that is not spoken, 6 for bytes that are not a JSON object, 7 for a
    ///   field that does not fit.
    public static func decode(_ bytes: [UInt8], version: SpecVersion) throws(CNIError) -> CNIResult {
        let stated = try decodeJSON(StatedVersion.self, from: bytes, of: "the result")
        if try stated.supported(orElse: version).supportsInterfaces {
            return try decodeJSON(CurrentShape.self, from: bytes, of: "the result").result
        }
        return try decodeJSON(FirstShape.self, from: bytes, of: "the result").result
    }

    /// Reads a result that is part of a configuration of the given version.
    init(from decoder: any Decoder, version: SpecVersion) throws {
        self =
            version.supportsInterfaces
            ? try CurrentShape(from: decoder).result : try FirstShape(from: decoder).result
    }
}

/// The shape since 0.3.0.
private struct CurrentShape: Decodable {
    let result: CNIResult

    enum CodingKeys: String, CodingKey {
        case interfaces
        case ips
        case routes
        case dns
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        result = CNIResult(
            interfaces: try container.decodeIfPresent([CNIResult.Interface].self, forKey: .interfaces) ?? [],
            ips: try container.decodeIfPresent([CNIResult.IP].self, forKey: .ips) ?? [],
            routes: try container.decodeIfPresent([CNIResult.Route].self, forKey: .routes) ?? [],
            dns: try container.decodeIfPresent(DNS.self, forKey: .dns) ?? DNS()
        )
        let count = result.interfaces.count
        for ip in result.ips {
            guard let position = ip.interface, position >= count else { continue }
            throw DecodingError.dataCorruptedError(
                forKey: .ips,
                in: container,
                debugDescription: "expected positions of \(count) interfaces"
            )
        }
    }
}

/// The shape of 0.1.0 and 0.2.0: one address of each family, on an interface that the request names.
private struct FirstShape: Decodable {
    let result: CNIResult

    private struct Family: Decodable {
        let ip: Prefix
        let gateway: IPAddress?
        let routes: [CNIResult.Route]

        enum CodingKeys: String, CodingKey {
            case ip
            case gateway
            case routes
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            ip = try container.decode(Prefix.self, forKey: .ip)
            gateway = try container.decodeFromText(IPAddress.self, forKey: .gateway)
            routes = try container.decodeIfPresent([CNIResult.Route].self, forKey: .routes) ?? []
        }
    }

    enum CodingKeys: String, CodingKey {
        case ip4
        case ip6
        case dns
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let families = [
            try container.decodeIfPresent(Family.self, forKey: .ip4),
            try container.decodeIfPresent(Family.self, forKey: .ip6),
        ].compactMap { $0 }
        result = CNIResult(
            ips: families.map { CNIResult.IP(address: $0.ip, gateway: $0.gateway) },
            routes: families.flatMap(\.routes),
            dns: try container.decodeIfPresent(DNS.self, forKey: .dns) ?? DNS()
        )
    }
}

extension CNIResult.Interface: Decodable {
    enum CodingKeys: String, CodingKey {
        case name
        case mac
        case mtu
        case sandbox
        case socketPath
        case pciID
    }

    /// Reads an interface; `name` is required.
    ///
    /// - Throws: `DecodingError` for a key that does not fit.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.name = try container.decode(String.self, forKey: .name)
        self.mac = try container.decodeText(forKey: .mac)
        self.mtu = try container.decodeIfPresent(Int.self, forKey: .mtu)
        self.sandbox = try container.decodeText(forKey: .sandbox)
        self.socketPath = try container.decodeText(forKey: .socketPath)
        self.pciID = try container.decodeText(forKey: .pciID)
    }
}

extension CNIResult.IP: Decodable {
    enum CodingKeys: String, CodingKey {
        case address
        case gateway
        case interface
    }

    /// Reads an address; `address` is required.
    ///
    /// - Throws: `DecodingError` for a key that does not fit.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.address = try container.decode(Prefix.self, forKey: .address)
        self.gateway = try container.decodeFromText(IPAddress.self, forKey: .gateway)
        // Early plugins wrote -1 for no interface.
        self.interface = try container.decodeIfPresent(Int.self, forKey: .interface).flatMap { $0 < 0 ? nil : $0 }
    }
}

extension CNIResult.Route: Decodable {
    enum CodingKeys: String, CodingKey {
        case destination = "dst"
        case gateway = "gw"
        case mtu
        case advmss
        case priority
        case table
        case scope
    }

    /// Reads a route; `dst` is required.
    ///
    /// - Throws: `DecodingError` for a key that does not fit.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.destination = try container.decode(Prefix.self, forKey: .destination)
        self.gateway = try container.decodeFromText(IPAddress.self, forKey: .gateway)
        self.mtu = try container.decodeIfPresent(Int.self, forKey: .mtu)
        self.advmss = try container.decodeIfPresent(Int.self, forKey: .advmss)
        self.priority = try container.decodeIfPresent(Int.self, forKey: .priority)
        self.table = try container.decodeIfPresent(Int.self, forKey: .table)
        self.scope = try container.decodeIfPresent(Int.self, forKey: .scope)
    }
}
