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
        let directory = try options.stateDirectory()
        let survey = try failing { try Survey.take(stateDirectory: directory) }
        try failing {
            let text =
                options.json ? [try SurveyDocument(survey).jsonText()] : Overview(survey).lines(on: options.screen)
            try Output.write(text)
        }
        if survey.isPartial { throw ExitCode.shownInPart }
    }
}
