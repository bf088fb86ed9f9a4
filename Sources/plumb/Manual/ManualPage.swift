import PlumbLinux

/// A manual page in the language of mdoc(7), grown from top to bottom.
struct ManualPage {
    private let name: String
    private var lines: [String]

    init(name: String, section: Int, date: String) {
        self.name = name
        lines = [".Dd \(date)", ".Dt \(name.uppercased()) \(section)", ".Os"]
    }

    var text: String { lines.joined(separator: "\n") }

    mutating func name(_ description: String) {
        lines += [".Sh NAME", ".Nm \(name)", ".Nd \(Self.escaped(description))"]
    }

    mutating func section(_ title: String) {
        lines.append(".Sh \(title)")
    }

    mutating func subsection(_ title: String) {
        lines.append(".Ss \(Self.argument(title))\\&")
    }

    /// A line of the synopsis.
    mutating func call(_ line: String) {
        lines += [".Bd -ragged -offset indent -compact", Self.escaped(line), ".Ed"]
    }

    /// Paragraphs with empty lines between; lines that are indented stay as they are.
    mutating func prose(_ text: String) {
        if !startsSection { lines.append(".Pp") }
        var paragraph: [Substring] = []
        var literal: [Substring] = []
        let end: [Substring] = [""]
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) + end {
            if line.hasPrefix("  ") {
                add(paragraph: &paragraph)
                literal.append(line.dropFirst(2))
                continue
            }
            add(literal: &literal)
            if line.isEmpty { add(paragraph: &paragraph) } else { paragraph.append(line) }
        }
        if lines.last == ".Pp" { lines.removeLast() }
    }

    private mutating func add(paragraph: inout [Substring]) {
        guard !paragraph.isEmpty else { return }
        lines += Self.textLines(paragraph.joined(separator: " ")) + [".Pp"]
        paragraph = []
    }

    private mutating func add(literal: inout [Substring]) {
        guard !literal.isEmpty else { return }
        if lines.last == ".Pp" { lines.removeLast() }
        lines += [".Bd -literal -offset indent"] + literal.map { Self.escaped(String($0)) } + [".Ed", ".Pp"]
        literal = []
    }

    /// Words with what they mean.
    mutating func list(_ items: [(word: String, meaning: String)]) {
        guard !items.isEmpty else { return }
        lines.append(".Bl -tag -width Ds")
        for item in items { lines += [".It \(Self.argument(item.word))"] + Self.textLines(item.meaning) }
        lines.append(".El")
    }

    /// Other pages, each a name and a section.
    mutating func references(_ pages: [String]) {
        lines += pages.enumerated().map { ".Xr \($1)\($0 < pages.count - 1 ? " ," : "")" }
    }

    private var startsSection: Bool {
        lines.last.map { $0.hasPrefix(".Sh") || $0.hasPrefix(".Ss") } ?? true
    }

    /// A text on lines of at most 78 bytes, each sentence beginning a line, as roff knows the end of a sentence by it.
    private static func textLines(_ text: String) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            let word = escaped(String(word))
            let endsSentence = [".", "?", "!"].contains { line.hasSuffix($0) } && word.first?.isUppercase == true
            if endsSentence || line.utf8.count + 1 + word.utf8.count > 78 {
                lines.append(line)
                line = ""
            }
            line += line.isEmpty ? word : " \(word)"
        }
        return lines + [line]
    }

    /// A text that roff takes literally: no escapes, no requests, hyphens that can be copied, nothing beyond ASCII.
    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\e"
            case "-": escaped += "\\-"
            case "…": escaped += "..."
            case _ where scalar.isASCII: escaped.unicodeScalars.append(scalar)
            default: escaped += "\\[u\(hexadecimal(scalar.value, digits: scalar.value > 0xFFFF ? 5 : 4).uppercased())]"
            }
        }
        return escaped.hasPrefix(".") || escaped.hasPrefix("'") ? "\\&\(escaped)" : escaped
    }

    /// A text as one argument of a macro.
    private static func argument(_ text: String) -> String {
        "\"\(escaped(text).split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\(dq"))\""
    }
}
