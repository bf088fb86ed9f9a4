import ArgumentParser
import FoundationEssentials

/// The subcommands with their arguments, as the argument parser describes them: what manual and completions are made of.
///
/// The names of the properties are those of the parser's description (`--experimental-dump-help`).
struct CommandTree: Decodable, Sendable {
    let commandName: String
    let abstract: String?
    let discussion: String?
    /// The subcommand that is meant when none is named.
    let defaultSubcommand: String?
    let shouldDisplay: Bool
    let arguments: [CommandArgument]?
    let subcommands: [CommandTree]?

    /// The tree of plumb's own commands.
    static func load() throws -> CommandTree {
        struct Description: Decodable {
            let command: CommandTree
        }
        return try JSONDecoder().decode(Description.self, from: Data(PlumbCommand._dumpHelp().utf8)).command
    }

    /// The subcommands that people are told of.
    var shownSubcommands: [CommandTree] {
        (subcommands ?? []).filter { $0.shouldDisplay && $0.commandName != "help" }
    }

    /// The arguments that people are told of, `--help` apart.
    var shownArguments: [CommandArgument] {
        (arguments ?? []).filter { $0.shouldDisplay && $0.longName != "help" }
    }

    func subcommand(_ name: String) -> CommandTree? {
        subcommands?.first { $0.commandName == name }
    }
}

/// A flag, an option or a positional argument.
struct CommandArgument: Decodable, Sendable {
    enum Kind: String, Decodable {
        case positional
        case option
        case flag
    }

    struct Name: Decodable {
        let kind: String
        let name: String
    }

    let kind: Kind
    let names: [Name]?
    /// What stands for the value: `state-dir`.
    let valueName: String?
    let abstract: String?
    let defaultValue: String?
    /// All values that there are, where they can be listed.
    let allValues: [String]?
    let isOptional: Bool
    let isRepeating: Bool
    let shouldDisplay: Bool

    /// The name behind `--`; nil for positional arguments.
    var longName: String? { names?.first { $0.kind == "long" }?.name }

    /// Whether a word is one of the names with their hyphens.
    func isCalled(_ word: String) -> Bool {
        names?.contains { word == ($0.kind == "long" ? "--\($0.name)" : "-\($0.name)") } ?? false
    }
}
