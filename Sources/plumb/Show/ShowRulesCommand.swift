import ArgumentParser
import PlumbAttachment
import PlumbShow

/// The command `plumb show rules`.
struct ShowRulesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules",
        abstract: "Show the firewall's rules, each with what it is for and how often it was used.",
        discussion: """
            Rules are grouped by their purpose, with the packets and bytes that matched them. What should be there is \
            marked missing, and what should not be in chains of plumb's own too many; rules of others in the same \
            chains come last. Needs CAP_NET_ADMIN.

            Exit status: 0 when everything was read, 2 when something could not be: the rest is shown then.

            JSON: an object with rules, each with table, rule, purpose, state (present, missing, surplus or foreign), attachment, \
            packets and bytes, and with problems where something could not be read.

            Examples:
              plumb show rules
              plumb show rules --json
              diff <(ssh docker-host iptables -t nat -S) <(plumb show rules --like-docker)
            """
    )

    @OptionGroup var options: ShowOptions

    @Flag(help: "Print the rules in the order of iptables -S, with Docker's names of chains and without comments.")
    var likeDocker = false

    func validate() throws {
        guard !options.json || !likeDocker else {
            throw ValidationError("--like-docker prints the rules of iptables -S; --json can't be combined with it")
        }
    }

    func run() throws {
        let directory = try options.stateDirectory()
        let survey = try failing { try Survey.take(stateDirectory: directory) }
        let rules = RuleSurvey.take(survey)
        try failing {
            if likeDocker { return try Output.write(DockerListing(rules).lines) }
            let report = RuleReport(rules)
            try Output.write(options.json ? [try report.document.jsonText()] : report.lines(on: options.screen))
        }
        if !rules.problems.isEmpty { throw ExitCode.shownInPart }
    }
}
