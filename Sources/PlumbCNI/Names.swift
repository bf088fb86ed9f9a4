/// Whether a text can name a network or a container: a letter or digit, then letters, digits, `_`, `.` and `-`.
///
/// All are ASCII (CNI 1.1.0, sections 1 and 2).
public func isValidName(_ name: String) -> Bool {
    func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }
    guard let first = name.utf8.first, isAlphanumeric(first) else { return false }
    return name.utf8.allSatisfy { byte in
        isAlphanumeric(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
    }
}

/// What keeps a text from naming a network interface, or nil when it can.
///
/// The kernel's rules (`dev_valid_name` in `net/core/dev.c`: 1 to 15 bytes, not `.` or `..`, no `/`, `:` or whitespace),
/// and two more: no control characters, which no tool can show, and no `%`, which the kernel would take for a pattern
/// such as `eth%d` and fill in with a number.
public func interfaceNameProblem(_ name: String) -> String? {
    if name.isEmpty { return "is empty" }
    if name.utf8.count > 15 { return "is longer than 15 bytes" }
    if name == "." || name == ".." { return "is a directory's name" }
    for scalar in name.unicodeScalars {
        switch scalar {
        case "/": return "contains a slash"
        case ":": return "contains a colon"
        case "%": return "contains a percent sign"
        case _ where scalar.properties.isWhitespace: return "contains whitespace"
        case _ where scalar.properties.generalCategory == .control: return "contains a control character"
        default: continue
        }
    }
    return nil
}
