import ArgumentParser
import PlumbAttachment
import PlumbCNI

/// What a person can ask for beside what `CNI_COMMAND` says.
struct PlumbCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plumb",
        abstract: "Networks for containers: bridge, veth, addresses and published ports in one step.",
        discussion: """
            As a CNI plugin plumb takes its parameters from CNI_COMMAND, CNI_CONTAINERID, CNI_NETNS and CNI_IFNAME, and \
            the network configuration from standard input.

            It speaks CNI \(versions).

            Without a configuration, environment variables describe the network. CNI_NETNS may then be a path, a name \
            under /run/netns or the number of a process:

              export CNI_CONTAINERID=web CNI_NETNS=4711 PLUMB_PUBLISH=8888:7777
              CNI_COMMAND=ADD plumb </dev/null
              CNI_COMMAND=DEL plumb </dev/null

            \(variables)
            """,
        version: "plumb \(plumbVersion)",
        subcommands: [
            ShowCommand.self, PublishCommand.self, UnpublishCommand.self, RepairCommand.self, ImportCommand.self,
            CompletionCommand.self, CompleteCommand.self, ManualCommand.self,
        ]
    )

    private static var versions: String {
        SpecVersion.supported.map(\.description).joined(separator: ", ")
    }

    private static var variables: String {
        Standalone.variables.map { "  \($0.name)\n      \($0.meaning)" }.joined(separator: "\n")
    }
}
