/// A part of a screen in depth: a heading with lines in columns below it.
struct Section {
    let title: String
    private(set) var rows: [[String]] = []

    init(_ title: String) {
        self.title = title
    }

    /// Adds a line of columns; the last may be as long as it likes.
    mutating func add(_ cells: String?...) {
        add(cells.map { $0 ?? "-" })
    }

    mutating func add(_ cells: [String]) {
        rows.append(cells.map(printable))
    }

    /// The section's lines, with an empty one in front; none if nothing was added.
    func lines(on screen: Screen) -> [String] {
        guard !rows.isEmpty else { return [] }
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            // The last cell of a row takes part in no column.
            rows.map { $0.count - 1 > column ? $0[column].count : 0 }.max() ?? 0
        }
        return ["", screen.paint(title, .heading)]
            + rows.map { row in
                var line = "  "
                for (column, cell) in row.enumerated() {
                    let padding = column == row.count - 1 ? 0 : widths[column] - cell.count + 2
                    line += cell + String(repeating: " ", count: padding)
                }
                while line.last == " " { line.removeLast() }
                return wrapped(line, screen, indentation: 2 + widths.dropLast().reduce(0) { $0 + $1 + 2 })
            }.joined()
    }

    /// A line in as many as the screen takes, broken at blanks.
    private func wrapped(_ line: String, _ screen: Screen, indentation: Int) -> [String] {
        guard let width = screen.width, line.count > width else { return [line] }
        let margin = String(repeating: " ", count: min(indentation, width / 2))
        var lines: [String] = []
        var rest = line[...]
        while rest.count > width {
            let head = rest.prefix(width)
            let first = head.firstIndex { $0 != " " } ?? head.startIndex
            guard let blank = head.lastIndex(of: " "), blank > first, head.distance(from: first, to: blank) > 8 else {
                break
            }
            lines.append(String(rest[..<blank]))
            rest = (margin + rest[rest.index(after: blank)...])[...]
        }
        return lines + [String(rest)]
    }
}
