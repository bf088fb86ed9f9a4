import ArgumentParser
import Glibc
import PlumbAttachment
import PlumbCNI
import PlumbLinux
import PlumbShow

/// The command `plumb show`, whose subcommands may be left out: then it shows what there is.
struct ShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show networks, attachments and published ports.",
        discussion: manual,
        subcommands: [ShowOverviewCommand.self, ShowRulesCommand.self, ShowPathCommand.self],
        defaultSubcommand: ShowOverviewCommand.self
    )

    /// What there is to know of the command without a subcommand; the parser's help for either is the same.
    static let manual = """
        In front of each line: ✓ as recorded, ! a warning, ? not fully read, ✗ broken. What is wrong is listed below \
        the table with the command that mends it. The marks tell of the host's side and the rules: the overview does \
        not look into containers, which plumb show NAME does.

        Examples:
          plumb show                  everything at a glance
          plumb show web              a container, by its id or the beginning of it
          plumb show 8888/tcp         whoever publishes the port
          plumb show 10.87.0.2        whoever has the address, or the network whose gateway it is
          plumb show vethfe6d0c1a     whoever has the host end; the index behind @if may stay
          plumb show 4711             the container that the process is in
          plumb show network:web      a network, where a container has the same name
          plumb show --watch --json   changes as they happen, an object on each line
          plumb show --graph          a picture of all of it in SVG; --graph=mermaid for documents
          plumb show rules            every rule by what it is for
          plumb show path 8888/tcp    the way of a packet to the port, up to where it breaks

        The kinds that can stand in front of a name: \(NameKind.allCases.map(\.rawValue).joined(separator: ", ")).

        Exit status: 0 when everything was read, 1 when nothing or more than one thing has the name, 2 when \
        something could not be read, so that the name may be there: the rest is shown then, and what it takes to \
        read it. That something is broken \
        changes nothing in it.

        JSON: an object with stateDirectory, networks, attachments, unrecorded and problems; with a NAME one with \
        kind (container, network or link), name, the key attachments, network or link, and problems where the store \
        could not be read. With --watch objects \
        with change (present, added, changed or removed) and one of network, attachment, unrecorded and problem. \
        Of a problem fixes are commands as a shell takes them, and advice is what helps and is none. \
        Keys are added but never renamed; one without a value is left out.
        """
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

/// Writes a line to standard error.
///
/// - Throws: `SystemError`
func complain(_ line: String) throws(SystemError) {
    try FileDescriptor(adopting: STDERR_FILENO).writeAll(Array("\(line)\n".utf8))
}

extension ColourChoice: ExpressibleByArgument {}

extension ExitCode {
    /// What was asked for is shown, but not all of it could be read.
    static let shownInPart = ExitCode(2)
}
