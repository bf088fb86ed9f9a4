import PlumbTestSupport
import Testing

@Suite struct `The manual page` {
    private static func isInstalled(_ program: String) -> Bool {
        do {
            return try Command(["sh", "-c", "command -v \(program)"]).run().succeeded
        } catch {
            return false
        }
    }

    /// The page as people read it, on one line.
    private func page() throws -> String {
        let reply = try Command([try PlumbExecutable.path(), "manual"]).run()
        #expect(reply.succeeded, "\(reply)")
        return reply.output.split(separator: "\n").joined(separator: " ").filter { $0 != "\\" }
    }

    @Test(.enabled(if: isInstalled("mandoc"), "mandoc is not installed"))
    func `is what mandoc wants`() throws {
        let source = try Command([try PlumbExecutable.path(), "manual"]).run().output
        let reply = try Command(["mandoc", "-T", "lint", "-W", "warning"], input: source).run()
        #expect(reply.succeeded && reply.output.isEmpty, "\(reply.output)\(reply.errors)")
        let page = try Command(["mandoc", "-T", "ascii"], input: source).run().output
        #expect(page.contains("PLUMB(8)") && page.contains("plumb show rules"))
    }

    @Test func `tells of every command and option`() throws {
        let page = try page()
        let commands = try DescribedCommand.all().filter { $0.description["shouldDisplay"] == true }
        for command in commands {
            if command.description["commandName"] != "overview" { #expect(page.contains(command.path)) }
            for option in command.options where option != "--help" {
                #expect(page.contains(option), "\(command.path) \(option)")
            }
        }
    }

    @Test func `tells of every variable that the help text has`() throws {
        let page = try page()
        let help = try Command([try PlumbExecutable.path(), "--help"]).run().output
        let words = help.split { !($0.isLetter || $0.isNumber || $0 == "_") }
        let variables = Set(words.filter { $0.hasPrefix("PLUMB_") || $0.hasPrefix("CNI_") })
        #expect(variables.count > 15)
        for variable in variables { #expect(page.contains(variable), "\(variable)") }
    }

    @Test func `tells of every key of a configuration that the README has`() throws {
        let page = try page()
        let root = "\(#filePath)".split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        let readme = try Command(["cat", root.joined(separator: "/") + "/README.md"]).run().output
        let section = readme.split(separator: "\n").drop { $0 != "## Configuration" }.dropFirst()
            .prefix { !$0.hasPrefix("## ") }
        let keys = section.filter { $0.hasPrefix("| `") }.flatMap { row in
            (row.split(separator: "|").first ?? "").split(separator: "`").filter { $0.contains(where: \.isLetter) }
        }
        #expect(keys.count > 15)
        for key in keys { #expect(page.contains(key), "\(key)") }
    }
}
