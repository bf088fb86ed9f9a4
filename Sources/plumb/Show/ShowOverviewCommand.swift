import ArgumentParser
import PlumbAttachment
import PlumbCNI
import PlumbShow

/// The command `plumb show` without a subcommand.
struct ShowOverviewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "overview",
        abstract: "Show networks, attachments and published ports; what show does when nothing else is asked for."
    )

    @OptionGroup var options: ShowOptions

    func run() throws {
        do throws(CNIError) {
            let directory = try NetworkDefaults.stateDirectory(option: options.stateDir, Environment.processVariables())
            let survey = try describingErrors { try Survey.take(stateDirectory: directory) }
            if options.json {
                print(try describingErrors { try SurveyDocument(survey).text() })
            } else {
                print(SurveyTables(survey).text)
            }
        } catch {
            throw CommandFailure(error)
        }
    }
}
