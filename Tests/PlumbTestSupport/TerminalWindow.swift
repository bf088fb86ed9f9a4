/// A window of a terminal of a certain size, which tmux draws.
package struct TerminalWindow {
    private let columns: Int
    private let rows: Int
    private let socket: String

    /// Makes a window, whose tmux is reached by a socket in a folder; a server that is still leaving keeps its own.
    package init(columns: Int, rows: Int = 200, in folder: TemporaryFolder) {
        self.columns = columns
        self.rows = rows
        socket = "\(folder.path)/tmux-\(UInt32.random(in: 0...UInt32.max))"
    }

    /// Runs a program in the window to its end, and returns what there is to see then.
    ///
    /// Lines that the terminal had to wrap are one again. With `isStyled` the sequences for styles are in the text.
    package func show(
        _ arguments: [String],
        environment: [String: String],
        isStyled: Bool = false,
        in namespace: Namespace
    ) throws -> String {
        func tmux(_ arguments: String...) throws -> String {
            let command = Command(
                ["tmux", "-u", "-S", socket, "-f", "/dev/null"] + arguments,
                environment: environment.merging(["LC_ALL": "C.UTF-8", "TERM": "xterm-256color"]) { $1 }
            )
            let result = try command.run(in: namespace)
            guard result.succeeded else { throw TestFailure("tmux \(arguments): \(result.errors)") }
            return result.output
        }
        let program = arguments.map { "'\($0)'" }.joined(separator: " ")
        let script = "\(program); tmux -S '\(socket)' wait-for -S shown; exec cat"
        _ = try tmux("new-session", "-d", "-x", "\(columns)", "-y", "\(rows)", script)
        defer {
            do {
                _ = try tmux("kill-server")
            } catch {
                // The session has ended by itself, and its server with it.
            }
        }
        _ = try tmux("wait-for", "shown")
        let styles = isStyled ? ["-e"] : []
        let text = try Command(
            ["tmux", "-u", "-S", socket, "capture-pane", "-p", "-J", "-S", "-"] + styles,
            environment: ["LC_ALL": "C.UTF-8"]
        ).run(in: namespace).output
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            String(line.reversed().drop { $0 == " " }.reversed())
        }
        return lines.reversed().drop { $0.isEmpty }.reversed().joined(separator: "\n") + "\n"
    }
}
