/// What an input may cost before a decoder sees it.
enum JSONLimits {
    /// The longest input in bytes; a configuration with a long `prevResult` has tens of kilobytes.
    static let size = 1 << 20

    /// How deep objects and lists may nest; the protocol itself needs six levels.
    static let depth = 64

    /// Makes sure that the bytes are few, nest little, and begin like an object.
    ///
    /// - Throws: `CNIError` with code 6 that names the input by `subject`.
    static func check(_ bytes: [UInt8], of subject: String) throws(CNIError) {
        guard bytes.count <= size else {
            throw CNIError(.decodingFailure, "\(subject) is longer than \(size) bytes")
        }
        guard let first = bytes.first(where: { !isWhitespace($0) }) else {
            throw CNIError(.decodingFailure, "\(subject) is empty, expected a JSON object")
        }
        guard first == UInt8(ascii: "{") else {
            let text = quoted(String(decoding: bytes.prefix(200), as: UTF8.self))
            throw CNIError(.decodingFailure, "\(subject) is not a JSON object", details: "it begins with \(text)")
        }
        guard JSONNesting(of: bytes).deepest <= depth else {
            throw CNIError(.decodingFailure, "\(subject) nests deeper than \(depth) levels")
        }
    }

    /// Whether the bytes are nothing but whitespace (RFC 8259, section 2).
    static func isBlank(_ bytes: [UInt8]) -> Bool {
        bytes.allSatisfy(isWhitespace)
    }

    private static func isWhitespace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }
}
