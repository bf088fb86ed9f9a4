import PlumbFirewall
import PlumbSubnetStore
import Testing

@testable import PlumbAttachment
@testable import PlumbShow

@Suite struct `An overview` {
    private func problem(
        _ severity: Problem.Severity,
        _ subject: Problem.Subject,
        _ text: String,
        _ fix: String = "plumb repair"
    ) -> Problem {
        Problem(severity: severity, subject: subject, text: text, fixes: [fix])
    }

    private func marks(_ survey: Survey) -> [String] {
        Overview(survey).lines(on: Screen(width: nil, isColoured: false)).filter { !$0.isEmpty }.map {
            String($0.prefix(1))
        }
    }

    @Test func `marks an attachment as ill as what it stands on`() throws {
        let items = [try example("a"), try example("b", on: "other")]
        let key = items[1].attachment.key
        #expect(marks(survey(items)) == [" ", "✓", "✓", " ", "✓", "✓"])
        let broken = survey(items, problems: [problem(.broken, .network("lan"), "down")])
        #expect(marks(broken).prefix(6) == [" ", "✗", "✓", " ", "✗", "✓"])
        // That no address is left for others does an attachment no harm.
        let full = survey(items, problems: [problem(.warning, .network("lan"), "full")])
        #expect(marks(full).prefix(6) == [" ", "!", "✓", " ", "✓", "✓"])
        let own = survey(
            items,
            problems: [problem(.unknown, .attachment(key), "?"), problem(.broken, .attachment(key), "x")]
        )
        #expect(marks(own).prefix(6) == [" ", "✓", "✓", " ", "✓", "✗"])
    }

    @Test func `of nothing says so to people, and is empty to programs`() {
        let terminal = Screen(width: 80, isColoured: false)
        let sentence = "No container is attached, and no network has been used: /run/plumb records none."
        #expect(Overview(survey([])).lines(on: terminal) == [sentence])
        #expect(Overview(survey([])).lines(on: Screen(width: nil, isColoured: false)).count == 3)
        let unreadable = survey([], problems: [problem(.unknown, .store, "can't be read")])
        #expect(!Overview(unreadable).lines(on: terminal).contains(sentence))
    }

    @Test func `cuts a line beside its styles`() {
        let screen = Screen(width: 6, isColoured: true)
        let line = "ab \(screen.paint("mmmm", .bad)) z"
        #expect(screen.cut(line) == "ab \(screen.paint("mm", .bad))…")
        #expect(screen.cut(screen.paint("mmmmmm", .good)) == screen.paint("mmmmmm", .good))
    }

    @Test(arguments: 1...60) func `fits the rows of a screen`(height: Int) throws {
        let items = try (10..<30).map { try example("c\($0)") }
        let problems = (10..<30).map { problem(.broken, .network("lan"), "problem \($0)", "fix \($0)") }
        let overview = Overview(survey(items, problems: problems))
        let all = overview.lines(on: Screen(width: 80, isColoured: false))
        let lines = overview.linesFitting(Screen(width: 80, height: height, isColoured: false))
        #expect(lines.count == min(all.count, height - 1))
        let notes = lines.compactMap { $0.firstMatch(of: /(\d+) more lines: plumb show/) }
        let left = notes.compactMap { Int($0.output.1) }.reduce(0, +)
        #expect(height < 3 || lines.count - notes.count + left == all.count, "\(lines)")
        #expect(height < 8 || lines.contains { $0.contains("lan0") } && lines.contains("20 PROBLEMS"))
    }

    @Test func `lists problems that one command mends together`() {
        let list = ProblemList([
            problem(.broken, .network("lan"), "one"), problem(.broken, .network("lan"), "two"),
            problem(.warning, .network("lan"), "three", "other"),
        ])
        #expect(
            list.lines(on: Screen(width: 20, isColoured: false)) == [
                "3 PROBLEMS", "✗  network lan: one", "     two", "     fix: plumb repair", "!  network lan: three",
                "     fix: other",
            ]
        )
    }

    @Test func `lists ports that follow each other as a range`() throws {
        let ports = [port(8000, 80), port(8001, 81), port(8002, 90), port(8003, 91, at: "127.0.0.1")]
        let listed = try example("a", ports: ports).attachment.publishedAt.map(\.description)
        #expect(
            listed == ["0.0.0.0:8000-8001->80-81/tcp", "0.0.0.0:8002->90/tcp", "127.0.0.1:8003->91/tcp"]
        )
    }

    @Test func `tells what changed between two surveys`() throws {
        let (a, b) = (try example("a"), try example("b"))
        func lines(_ earlier: Survey?, _ later: Survey) -> [String] {
            SurveyChanges(from: earlier, to: later).events.map { String($0.line.prefix(9)) }
        }
        #expect(lines(nil, survey([a])) == ["  ✓ netwo", "  ✓ a/eth"])
        #expect(lines(survey([a]), survey([a])) == [])
        #expect(lines(survey([a]), survey([a, b])) == ["+ ✓ b/eth"])
        #expect(lines(survey([a, b]), survey([b])) == ["- ✓ a/eth"])
        let gone = try example("a", link: nil)
        #expect(lines(survey([a]), survey([gone])) == ["~ ✓ a/eth"])
    }

    @Test(arguments: [
        (0, "0 seconds"), (1, "1 second"), (119, "119 seconds"), (120, "2 minutes"), (7200, "2 hours"),
        (200_000, "2 days"), (-5, "0 seconds"),
    ])
    func `says ages as people do`(seconds: Int64, text: String) {
        #expect(age(seconds) == text)
    }
}
