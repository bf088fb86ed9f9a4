import ArgumentParser
import PlumbAttachment
import PlumbShow

/// The command `plumb show` without a subcommand: everything at a glance, or one thing in depth.
struct ShowOverviewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "overview",
        abstract: "Show networks, attachments and published ports, or one of them in depth.",
        discussion: """
            In front of each line: ✓ as recorded, ! a warning, ? not fully read, ✗ broken. What is wrong is listed below \
            the table with the command that mends it.

              plumb show                  everything at a glance
              plumb show web              a container, by its id or the beginning of it
              plumb show 8888/tcp         whoever publishes the port
              plumb show 10.87.0.2        whoever has the address, or the network whose gateway it is
              plumb show vethfe6d0c1a     whoever has the host end; the index behind @if may stay
              plumb show 4711             the container that the process is in
              plumb show network:web      a network, where a container has the same name
              plumb show --watch --json   changes as they happen, an object on each line
              plumb show --graph          a picture of all of it in SVG; --graph=mermaid for documents

            The kinds that can stand in front of a name: \(NameKind.allCases.map(\.rawValue).joined(separator: ", ")).

            Exit status: 0 when everything was read, 1 when nothing or more than one thing has the name, 2 when \
            something could not be read: the rest is shown then, and what it takes to read it. That something is broken \
            changes nothing in it.

            JSON: an object with stateDirectory, networks, attachments, unrecorded and problems; with a NAME one with \
            kind (container, network or link), name, and the key attachments, network or link. With --watch objects \
            with change (present, added, changed or removed) and one of network, attachment, unrecorded and problem. \
            Keys are added but never renamed; one without a value is left out.
            """
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
            throw NameFailure(name, resolution, survey.problems.filter { $0.subject == .store }) ?? ExitCode.failure
        }
        let detail = try failing { Detail(target, try Inspector(survey)) }
        try failing {
            try Output.write(options.json ? [try detail.document.jsonText()] : detail.lines(on: options.screen))
        }
        if detail.problems.contains(where: { $0.severity == .unknown }) { throw ExitCode.shownInPart }
    }
}
