/// What may stand for the last word of a command line.
struct Completion {
    /// A kind of word.
    enum Candidate: Hashable {
        /// A word that is always the same, with what it means.
        case word(String, meaning: String)
        case container
        case network
        case bridge
        case hostInterface
        case port
        case directory
        case file
    }

    let candidates: [Candidate]

    /// Completes the last of the words behind `plumb`, which may be empty.
    init(_ tree: CommandTree, words: [String]) {
        var position = Position(command: tree)
        for word in words.dropLast() { position.pass(word) }
        candidates = position.candidates(for: words.last ?? "")
    }
}

/// A place between the words of a command line.
private struct Position {
    var command: CommandTree
    /// How many positional arguments were there before.
    var positional = 0
    /// The option whose value comes next.
    var open: CommandArgument?
    /// Whether `--` was there, behind which a hyphen means nothing.
    var hasOnlyPositional = false

    mutating func pass(_ word: String) {
        if open != nil {
            open = nil
        } else if word == "--", !hasOnlyPositional {
            hasOnlyPositional = true
        } else if word.hasPrefix("-"), !hasOnlyPositional {
            open = arguments.first { $0.kind == .option && $0.isCalled(word) }
        } else if let subcommand = command.subcommand(word), positional == 0 {
            command = subcommand
        } else {
            command = defaultCommand ?? command
            positional += 1
        }
    }

    /// The command that is meant when no subcommand is named.
    private var defaultCommand: CommandTree? { command.defaultSubcommand.flatMap(command.subcommand) }

    private var arguments: [CommandArgument] {
        (command.arguments ?? []) + (defaultCommand?.arguments ?? [])
    }

    func candidates(for word: String) -> [Completion.Candidate] {
        if let open { return open.candidates }
        if word.hasPrefix("-"), !hasOnlyPositional {
            return arguments.filter { $0.shouldDisplay }.compactMap { argument in
                argument.longName.map { .word("--\($0)", meaning: argument.abstract ?? "") }
            }
        }
        let positionals = arguments.filter { $0.kind == .positional }
        var candidates: [Completion.Candidate] = []
        if positional == 0 {
            candidates = command.shownSubcommands.map { .word($0.commandName, meaning: $0.abstract ?? "") }
        }
        if positional < positionals.count {
            candidates += positionals[positional].candidates
        } else if let last = positionals.last, last.isRepeating {
            candidates += last.candidates
        }
        return candidates
    }
}

extension CommandArgument {
    /// What the value may be, as the name that stands for it says.
    fileprivate var candidates: [Completion.Candidate] {
        if let allValues { return allValues.map { .word($0, meaning: "") } }
        return switch valueName {
        case "container", "containers": [.container]
        case "network", "networks": [.network]
        case "bridge": [.bridge]
        case "port", "ports": [.port]
        case "name", "names": [.container, .network, .bridge, .hostInterface, .port]
        case "from": ["lan", "host", "localhost"].map { .word($0, meaning: "") } + [.container]
        case let name? where name.hasSuffix("dir"): [.directory]
        case let name? where name.hasSuffix("file") || name.hasSuffix("path"): [.file]
        default: []
        }
    }
}
