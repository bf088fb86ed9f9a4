import PlumbTestSupport
import Testing

/// The commands of the executable, as it describes them itself.
struct DescribedCommand {
    /// The words that call it: `plumb show rules`.
    let path: String
    let description: JSON

    static func all() throws -> [DescribedCommand] {
        let text = try Command([try PlumbExecutable.path(), "--experimental-dump-help"]).run().output
        let root = try JSON(parsing: text)["command"]
        return below(DescribedCommand(path: "plumb", description: root))
    }

    private static func below(_ command: DescribedCommand) -> [DescribedCommand] {
        let subcommands = command.description["subcommands"].elements
            .filter { $0["commandName"] != "help" }
            .map { DescribedCommand(path: "\(command.path) \($0["commandName"].string ?? "")", description: $0) }
        return [command] + subcommands.flatMap(below)
    }

    /// The names of its options and flags, with their hyphens.
    var options: [String] {
        description["arguments"].elements.flatMap { $0["names"].elements }
            .filter { $0["kind"] == "long" }
            .compactMap { name in name["name"].string.map { "--\($0)" } }
    }
}

@Suite struct `Every command` {
    @Test func `has an abstract, and a help text with an example that can be typed`() throws {
        let commands = try DescribedCommand.all()
        #expect(commands.count > 5)
        for command in commands {
            let discussion = command.description["discussion"].string ?? ""
            let lines = discussion.split(separator: "\n")
            let hasExample = lines.contains { line in
                line.hasPrefix("  ") && line.split(separator: " ").contains { $0 == "plumb" || $0.hasSuffix("plumb") }
            }
            #expect(hasExample, "\(command.path) --help has no line that is indented and calls plumb")
            #expect(command.description["abstract"].string?.hasSuffix(".") == true, "\(command.path)")
        }
    }

    @Test(arguments: ["manual", "completion bash", "show", "show rules"])
    func `fails where its answer can't be written`(words: String) throws {
        let host = try TestHost()
        let command = Command(
            ["sh", "-c", "'\(try PlumbExecutable.path())' \(words) >/dev/full"],
            environment: host.stores
        )
        let result = try command.run(in: host.namespace)
        #expect(result.status == .exited(1) && result.errors.contains("No space left on device"), "\(result)")
    }

    @Test func `belongs to a version`() throws {
        let reply = try Command([try PlumbExecutable.path(), "--version"]).run()
        #expect(reply.succeeded && reply.output.wholeMatch(of: /plumb \d+\.\d+\.\d+\n/) != nil, "\(reply)")
    }

    @Test func `explains each of its arguments`() throws {
        for command in try DescribedCommand.all() {
            for argument in command.description["arguments"].elements {
                #expect(argument["abstract"].string?.isEmpty == false, "\(command.path): \(argument)")
            }
        }
    }
}
