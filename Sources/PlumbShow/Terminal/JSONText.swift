import FoundationEssentials

extension Encodable {
    /// The value as JSON with sorted keys: on lines of its own for people who look at it, or on one.
    ///
    /// - Throws: `EncodingError`
    package func jsonText(onOneLine: Bool = false) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if !onOneLine { encoder.outputFormatting.insert(.prettyPrinted) }
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}
