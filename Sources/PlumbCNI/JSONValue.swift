import FoundationEssentials

/// Any JSON value.
public indirect enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    /// A number in decimal digits; empty for one that neither `Decimal` nor `Double` can hold.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// The member of an object, or nil for other values and absent keys.
    public subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members[key]
    }

    /// The element of a list, or nil for other values and positions outside.
    public subscript(index: Int) -> JSONValue? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    /// The value that a decoder's path leads to, or nil where there is none.
    func value(at path: [any CodingKey]) -> JSONValue? {
        path.reduce(self) { value, key in
            if let index = key.intValue { value?[index] } else { value?[key.stringValue] }
        }
    }
}

extension JSONValue: Codable {
    /// Reads a value of any kind.
    ///
    /// - Throws: `DecodingError` when a text holds escapes that mean no character.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try Self.unlessMismatched({ try container.decode(String.self) }) {
            self = .string(value)
        } else if let value = try Self.unlessMismatched({ try container.decode([String: JSONValue].self) }) {
            self = .object(value)
        } else if let value = try Self.unlessMismatched({ try container.decode([JSONValue].self) }) {
            self = .array(value)
        } else if let value = try Self.unlessMismatched({ try container.decode(Bool.self) }) {
            self = .bool(value)
        } else {
            self = .number(Self.digits(in: container))
        }
    }

    /// Writes the value; a number without digits becomes null.
    ///
    /// - Throws: `EncodingError` for what the encoder cannot express.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .number(let digits):
            if let number = Int(digits) {
                try container.encode(number)
            } else if let number = Decimal(string: digits) {
                try container.encode(number)
            } else if let number = Double(digits), number.isFinite {
                try container.encode(number)
            } else {
                try container.encodeNil()
            }
        case .string(let text): try container.encode(text)
        case .array(let elements): try container.encode(elements)
        case .object(let members): try container.encode(members)
        }
    }

    /// The digits of what can only be a number, so that an error about it is no news.
    private static func digits(in container: any SingleValueDecodingContainer) -> String {
        if let number = try? container.decode(Int.self) { return "\(number)" }
        if let number = try? container.decode(Decimal.self) { return "\(number)" }
        if let number = try? container.decode(Double.self) { return "\(number)" }
        return ""
    }

    private static func unlessMismatched<Value>(_ read: () throws -> Value) throws -> Value? {
        do {
            return try read()
        } catch DecodingError.typeMismatch {
            return nil
        }
    }
}

extension JSONValue: CustomStringConvertible {
    /// The value as JSON text without spaces, the members of objects in the order of their keys.
    public var description: String { encodeJSON(self) }
}
