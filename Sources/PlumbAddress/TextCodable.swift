/// Reads and writes a value as its text form, the way configurations and records hold addresses.
public protocol TextCodable: Codable, LosslessStringConvertible {}

extension TextCodable {
    /// Reads the value from its text form.
    ///
    /// - Throws: `DecodingError.dataCorrupted` that quotes a text which is not of the form.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = Self(text) else {
            let description = "not a valid \(Self.self): \"\(text)\""
            throw DecodingError.dataCorruptedError(in: container, debugDescription: description)
        }
        self = value
    }

    /// Writes the text form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension IPv4Address: TextCodable {}
extension IPv6Address: TextCodable {}
extension IPAddress: TextCodable {}
extension Prefix: TextCodable {}
extension MACAddress: TextCodable {}
