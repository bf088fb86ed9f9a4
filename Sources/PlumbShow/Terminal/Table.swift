/// Rows in columns that are as wide as their widest cell, as far as the screen has room.
struct Table {
    /// A column.
    struct Column {
        let title: String
        /// Whether its cells may lose their ends where the screen is too narrow.
        var isName = false
    }

    /// What a row has in a column.
    struct Cell {
        /// What it lists; a cell with one item is the rule.
        let items: [String]
        var style = Style.plain

        init(_ items: [String], _ style: Style = .plain) {
            self.items = items.isEmpty ? ["-"] : items.map(printable)
            self.style = style
        }

        init(_ text: String, _ style: Style = .plain) {
            self.init([text], style)
        }
    }

    let columns: [Column]
    private(set) var rows: [[Cell]] = []

    init(_ columns: [Column]) {
        self.columns = columns
    }

    mutating func append(_ row: [Cell]) {
        precondition(row.count == columns.count)
        rows.append(row)
    }

    /// The table's lines, the titles first.
    func lines(on screen: Screen) -> [String] {
        let layout = layout(for: screen.width)
        let titles = columns.map { Cell($0.title, .heading) }
        let lines = ([titles] + rows).flatMap { layout.lines(of: $0, on: screen) }
        return layout.isCut ? lines.map(screen.cut) : lines
    }

    /// The first way to lay the table out that has room, from the most comfortable to the tightest.
    private func layout(for width: Int?) -> TableLayout {
        guard let width else { return layout(isStacked: false) }
        let attempts: [(isStacked: Bool, hasLastBeneath: Bool, shortestName: Int?)] = [
            (false, false, nil), (true, false, nil), (true, false, 12), (true, true, 12), (true, true, 6),
        ]
        for attempt in attempts {
            var layout = layout(isStacked: attempt.isStacked, hasLastBeneath: attempt.hasLastBeneath, room: width)
            if let shortest = attempt.shortestName { layout.shortenNames(columns, to: width, shortest: shortest) }
            if layout.width <= width { return layout }
        }
        var layout = layout(isStacked: true, hasLastBeneath: true, room: width)
        layout.shortenNames(columns, to: width, shortest: 6)
        layout.isCut = true
        return layout
    }

    private func layout(isStacked: Bool, hasLastBeneath: Bool = false, room: Int = .max) -> TableLayout {
        let widths = columns.indices.map { column in
            rows.map { row in
                let items = row[column].items
                return isStacked ? items.map(\.count).max() ?? 0 : items.joined(separator: ", ").count
            }.reduce(columns[column].title.count, max)
        }
        return TableLayout(isStacked: isStacked, hasLastBeneath: hasLastBeneath, widths: widths, room: room)
    }
}

/// Where the parts of a table go.
private struct TableLayout {
    /// Whether the items of a cell stand one below the other.
    let isStacked: Bool
    /// Whether the last column's items stand below the row, on lines of their own.
    let hasLastBeneath: Bool
    var widths: [Int]
    let room: Int
    var isCut = false

    private var columnsInRow: Range<Int> { 0..<(hasLastBeneath ? widths.count - 1 : widths.count) }

    /// What the longest line takes.
    var width: Int { widths[columnsInRow].reduce(0, +) + 2 * (columnsInRow.count - 1) }

    /// Takes from the widest names what is too much, down to a length that still tells them apart.
    mutating func shortenNames(_ columns: [Table.Column], to room: Int, shortest: Int) {
        while width > room {
            let names = columnsInRow.filter { columns[$0].isName && widths[$0] > shortest }
            guard let widest = names.max(by: { widths[$0] < widths[$1] }) else { return }
            widths[widest] -= 1
        }
    }

    func lines(of row: [Table.Cell], on screen: Screen) -> [String] {
        let cells = row.map { isStacked ? $0.items : [$0.items.joined(separator: ", ")] }
        let height = columnsInRow.map { cells[$0].count }.max() ?? 1
        var lines = (0..<height).map { line in
            var text = ""
            var blanks = 0
            for column in columnsInRow {
                let item = line < cells[column].count ? shortened(cells[column][line], to: widths[column]) : ""
                if !item.isEmpty {
                    text += String(repeating: " ", count: blanks) + screen.paint(item, row[column].style)
                    blanks = 0
                }
                blanks += widths[column] - item.count + 2
            }
            return text
        }
        if hasLastBeneath, let last = row.last, last.items != ["-"] {
            lines += beneath(last.items).map { "     " + screen.paint($0, last.style) }
        }
        return lines
    }

    /// Items with commas between them, as many on a line as have room.
    private func beneath(_ items: [String]) -> [String] {
        var lines: [String] = []
        for item in items {
            if let line = lines.last, line.count + item.count + 7 <= room {
                lines[lines.count - 1] = "\(line), \(item)"
            } else {
                lines.append(item)
            }
        }
        return lines
    }
}

/// A text with an ellipsis for what there is no room for.
func shortened(_ text: String, to width: Int) -> String {
    text.count <= width ? text : text.prefix(max(0, width - 1)) + "…"
}
