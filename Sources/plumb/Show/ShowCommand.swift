import ArgumentParser
import PlumbAttachment
import PlumbCNI
import PlumbShow

/// The command `plumb show`, whose subcommands may be left out: then it shows what there is.
struct ShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show networks, attachments and published ports.",
        discussion: """
            Examples:
              plumb show
              plumb show rules
            """,
        subcommands: [ShowOverviewCommand.self, ShowRulesCommand.self],
        defaultSubcommand: ShowOverviewCommand.self
    )
}

/// What all subcommands of `plumb show` take.
struct ShowOptions: ParsableArguments {
    @Flag(help: "Print JSON for programs.")
    var json = false

    @Option(help: "When to use colours: auto, always or never.")
    var color = ColourChoice.auto

    @Option(help: "The directory of the subnet store (default: PLUMB_STATE_DIR, or /run/plumb).")
    var stateDir: String?

    /// The directory of the subnet store.
    ///
    /// - Throws: `CommandFailure` for a directory that can't be one.
    func stateDirectory() throws -> String {
        do throws(CNIError) {
            return try NetworkDefaults.stateDirectory(option: stateDir, Environment.processVariables())
        } catch {
            throw CommandFailure(error)
        }
    }

    /// The screen to draw on.
    var screen: Screen { Screen(Environment.processVariables(), colour: color) }
}

/// Runs a step of a command and puts its errors into words for a person.
func failing<Result>(_ step: () throws -> Result) throws(CommandFailure) -> Result {
    do throws(CNIError) {
        return try describingErrors(step)
    } catch {
        throw CommandFailure(error)
    }
}

extension ColourChoice: ExpressibleByArgument {}

extension ExitCode {
    /// What was asked for is shown, but not all of it could be read.
    static let shownInPart = ExitCode(2)
}
