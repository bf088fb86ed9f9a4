import ArgumentParser
import PlumbAddress
import PlumbAttachment
import PlumbCNI
import PlumbSubnetStore

/// The command `plumb import`, with a subcommand for each kind of store that can be taken over.
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Take leases over from another address store.",
        discussion: """
            Example:
              plumb import host-local --network mynet
            """,
        subcommands: [ImportHostLocalCommand.self]
    )
}

/// The command `plumb import host-local`.
struct ImportHostLocalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "host-local",
        abstract: "Take over the leases of containers that live from host-local's directory.",
        discussion: """
            The directory stays as it is. Run it before the network's type is changed to plumb, as root.

            Examples:
              plumb import host-local --network mynet
              plumb import host-local --network mynet --data-dir /var/lib/cni/networks
            """
    )

    @Option(help: "The name of the network.")
    var network: String

    @Option(help: "The dataDir of host-local.")
    var dataDir = "/var/lib/cni/networks"

    @Option(help: "The directory of plumb's store (default: PLUMB_STATE_DIR, or /run/plumb).")
    var stateDir: String?

    func run() throws {
        guard isValidName(network) else { throw ValidationError("--network: \"\(network)\" is no name of a network") }
        let report: ImportHostLocal.Report
        do throws(CNIError) {
            let directory = try NetworkDefaults.stateDirectory(option: stateDir, Environment.processVariables())
            let operation = ImportHostLocal(network: network, dataDirectory: dataDir, stateDirectory: directory)
            report = try describingErrors { try operation.run() }
        } catch {
            throw CommandFailure(error)
        }
        for key in report.imported { print("imported  \(key)") }
        for key in report.known { print("known     \(key)") }
        for address in report.stale { print("stale     \(address): no container has it") }
        print("\(report.imported.count) imported, \(report.known.count) known, \(report.stale.count) stale")
    }
}
