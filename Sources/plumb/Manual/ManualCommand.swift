import ArgumentParser
import PlumbShow

/// The command `plumb manual`.
struct ManualCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manual",
        abstract: "Print the manual page plumb(8) in the language of mdoc(7).",
        discussion: """
            Examples:
              plumb manual | man -l -
              plumb manual >/usr/local/share/man/man8/plumb.8
            """
    )

    func run() throws {
        let page = Manual(try CommandTree.load())
        try failing { try Output.write([page.text]) }
    }
}
