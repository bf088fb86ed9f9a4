/// The keys of a network configuration that belong to the protocol (CNI 1.1.0, section 1, and the conventions).
struct ProtocolKeys {
    let cniVersion: SpecVersion
    let name: String
    let type: String?
    let prevResult: CNIResult?
    let runtimeConfig: RuntimeConfiguration?
    let args: ConventionalArguments?
    let dns: DNS?
    let ipamType: String?
    let validAttachments: [ValidAttachment]?

    enum CodingKeys: String, CodingKey {
        case cniVersion
        case name
        case type
        case prevResult
        case runtimeConfig
        case args
        case dns
        case ipam
        case validAttachments = "cni.dev/valid-attachments"
        /// The key that the reference library writes as well.
        case attachments = "cni.dev/attachments"
    }

    private struct Args: Decodable {
        let cni: ConventionalArguments?
    }

    private struct AddressManagement: Decodable {
        let type: String?

        enum CodingKeys: String, CodingKey {
            case type
        }

        init(from decoder: any Decoder) throws {
            type = try decoder.container(keyedBy: CodingKeys.self).decodeText(forKey: .type)
        }
    }

    /// Reads the keys.
    ///
    /// - Parameters:
    ///   - decoder: The object that holds the keys.
    ///   - isForgiving: Whether parts other than the version and the name are nil when they do not fit.
    /// - Throws: `CNIError` for the version and the name, `DecodingError` for other keys.
    init(from decoder: any Decoder, isForgiving: Bool) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let stated = StatedVersion(cniVersion: try container.decodeText(forKey: .cniVersion))
        let version = try stated.supported(orElse: .assumed)
        func optional<Value>(_ read: () throws -> Value?) throws -> Value? {
            do {
                return try read()
            } catch  where isForgiving {
                // DEL works from what ADD recorded, so a part that does not fit is as good as none.
                return nil
            }
        }
        self.cniVersion = version
        self.name = try Self.name(in: container)
        self.type = try optional { try container.decodeText(forKey: .type) }
        self.prevResult = try optional { try Self.prevResult(in: container, version: version) }
        self.runtimeConfig = try optional {
            try container.decodeIfPresent(RuntimeConfiguration.self, forKey: .runtimeConfig)
        }
        self.args = try optional { try container.decodeIfPresent(Args.self, forKey: .args)?.cni }
        self.dns = try optional { try container.decodeIfPresent(DNS.self, forKey: .dns) }
        self.ipamType = try optional { try container.decodeIfPresent(AddressManagement.self, forKey: .ipam)?.type }
        self.validAttachments = try optional {
            try container.decodeIfPresent([ValidAttachment].self, forKey: .validAttachments)
                ?? container.decodeIfPresent([ValidAttachment].self, forKey: .attachments)
        }
    }

    private static func name(in container: KeyedDecodingContainer<CodingKeys>) throws -> String {
        guard let name = try container.decodeText(forKey: .name) else {
            throw CNIError(.invalidConfiguration, "name: required, but absent or empty")
        }
        guard isValidName(name) else {
            throw CNIError(
                .invalidConfiguration,
                "name: \(quoted(name)) must begin with a letter or digit and hold only letters, digits, _ . and -"
            )
        }
        return name
    }

    private static func prevResult(
        in container: KeyedDecodingContainer<CodingKeys>,
        version: SpecVersion
    ) throws -> CNIResult? {
        guard container.contains(.prevResult), try !container.decodeNil(forKey: .prevResult) else { return nil }
        return try CNIResult(from: container.superDecoder(forKey: .prevResult), version: version)
    }
}
