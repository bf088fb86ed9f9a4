import PlumbAddress

// Runtimes written in Go print absent texts as empty ones, so the two mean the same everywhere in the protocol.
extension KeyedDecodingContainer {
    /// Reads a text, nil when it is absent, null or empty.
    func decodeText(forKey key: Key) throws -> String? {
        let text = try decodeIfPresent(String.self, forKey: key)
        return text?.isEmpty == true ? nil : text
    }

    /// Reads a value from its text form, nil when the text is absent, null or empty.
    func decodeFromText<Value: TextCodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
        guard try decodeText(forKey: key) != nil else { return nil }
        return try decode(type, forKey: key)
    }
}
