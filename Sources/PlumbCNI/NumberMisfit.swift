import FoundationEssentials

/// Finds the number that its field cannot hold, such as `1500.5` for a whole one.
///
/// `JSONDecoder` refuses such a number without saying where it is (swift-foundation issue 1604), but where a text takes
/// the place of a number, it does. So all numbers are made texts, and those that prove to fit are made numbers again,
/// until the one is met that does not fit.
enum NumberMisfit {
    /// How many numbers of each kind are tried before the field is left without a name, so that the search ends soon.
    private static let patience = 32

    /// The error of the field at fault in place of one that names no field; any other error as it is.
    static func located(
        _ error: DecodingError,
        decoding type: any Decodable.Type,
        from document: JSONValue
    ) -> DecodingError {
        guard case .dataCorrupted(let context) = error, context.codingPath.isEmpty else { return error }
        // What even Int cannot hold is nearly always at fault, and rare enough to be found at once.
        return search(decoding: type, from: document) { Int($0) == nil }
            ?? search(decoding: type, from: document) { _ in true } ?? error
    }

    private static func search(
        decoding type: any Decodable.Type,
        from document: JSONValue,
        suspecting isSuspect: (String) -> Bool
    ) -> DecodingError? {
        var fitting: Set<String> = []
        for _ in 0..<patience {
            let probe = document.hidingNumbers { digits, path in isSuspect(digits) && !fitting.contains(path) }
            guard
                let (type, context) = firstMismatch(decoding: type, from: probe),
                case .number(let digits) = document.value(at: context.codingPath)
            else { return nil }
            guard fits(digits, type) else {
                let reason = "expected \(noun(for: type))"
                return .dataCorrupted(.init(codingPath: context.codingPath, debugDescription: reason))
            }
            fitting.insert(FieldProblem.text(of: context.codingPath))
        }
        return nil
    }

    private static func firstMismatch(
        decoding type: any Decodable.Type,
        from document: JSONValue
    ) -> (type: any Any.Type, context: DecodingError.Context)? {
        do {
            _ = try JSONDecoder().decode(type, from: Data(encodeJSON(document).utf8))
            return nil
        } catch DecodingError.typeMismatch(let type, let context) {
            return (type, context)
        } catch {
            // No number is named by this, so the error that began the search stands.
            return nil
        }
    }

    private static func fits(_ digits: String, _ type: any Any.Type) -> Bool {
        guard let type = type as? any Decodable.Type else { return false }
        do {
            _ = try JSONDecoder().decode(type, from: Data(digits.utf8))
            return true
        } catch {
            return false
        }
    }

    private static func noun(for type: any Any.Type) -> String {
        guard let type = type as? any FixedWidthInteger.Type else { return "a number in range" }
        return "a whole number " + (type.bitWidth < 64 ? "from \(type.min) to \(type.max)" : "that fits \(type)")
    }
}

extension JSONValue {
    /// The value with texts in the place of those numbers that `isHidden` picks by their digits and path.
    fileprivate func hidingNumbers(at path: String = "", where isHidden: (String, String) -> Bool) -> JSONValue {
        switch self {
        case .number(let digits):
            return isHidden(digits, path) ? .string("") : self
        case .array(let elements):
            return .array(
                elements.enumerated().map { $1.hidingNumbers(at: "\(path)[\($0)]", where: isHidden) }
            )
        case .object(let members):
            let hidden = members.map { key, value in
                (key, value.hidingNumbers(at: path.isEmpty ? key : "\(path).\(key)", where: isHidden))
            }
            return .object(Dictionary(uniqueKeysWithValues: hidden))
        case .null, .bool, .string:
            return self
        }
    }
}
