/// Steps that follow each other, drawn as bars on one scale of time.
struct Waterfall {
    /// A step with its times in milliseconds.
    struct Step {
        let name: String
        let begin: Double
        let end: Double
    }

    let steps: [Step]

    /// How many characters the whole time is drawn in.
    private static let width = 48

    /// A title with the time of all, and a line for each step: its name, its milliseconds, its bar.
    func text(title: String) -> String {
        let total = steps.last?.end ?? 0
        let longest = steps.map(\.name.count).max() ?? 0
        let lines = steps.map { step in
            let name = step.name + String(repeating: " ", count: longest - step.name.count)
            let first = Self.column(step.begin, of: total)
            let bar = String(repeating: "#", count: max(1, Self.column(step.end, of: total) - first))
            return "  \(name)  \(Self.padded(step.end - step.begin))  \(String(repeating: " ", count: first))\(bar)\n"
        }
        return "\(title): \(Self.decimal(total)) ms\n" + lines.joined()
    }

    /// The column of a time, of which the last is that of the end less one, so that every bar has its place.
    private static func column(_ time: Double, of total: Double) -> Int {
        guard total > 0 else { return 0 }
        return min(Int(time / total * Double(width)), time < total ? width - 1 : width)
    }

    private static func padded(_ milliseconds: Double) -> String {
        let text = decimal(milliseconds)
        return String(repeating: " ", count: max(0, 8 - text.count)) + text
    }

    /// A number with three digits behind the point, which Swift's standard library alone does not format.
    private static func decimal(_ milliseconds: Double) -> String {
        let microseconds = Int((max(0, milliseconds) * 1000).rounded())
        let fraction = String(microseconds % 1000)
        return "\(microseconds / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
    }
}
