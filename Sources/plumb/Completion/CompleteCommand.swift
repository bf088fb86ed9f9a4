import ArgumentParser
import PlumbAttachment
import PlumbCNI

/// The command `plumb complete`, which the scripts of `plumb completion` call at each press of the tabulator.
///
/// It prints a word a line, behind a tabulator what it means; `:directories` and `:files` stand for those of the shell.
/// It is silent where it has nothing to say, as nobody reads its errors in the middle of a line.
struct CompleteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "complete",
        abstract: "Print what the last of some words may be.",
        discussion: """
            Example:
              plumb complete plumb show rul
            """,
        shouldDisplay: false
    )

    @Argument(parsing: .captureForPassthrough, help: "The words of the command line, the name of the program first.")
    var words: [String] = []

    func run() throws {
        let completion = Completion(try CommandTree.load(), words: Array(words.dropFirst()))
        let names = knownNames()
        var lines: Set<String> = []
        for candidate in completion.candidates {
            switch candidate {
            case .word(let word, let meaning): lines.insert(meaning.isEmpty ? word : "\(word)\t\(meaning)")
            case .container: lines.formUnion(names?.containers ?? [])
            case .network: lines.formUnion(names?.networks ?? [])
            case .bridge: lines.formUnion(names?.bridges ?? [])
            case .hostInterface: lines.formUnion(names?.hostInterfaces ?? [])
            case .port: lines.formUnion(names?.ports ?? [])
            case .directory: lines.insert(":directories")
            case .file: lines.insert(":files")
            }
        }
        let word = words.last ?? ""
        for line in lines.sorted() where line.hasPrefix(word) || line.hasPrefix(":") { print(line) }
    }

    /// The names of the store that the words name; nil where it can't be read.
    private func knownNames() -> KnownNames? {
        let option = words.firstIndex(of: "--state-dir").flatMap { index in
            index + 1 < words.count - 1 ? words[index + 1] : nil
        }
        do {
            let directory = try NetworkDefaults.stateDirectory(option: option, Environment.processVariables())
            return KnownNames(stateDirectory: directory)
        } catch {
            return nil
        }
    }
}
