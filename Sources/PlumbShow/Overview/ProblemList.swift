import PlumbAttachment

/// Problems as people read them, each with what helps.
struct ProblemList {
    private let problems: [Problem]

    init(_ problems: [Problem]) {
        self.problems = problems
    }

    /// How many problems a terminal gets, so that the table does not leave it.
    private static let mostOnTerminal = 20

    /// The lines, which are not cut whatever the screen: commands are there to be copied.
    func lines(on screen: Screen) -> [String] {
        let count = problems.count == 1 ? "1 PROBLEM" : "\(problems.count) PROBLEMS"
        var lines = [screen.paint(count, .heading)]
        let shown = screen.width == nil ? problems[...] : problems.prefix(Self.mostOnTerminal)
        for group in Self.groups(shown) {
            let mark = Health(group).mark
            let head = "\(screen.paint(mark.items[0], mark.style))  \(group[0].subject): "
            let rest = group.dropFirst().map { "     \(printable($0.text))" }
            lines += [head + printable(group[0].text)] + rest
            lines += group[0].fixes.map { "     \(screen.paint("fix:", .dim)) \(printable($0))" }
            lines += group[0].advice.map { "     \(screen.paint("advice:", .dim)) \(printable($0))" }
        }
        if shown.count < problems.count {
            lines.append("   and \(problems.count - shown.count) more: plumb show | cat")
        }
        return lines
    }

    /// Those that the same commands and words mend for the same subject, in the order of the first of each.
    private static func groups(_ problems: ArraySlice<Problem>) -> [[Problem]] {
        struct Key: Hashable {
            let subject: Problem.Subject
            let fixes: [String]
            let advice: [String]
        }
        var positions: [Key: Int] = [:]
        var groups: [[Problem]] = []
        for problem in problems {
            let key = Key(subject: problem.subject, fixes: problem.fixes, advice: problem.advice)
            if let position = positions[key] {
                groups[position].append(problem)
            } else {
                positions[key] = groups.count
                groups.append([problem])
            }
        }
        return groups
    }
}

extension Problem {
    /// What helps, each with what it is.
    var help: [String] { fixes.map { "fix: \($0)" } + advice.map { "advice: \($0)" } }
}
