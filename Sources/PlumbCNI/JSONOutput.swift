import FoundationEssentials

/// The value as JSON text on one line with its keys sorted, so that equal values have equal texts.
func encodeJSON(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    } catch {
        // What the protocol prints are texts and whole numbers, and there is none that JSON cannot express.
        preconditionFailure("\(type(of: value)) cannot be written as JSON: \(error)")
    }
}

/// The text as a JSON string, for quoting it in a sentence, with the end cut off after 80 characters.
func quoted(_ text: String) -> String {
    encodeJSON(text.count > 80 ? text.prefix(80) + "…" : text)
}
