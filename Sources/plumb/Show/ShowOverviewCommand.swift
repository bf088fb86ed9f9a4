import ArgumentParser
import PlumbAttachment
import PlumbShow

/// The command `plumb show` without a subcommand: everything at a glance, or one thing in depth.
struct ShowOverviewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "overview",
        abstract: "Show networks, attachments and published ports, or one of them in depth.",
        discussion: ShowCommand.manual
    )

    @Argument(
        help: "A container or the beginning of its id, a network, bridge, veth, address, MAC, published port or pid."
    )
    var name: String?

    @Flag(help: "Go on showing changes as they happen, until interrupted.")
    var watch = false

    @Option(defaultAsFlag: .svg, help: "Draw a picture: svg, or text for dot or mermaid.")
    var graph: GraphFormat?

    @OptionGroup var options: ShowOptions

    func validate() throws {
        if watch, name != nil { throw ValidationError("--watch shows everything; it goes with no NAME") }
        if graph != nil, let word = GraphFormat.unknown(in: CommandLine.arguments) {
            let known = GraphFormat.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--graph draws no \"\(word)\"; there are \(known)")
        }
        if graph != nil, name != nil || watch || options.json {
            throw ValidationError("--graph draws everything there is; it goes with no NAME, no --watch and no --json")
        }
    }

    func run() throws {
        let directory = try options.stateDirectory()
        if watch { return try failing { try watching(directory).run() } }
        let survey = try failing { try Survey.take(stateDirectory: directory) }
        if let name { return try show(name, in: survey) }
        try failing {
            if let graph { return try Output.write(graph.text(survey)) }
            try Output.write(
                options.json ? [try SurveyDocument(survey).jsonText()] : Overview(survey).lines(on: options.screen)
            )
        }
        if survey.isPartial { throw ExitCode.shownInPart }
    }

    private func watching(_ directory: String) -> Watch {
        let form: Watch.Form = options.json ? .json : options.screen.width == nil ? .lines : .screen
        return Watch(stateDirectory: directory, form: form) { options.screen }
    }

    private func show(_ name: String, in survey: Survey) throws {
        let resolution = NameResolver(survey).resolve(name)
        guard case .found(let target) = resolution else {
            let reasons = survey.problems.filter { $0.subject == .store }
            guard let failure = NameFailure(name, resolution, reasons) else { throw ExitCode.failure }
            if reasons.isEmpty { throw failure }
            // A store that can't be read may hold the name.
            try failing { try complain("Error: \(failure)") }
            throw ExitCode.shownInPart
        }
        let detail = try failing { Detail(target, try Inspector(survey)) }
        try failing {
            try Output.write(options.json ? [try detail.document.jsonText()] : detail.lines(on: options.screen))
        }
        if detail.problems.contains(where: { $0.severity == .unknown }) { throw ExitCode.shownInPart }
    }
}
