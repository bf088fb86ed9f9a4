/// How a text stands out on a terminal (ECMA-48, "SGR").
enum Style: String {
    case plain = "0"
    case heading = "1"
    case dim = "2"
    case good = "32"
    case bad = "31"
    case doubtful = "33"
}

/// Where a screen is drawn.
package struct Screen: Hashable, Sendable {
    /// How many columns there are; nil where lines may be as long as they like.
    package let width: Int?

    /// How many rows there are, where that is known.
    package let height: Int?

    /// Whether styles are shown.
    package let isColoured: Bool

    package init(width: Int?, height: Int? = nil, isColoured: Bool) {
        self.width = width
        self.height = height
        self.isColoured = isColoured
    }

    /// Puts a style around a text.
    func paint(_ text: String, _ style: Style) -> String {
        guard isColoured, style != .plain, !text.isEmpty else { return text }
        return "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m"
    }

    /// A line with an ellipsis for what there is no room for; styles take no room, and each that begins is ended.
    func cut(_ line: String) -> String {
        guard let width else { return line }
        var (cut, count, isInStyle) = ("", 0, false)
        for character in line {
            if character == "\u{1B}" { isInStyle = true }
            if !isInStyle { count += 1 }
            if isInStyle || count < width { cut.append(character) }
            if character == "m" { isInStyle = false }
        }
        return count <= width ? line : cut + "…"
    }
}

/// A text from elsewhere that may be printed: without characters that a terminal would obey.
///
/// Names of processes, for one, are whatever the processes say.
func printable(_ text: String) -> String {
    // Control characters are those below the blank, DEL, and U+0080 to U+009F, which begin with 0xC2 in UTF-8.
    guard text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F || $0 == 0xC2 }) else { return text }
    return String(
        String.UnicodeScalarView(
            text.unicodeScalars.map { $0.properties.generalCategory == .control ? "\u{FFFD}" : $0 }
        )
    )
}
