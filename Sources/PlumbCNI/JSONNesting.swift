/// How objects and lists lie inside each other in a JSON text, found without reading the text's values.
struct JSONNesting {
    /// The number of levels at the deepest place.
    private(set) var deepest = 0

    /// Whether an object, a list or a string lacks its end.
    var isOpen: Bool { depth > 0 || isInString }

    private var depth = 0
    private var isInString = false

    /// Measures a text, which need not be valid.
    init(of bytes: [UInt8]) {
        var isEscaped = false
        for byte in bytes {
            if isEscaped {
                isEscaped = false
            } else if isInString {
                isEscaped = byte == UInt8(ascii: "\\")
                isInString = byte != UInt8(ascii: "\"")
            } else if byte == UInt8(ascii: "\"") {
                isInString = true
            } else if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
                depth += 1
                deepest = max(deepest, depth)
            } else if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") {
                depth -= 1
            }
        }
    }
}
