import PlumbAttachment
import PlumbCNI

/// The manual page plumb(8), made of the same descriptions as the help texts.
struct Manual {
    private let tree: CommandTree

    init(_ tree: CommandTree) {
        self.tree = tree
    }

    var text: String {
        var page = ManualPage(name: "plumb", section: 8, date: "November 24, 2026")
        page.name("networks for containers: bridge, veth, addresses and published ports")
        synopsis(&page)
        page.section("DESCRIPTION")
        page.prose(Self.description)
        page.section("COMMANDS")
        for command in tree.shownSubcommands { describe(command, path: "plumb \(command.commandName)", &page) }
        page.section("CONFIGURATION")
        page.prose(
            "A network configuration takes these keys in one object; one that changes what a container may do\n"
                + "and that plumb does not provide is refused by name."
        )
        page.list(Self.configurationKeys)
        environment(&page)
        page.section("FILES")
        page.list(Self.files)
        page.section("EXIT STATUS")
        page.prose(Self.exitStatus)
        page.list(Self.errorCodes)
        page.section("EXAMPLES")
        page.prose(Self.examples)
        page.section("SEE ALSO")
        page.references(["veth 4", "namespaces 7", "bridge 8", "ip 8", "ip-netns 8", "iptables 8", "nft 8"])
        page.section("STANDARDS")
        page.prose(
            "Container Network Interface, versions \(SpecVersion.supported.map(\.description).joined(separator: ", "))."
        )
        return page.text
    }

    private func synopsis(_ page: inout ManualPage) {
        page.section("SYNOPSIS")
        page.call("CNI_COMMAND=ADD | DEL | CHECK | GC | STATUS | VERSION plumb < configuration")
        page.call("plumb subcommand [options]")
        page.call("plumb --version")
    }

    /// A command with its arguments, then its subcommands.
    ///
    /// What is meant when no subcommand is named is typed without its name, so it stands for the command.
    private func describe(_ command: CommandTree, path: String, _ page: inout ManualPage) {
        let standard = command.defaultSubcommand.flatMap(command.subcommand)
        let described = standard ?? command
        page.subsection(([path] + described.shownArguments.map(\.usage)).joined(separator: " "))
        if let abstract = described.abstract { page.prose(abstract) }
        if let discussion = described.discussion { page.prose(discussion) }
        page.list(
            described.shownArguments.map { argument in
                let standard = argument.defaultValue.map { " (default: \($0))" } ?? ""
                return (argument.label, (argument.abstract ?? "") + standard)
            }
        )
        for subcommand in command.shownSubcommands where subcommand.commandName != standard?.commandName {
            describe(subcommand, path: "\(path) \(subcommand.commandName)", &page)
        }
    }

    private func environment(_ page: inout ManualPage) {
        page.section("ENVIRONMENT")
        page.prose("These are the runtime's, as the specification has them:")
        page.list(Self.protocolVariables)
        page.prose("These describe a network where there is no configuration:")
        page.list(Standalone.variables.map { ($0.name, $0.meaning) })
        page.list(Self.otherVariables)
    }
}

extension CommandArgument {
    private var value: String { "<\(valueName ?? "value")>" }

    /// The argument as a person types it: `--state-dir <state-dir>`.
    fileprivate var label: String {
        switch kind {
        case .positional: value
        case .flag: longName.map { "--\($0)" } ?? ""
        case .option: longName.map { "--\($0) \(value)" } ?? ""
        }
    }

    /// The label in a line of usage, in brackets if it may be left out.
    fileprivate var usage: String {
        (isOptional ? "[\(label)]" : label) + (isRepeating ? " ..." : "")
    }
}
