/// Why a plugin failed, in the form that a runtime reads from its standard output (CNI 1.1.0, section 5).
public struct CNIError: Error, Hashable, Sendable {
    /// What kind of failure it was.
    public let code: Code

    /// One sentence for people; the key `msg`.
    public let message: String

    /// What else helps to find the reason; empty when there is nothing.
    public let details: String

    /// Makes an error of a code and a sentence.
    public init(_ code: Code, _ message: String, details: String = "") {
        self.code = code
        self.message = message
        self.details = details
    }
}

extension CNIError: Codable {
    /// The keys of the specification.
    enum CodingKeys: String, CodingKey {
        case code
        case message = "msg"
        case details
    }

    /// Reads an error that another plugin has printed.
    ///
    /// - Throws: `DecodingError` when `code` is absent or not a number; the other keys are optional.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.code = Code(rawValue: try container.decode(Int.self, forKey: .code))
        self.message = try container.decodeIfPresent(String.self, forKey: .message) ?? ""
        self.details = try container.decodeIfPresent(String.self, forKey: .details) ?? ""
    }

    /// Writes the keys of the specification, without `cniVersion`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(code.rawValue, forKey: .code)
        try container.encode(message, forKey: .message)
        if !details.isEmpty { try container.encode(details, forKey: .details) }
    }

    /// The JSON text that goes to standard output: `cniVersion`, `code`, `msg`, and `details` unless empty.
    public func json(version: SpecVersion) -> String {
        encodeJSON(
            Document(
                cniVersion: version.description,
                code: code.rawValue,
                msg: message,
                details: details.isEmpty ? nil : details
            )
        )
    }

    private struct Document: Encodable {
        let cniVersion: String
        let code: Int
        let msg: String
        let details: String?
    }
}

extension CNIError: CustomStringConvertible {
    /// The sentence, the details if there are any, and the code.
    public var description: String {
        details.isEmpty ? "\(message) (code \(code.rawValue))" : "\(message): \(details) (code \(code.rawValue))"
    }
}
