import ArgumentParser

/// The command `plumb show`, whose subcommands may be left out: then it shows what there is.
struct ShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show networks, attachments and published ports.",
        subcommands: [ShowOverviewCommand.self],
        defaultSubcommand: ShowOverviewCommand.self
    )
}

/// What all subcommands of `plumb show` take.
struct ShowOptions: ParsableArguments {
    @Flag(help: "Print JSON for programs.")
    var json = false

    @Option(help: "The directory of the subnet store (default: PLUMB_STATE_DIR, or /run/plumb).")
    var stateDir: String?
}
