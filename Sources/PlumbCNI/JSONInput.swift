import FoundationEssentials

/// Reads a value from the bytes of a JSON object.
///
/// - Parameters:
///   - type: The type of the value.
///   - bytes: The JSON text.
///   - subject: What the bytes are, for the sentences of errors: "the network configuration".
/// - Returns: The value.
/// - Throws: `CNIError` with code 6 for bytes that are not a JSON object, 7 for fields that do not fit, and whatever
///   `CNIError` the value's own decoding throws.
func decodeJSON<Value: Decodable>(
    _ type: Value.Type,
    from bytes: [UInt8],
    of subject: String
) throws(CNIError) -> Value {
    try JSONLimits.check(bytes, of: subject)
    do {
        return try JSONDecoder().decode(type, from: Data(bytes))
    } catch let error as CNIError {
        throw error
    } catch {
        throw explanation(of: error, for: type, in: bytes, of: subject)
    }
}

/// Looks at the bytes again to say which field was wrong and what it held.
///
/// Only a call that has failed pays for the second reading.
private func explanation(
    of error: any Error,
    for type: any Decodable.Type,
    in bytes: [UInt8],
    of subject: String
) -> CNIError {
    let document: JSONValue
    do {
        document = try JSONDecoder().decode(JSONValue.self, from: Data(bytes))
    } catch {
        let details = JSONNesting(of: bytes).isOpen ? "it ends in the middle of an object, a list or a string" : ""
        return CNIError(.decodingFailure, "\(subject) is not valid JSON", details: details)
    }
    guard let error = error as? DecodingError else {
        return CNIError(.invalidConfiguration, "\(error)", details: "in \(subject)")
    }
    let problem = FieldProblem(NumberMisfit.located(error, decoding: type, from: document), in: document)
    return CNIError(.invalidConfiguration, problem.sentence, details: "in \(subject)")
}
