import ArgumentParser
import PlumbAttachment
import PlumbCNI

/// The command `plumb repair`.
struct RepairCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repair",
        abstract: "Put back links, addresses, routes, sysctls and firewall rules from the records.",
        discussion: """
            Prints a line for each change, as a command that would do the same; nothing when all is right. Attachments \
            whose sandbox is gone are removed. What another process works on is left to it.

              plumb repair                # after a firewall was reloaded or flushed
              plumb repair --dry-run      # only say what would be done
              plumb repair web plumb0     # one container, and all on one bridge
            """
    )

    @Flag(help: "Change nothing; print what would be changed.")
    var dryRun = false

    @Option(help: "The directory of the subnet store (default: PLUMB_STATE_DIR, or /run/plumb).")
    var stateDir: String?

    @Argument(help: "Containers, networks, bridges or host interfaces (default: all).")
    var names: [String] = []

    func run() throws {
        do throws(CNIError) {
            let directory = try NetworkDefaults.stateDirectory(option: stateDir, Environment.processVariables())
            let repair = Repair(
                stateDirectory: directory,
                names: names,
                isDryRun: dryRun,
                requiresDirectory: stateDir != nil
            )
            try describingErrors { try repair.run { print($0) } }
        } catch {
            throw CommandFailure(error)
        }
    }
}
