import Testing

@testable import PlumbShow

@Suite struct `A text in a picture` {
    @Test(arguments: [
        ("web", 10, 0, "web"),
        ("a-long-name", 6, 0, "a-lon…"),
        ("fd00:87:1234::2/64", 12, 5, "fd00:8…:2/64"),
        ("容器", 3, 0, "容…"),
        ("abc", 1, 0, "…"),
    ])
    func `is shortened to columns`(text: String, columns: Int, end: Int, shown: String) {
        #expect(Lettering.shortened(text, to: columns, keeping: end) == shown)
    }

    @Test(arguments: Lettering.allCases) func `is never reckoned narrower than in a monospace font`(
        lettering: Lettering
    ) {
        // DejaVu Sans Mono is 0.602 of its size wide, the widest of the usual ones.
        #expect(Double(lettering.width(of: "0123456789")) >= 6.02 * Double(lettering.size))
        for width in 50..<200 {
            #expect(lettering.width(ofColumns: lettering.columns(in: width)) <= width)
        }
    }
}
