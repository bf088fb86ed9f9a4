package import PlumbAttachment

/// A name that leads nowhere, or to several things.
package struct NameFailure: Error, CustomStringConvertible {
    private let typed: String
    private let resolution: Resolution
    private let problems: [Problem]

    /// Makes the failure; nil for a name that was found.
    ///
    /// The problems are those of a store that may hold the name.
    package init?(_ typed: String, _ resolution: Resolution, _ problems: [Problem]) {
        if case .found = resolution { return nil }
        self.typed = printable(typed)
        self.resolution = resolution
        self.problems = problems
    }

    /// What is wrong, and below it what could be meant, each as it can be typed.
    package var description: String {
        let reasons = problems.map { problem in
            "\nthe store can't be read: \(problem.text)" + problem.help.map { "\n  \($0)" }.joined()
        }
        return answer + reasons.joined()
    }

    private var answer: String {
        switch resolution {
        case .found:
            typed
        case .ambiguous(let candidates):
            "\"\(typed)\" may be any of these; name one of them:\n\(list(candidates))"
        case .unknown(let candidates) where candidates.isEmpty:
            "nothing is called \"\(typed)\", and nothing is attached"
        case .unknown(let candidates):
            "nothing is called \"\(typed)\"; there are:\n\(list(candidates))"
        }
    }

    private func list(_ candidates: [Candidate]) -> String {
        let width = candidates.map(\.name.count).max() ?? 0
        return candidates.map { candidate in
            let blanks = String(repeating: " ", count: width - candidate.name.count)
            return "  \(candidate.name)\(blanks)  \(candidate.meaning)"
        }.joined(separator: "\n")
    }
}
