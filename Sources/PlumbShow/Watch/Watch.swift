import Glibc
import PlumbAttachment
import PlumbLinux
import PlumbNetlink

/// Shows changes as they happen, until a signal, the end of standard input or a reader that goes away.
///
/// The kernel tells of links and addresses by netlink, and of the store's files by inotify; in between nothing is done.
/// Nobody tells of rules, which are looked at again whenever something else has changed.
package struct Watch {
    /// How the state is shown.
    package enum Form: Sendable {
        /// A screen, drawn anew.
        case screen
        /// A line for each change.
        case lines
        /// A JSON object on a line for each change.
        case json
    }

    private let stateDirectory: String
    private let form: Form
    private let screen: () -> Screen

    /// Makes a watch; the closure tells the screen anew each time, since windows change their size.
    package init(stateDirectory: String, form: Form, screen: @escaping () -> Screen) {
        self.stateDirectory = stateDirectory
        self.form = form
        self.screen = screen
    }

    /// Watches.
    ///
    /// - Throws: An error of the layers below.
    package func run() throws {
        let signals = try SignalFile.open([SIGINT, SIGTERM, SIGHUP, SIGWINCH])
        let listener = try NetlinkListener.open()
        let store = try DirectoryWatch.open(stateDirectory)
        var waiter = Waiter(
            signals: signals.descriptor,
            changes: [listener.descriptor, store.descriptor],
            hearsInput: Self.hearsInput
        )
        var shown: Survey?
        while true {
            let survey = try Survey.take(stateDirectory: stateDirectory)
            try show(survey, after: shown)
            shown = survey
            repeat {
                let event = try waiter.wait()
                if event.isEnd || signals.take().contains(where: { $0 != SIGWINCH }) { return try finish() }
                if event.isSignal, form == .screen { break }
                if event.isChange { break }
            } while true
            // One ADD makes a dozen notifications: let them come, then look once.
            try waiter.settle(for: 20) {
                listener.drain()
                store.drain()
            }
            try store.follow(stateDirectory)
        }
    }

    /// Whether the end of standard input ends the watch: that of a terminal, a pipe or a socket does, whereas `/dev/null`
    /// and files, which services have there, are at their end from the beginning.
    private static var hearsInput: Bool {
        if Terminal.isTerminal(STDIN_FILENO) { return true }
        var status = stat()
        guard unsafe fstat(STDIN_FILENO, &status) == 0 else { return false }
        return [S_IFIFO, S_IFSOCK].contains(status.st_mode & S_IFMT)
    }

    private func show(_ survey: Survey, after earlier: Survey?) throws {
        switch form {
        case .screen:
            // Home, each line erased and then written, then what is below erased (ECMA-48 CUP, EL, ED). No line is to
            // take two rows, whatever the terminal thinks of its width (DECAWM off); the cursor stays on the last
            // character of a full row then, which erasing behind it would take away.
            let screen = screen()
            let lines = Overview(survey).linesFitting(screen)
            let start = earlier == nil ? "\u{1B}[?25l\u{1B}[?7l\u{1B}[2J\u{1B}[H" : "\u{1B}[H"
            try Output.write(start + lines.map { "\u{1B}[K\($0)\n" }.joined() + "\u{1B}[J")
        case .lines:
            let lines = SurveyChanges(from: earlier, to: survey).events.map { printable($0.line) }
            if !lines.isEmpty { try Output.write(lines) }
        case .json:
            let lines = try SurveyChanges(from: earlier, to: survey).events.map { try $0.jsonText(onOneLine: true) }
            if !lines.isEmpty { try Output.write(lines) }
        }
    }

    /// Gives the terminal its cursor and its long lines back.
    private func finish() throws {
        if form == .screen { try Output.write("\u{1B}[?7h\u{1B}[?25h") }
    }
}
