import Testing

@testable import PlumbShow

@Suite struct `A table` {
    private func table(name: String = "frontend", items: [String] = ["one", "two"], last: [String] = ["x", "y"])
        -> Table
    {
        var table = Table([
            .init(title: "NAME", isName: true), .init(title: "LIST"), .init(title: "FIXED"), .init(title: "LAST"),
        ])
        table.append([.init(name), .init(items), .init("1"), .init(last)])
        return table
    }

    private func lines(_ table: Table, _ width: Int?) -> [String] {
        table.lines(on: Screen(width: width, isColoured: false))
    }

    @Test func `has columns as wide as their widest cell`() {
        #expect(lines(table(), nil) == ["NAME      LIST      FIXED  LAST", "frontend  one, two  1      x, y"])
        #expect(lines(table(), 32) == lines(table(), nil))
    }

    @Test func `puts lists one below the other when that saves room`() {
        #expect(
            lines(table(), 28) == [
                "NAME      LIST  FIXED  LAST", "frontend  one   1      x", "          two          y",
            ]
        )
    }

    @Test func `shortens names before anything else is moved`() {
        let long = table(name: String(repeating: "n", count: 40))
        #expect(lines(long, nil)[1].hasPrefix(String(repeating: "n", count: 40)))
        let narrow = lines(long, 40)
        #expect(narrow[1].hasPrefix("nnnnnnnn") && narrow[1].contains("…") && narrow.allSatisfy { $0.count <= 40 })
    }

    @Test func `moves the last column below the row when nothing else helps`() {
        let wide = table(last: ["0.0.0.0:8888->7777/tcp", "[::]:8888->7777/tcp"])
        let narrow = lines(wide, 40)
        #expect(narrow.last == "     [::]:8888->7777/tcp")
        #expect(narrow.contains("     0.0.0.0:8888->7777/tcp"))
    }

    @Test(arguments: 1...60)
    func `never leaves the screen`(width: Int) {
        let wide = table(name: String(repeating: "n", count: 64), items: ["10.88.0.2/24", "fd00:88::2/64"])
        #expect(lines(wide, width).allSatisfy { $0.count <= width })
    }

    @Test func `has no characters that a terminal would obey`() {
        #expect(!lines(table(name: "evil\u{1B}[2J\u{7}"), nil).joined().unicodeScalars.contains { $0.value < 32 })
    }

    @Test func `is as wide with styles as without`() {
        var styled = Table([.init(title: " "), .init(title: "NAME")])
        styled.append([Health.broken.mark, .init("web")])
        let plain = styled.lines(on: Screen(width: nil, isColoured: false))
        let coloured = styled.lines(on: Screen(width: nil, isColoured: true))
        #expect(plain == ["   NAME", "✗  web"])
        #expect(coloured.map { $0.replacing(/\u{1B}\[[0-9]+m/, with: "") } == plain)
        #expect(coloured[1].hasPrefix("\u{1B}[31m✗\u{1B}[0m"))
    }
}
