import Glibc
import PlumbLinux

/// When colours are used.
package enum ColourChoice: String, CaseIterable, Sendable {
    case auto
    case always
    case never
}

extension Screen {
    /// The screen that standard output leads to.
    ///
    /// A terminal has the width that it says, or `COLUMNS`. Without a terminal lines are as long as they are, and there
    /// are no colours unless they are asked for; `NO_COLOR` stands against them (no-color.org).
    package init(_ variables: [String: String], colour: ColourChoice) {
        let isTerminal = Terminal.isTerminal(STDOUT_FILENO)
        let stated = variables["COLUMNS"].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
        let refuses = variables["NO_COLOR"].map { !$0.isEmpty } ?? false || variables["TERM"] == "dumb"
        let size = isTerminal ? Terminal.size(STDOUT_FILENO) : nil
        self.init(
            width: isTerminal ? size?.columns ?? stated ?? 80 : nil,
            height: size.flatMap { $0.rows > 0 ? $0.rows : nil },
            isColoured: colour == .always || colour == .auto && isTerminal && !refuses
        )
    }
}
