/// Which field of a document did not fit, and why, in words.
struct FieldProblem {
    /// The path, what was expected and what was there: `mtu: expected a whole number, got "abc"`.
    let sentence: String

    /// Finds the field that an error is about.
    init(_ error: DecodingError, in document: JSONValue) {
        switch error {
        case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
            let found = Self.excerpt(document.value(at: context.codingPath))
            sentence = "\(Self.text(of: context.codingPath)): expected \(Self.noun(for: type)), got \(found)"
        case .keyNotFound(let key, let context):
            sentence = "\(Self.text(of: context.codingPath + [key])): required, but absent"
        case .dataCorrupted(let context):
            let found = Self.excerpt(document.value(at: context.codingPath))
            sentence = "\(Self.text(of: context.codingPath)): \(Self.reason(context)), got \(found)"
        @unknown default:
            sentence = "\(error)"
        }
    }

    /// The path in the notation of most languages: `prevResult.ips[0].address`.
    static func text(of path: [any CodingKey]) -> String {
        var text = ""
        for key in path {
            if let index = key.intValue {
                text += "[\(index)]"
            } else {
                text += text.isEmpty ? key.stringValue : ".\(key.stringValue)"
            }
        }
        return text.isEmpty ? "the object" : text
    }

    /// The value's text, cut off where it would hide the sentence.
    private static func excerpt(_ value: JSONValue?) -> String {
        if value == .number("") { return "a number that cannot be read" }
        guard let text = value?.description else { return "nothing" }
        return text.count > 80 ? text.prefix(80) + "…" : text
    }

    /// What the error says was expected, where it comes from a type that says so.
    private static func reason(_ context: DecodingError.Context) -> String {
        let reason = context.debugDescription
        if reason.hasPrefix("expected ") { return reason }
        if let type = addressNouns.first(where: { reason.hasPrefix("not a valid \($0.name):") }) {
            return "expected \(type.noun)"
        }
        return "the value does not fit"
    }

    /// The words for types that are written as text.
    private static let addressNouns = [
        (name: "IPAddress", noun: "an IP address"),
        (name: "IPv4Address", noun: "an IPv4 address"),
        (name: "IPv6Address", noun: "an IPv6 address"),
        (name: "Prefix", noun: "an address with a prefix length"),
        (name: "MACAddress", noun: "a hardware address"),
    ]

    private static func noun(for type: any Any.Type) -> String {
        switch type {
        case is String.Type: "a string"
        case is Bool.Type: "true or false"
        case is any BinaryInteger.Type: "a whole number"
        case is any BinaryFloatingPoint.Type: "a number"
        default:
            switch "\(type)" {
            case let name where name.hasPrefix("Array"): "a list"
            case let name where name.hasPrefix("Dictionary"): "an object"
            case let name: addressNouns.first { $0.name == name }?.noun ?? "a value for \(name)"
            }
        }
    }
}
