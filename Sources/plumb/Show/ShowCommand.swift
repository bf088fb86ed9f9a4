import ArgumentParser
import PlumbAttachment
import PlumbCNI

/// The command `plumb show`.
struct ShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show networks, attachments and published ports."
    )

    @Flag(help: "Print JSON for programs.")
    var json = false

    @Option(help: "The directory of the subnet store (default: PLUMB_STATE_DIR, or /run/plumb).")
    var stateDir: String?

    func run() throws {
        do throws(CNIError) {
            let directory = try NetworkDefaults.stateDirectory(option: stateDir, Environment.processVariables())
            let survey = try describingErrors { try Survey.take(stateDirectory: directory) }
            if json {
                print(try describingErrors { try SurveyDocument(survey).text() })
            } else {
                print(SurveyTables(survey).text)
            }
        } catch {
            throw CommandFailure(error)
        }
    }
}
