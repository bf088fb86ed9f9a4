import PlumbFirewall

/// A trace for people: a line per hop, and below what is broken and what mends it.
package struct PathScreen {
    private let trace: PathTrace

    package init(_ trace: PathTrace) {
        self.trace = trace
    }

    /// The lines of the screen, with their words on as many of them as it takes.
    package func lines(on screen: Screen) -> [String] {
        let facts = trace.facts
        let port = "\(endpoint(facts.ends.called, facts.target.hostPort))/\(facts.target.transport.rawValue)"
        let target = "\(facts.target.container) at \(facts.target.end)"
        let title = "from \(facts.ends.name) to \(port), which leads to \(target)"
        let width = trace.steps.map(\.hop.rawValue.count).max() ?? 0
        let steps = trace.steps.flatMap { hop, finding in
            let name = hop.rawValue + String(repeating: " ", count: width - hop.rawValue.count)
            return Self.paragraph(mark(finding.verdict, on: screen), "\(name)  ", finding.text, on: screen)
        }
        return [screen.paint(printable(title), .heading), ""] + steps + [""] + conclusion(on: screen)
    }

    private func mark(_ verdict: Finding.Verdict, on screen: Screen) -> String {
        let health: Health =
            switch verdict {
            case .whole: .good
            case .broken: .broken
            case .unknown: .unknown
            }
        return screen.paint(health.mark.items[0], health.mark.style)
    }

    private func conclusion(on screen: Screen) -> [String] {
        let mark = mark(trace.verdict, on: screen)
        guard let (hop, finding) = trace.broken else {
            let isWhole = trace.verdict == .whole
            return ["\(mark)  " + (isWhole ? "the path is whole" : "it can't be told whether the path is whole")]
        }
        // What is wrong there stands at the hop.
        let head = ["\(mark)  the path is broken at the hop \"\(hop.rawValue)\""]
        let advice = finding.advice.map { Self.paragraph(" ", "  ", $0, on: screen) } ?? []
        // Commands are there to be copied, so they are not broken into lines.
        return head + advice + finding.mending.map { "     \(screen.paint("fix:", .dim)) \(printable($0))" }
    }

    /// A mark, a name, and words that stand beside both on all their lines.
    private static func paragraph(_ mark: String, _ name: String, _ text: String, on screen: Screen) -> [String] {
        let room = screen.width.map { max($0 - 3 - name.count, 20) } ?? .max
        var lines: [String] = []
        for word in printable(text).split(separator: " ", omittingEmptySubsequences: false) {
            if let last = lines.last, last.count + 1 + word.count <= room {
                lines[lines.count - 1] += " \(word)"
            } else {
                lines.append(String(word))
            }
        }
        let indent = String(repeating: " ", count: 3 + name.count)
        return lines.enumerated().map { $0 == 0 ? "\(mark)  \(name)\($1)" : indent + $1 }
    }
}
