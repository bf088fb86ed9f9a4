/// A kind of text in a drawing.
///
/// Who draws it may not have the font that was asked for. Monospace fonts are 0.60 to 0.61 of their size wide; reckoning
/// with a bit more keeps every text within its box.
enum Lettering: String, CaseIterable, Sendable {
    case heading
    case name
    case plain
    case port
    case faint
    case trouble

    /// The height of the letters' box in pixels (`font-size`).
    var size: Int {
        switch self {
        case .heading: 15
        case .name: 13
        case .plain, .port, .trouble: 12
        case .faint: 11
        }
    }

    /// The room that a line takes, in pixels.
    var lineHeight: Int { size + 4 }

    /// The room that a text takes at most, in pixels.
    func width(of text: String) -> Int {
        width(ofColumns: Self.columns(of: text))
    }

    func width(ofColumns columns: Int) -> Int {
        (columns * size * 62 + 99) / 100
    }

    /// How many columns fit into a width.
    func columns(in width: Int) -> Int {
        width * 100 / (size * 62)
    }

    /// How many columns a text takes: letters beyond Latin may be twice as wide.
    static func columns(of text: String) -> Int {
        text.unicodeScalars.reduce(0) { $0 + ($1.value < 0x250 || $1 == "…" || $1 == "→" ? 1 : 2) }
    }

    /// The text, or as much of its beginning as fits, `…`, and a number of its last letters: an address's host part.
    static func shortened(_ text: String, to columns: Int, keeping end: Int = 0) -> String {
        guard Self.columns(of: text) > columns else { return text }
        let tail = String(text.suffix(min(end, max(0, columns - 2))))
        var head = ""
        for character in text {
            guard Self.columns(of: head + String(character) + "…" + tail) <= columns else { break }
            head.append(character)
        }
        return "\(head)…\(tail)"
    }
}
