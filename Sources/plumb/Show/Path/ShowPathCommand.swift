import ArgumentParser
import Glibc
import PlumbAttachment
import PlumbCNI
import PlumbLinux
import PlumbShow

/// The command `plumb show path`.
struct ShowPathCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "path",
        abstract: "Follow a packet to a published port, hop by hop, up to the first that is broken.",
        discussion: """
            Each hop is read from the kernel as it is now. What is broken is named, with the command that mends it.

            The exit status is 0 when the path is whole, 1 when it is broken, and 2 when that can't be told: a port that \
            nobody publishes, missing permission, or a rule of somebody else's that plumb does not understand.

            JSON: an object with verdict (whole, broken or unknown), broken (the name of the first broken hop), hops (each \
            with hop, verdict, found, fixes and advice), and who calls whom: client, clientAddress, calledAddress, \
            hostPort, protocol, container, containerAddress and containerPort. Keys are added but never renamed; one \
            without a value is left out.

            Examples:
              plumb show path 8888/tcp
              plumb show path 53/udp --from localhost
              plumb show path 192.0.2.10:8888/tcp --from web
            """
    )

    @Argument(help: ArgumentHelp("The published port, such as 8888/tcp.", valueName: "port"))
    var port: String

    @Option(
        help: ArgumentHelp(
            "Who calls: lan, host, localhost, an address, or a container. (default: lan, or localhost for 127.0.0.1)"
        )
    )
    var from: String?

    @Flag(name: .customLong("ipv6"), help: "Follow IPv6 where no address tells the family.")
    var isIPv6 = false

    @OptionGroup var options: ShowOptions

    func run() throws {
        let trace: PathTrace
        do {
            trace = try take()
            try Output.write(
                options.json ? [try PathDocument(trace).jsonText()] : PathScreen(trace).lines(on: options.screen)
            )
        } catch {
            let words = Self.words(for: error)
            try FileDescriptor(adopting: STDERR_FILENO).writeAll(Array("Error: \(words)\n".utf8))
            throw Self.status(.unknown)
        }
        if trace.verdict != .whole { throw Self.status(trace.verdict) }
    }

    private func take() throws -> PathTrace {
        let question = try PathQuestion(
            try PathQuestion.Port(port),
            from: from.map { PathQuestion.Client($0) },
            isIPv6: isIPv6
        )
        return try PathTrace.take(question, stateDirectory: try options.stateDirectory())
    }

    private static func words(for error: any Error) -> String {
        switch error {
        case let error as PathError: "\(error)"
        case let error as CommandFailure: "\(error)"
        default: "\(CommandFailure(CNIError(describing: error)))"
        }
    }

    private static func status(_ verdict: Finding.Verdict) -> ExitCode {
        switch verdict {
        case .whole: ExitCode(0)
        case .broken: ExitCode(1)
        case .unknown: ExitCode(2)
        }
    }
}
