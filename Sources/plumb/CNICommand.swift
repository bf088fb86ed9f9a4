import Glibc
import PlumbAttachment
import PlumbCNI
import PlumbLinux

/// A call by `CNI_COMMAND`: with a configuration on standard input, in a file, or in environment variables.
struct CNICommand {
    typealias Outcome = Dispatcher<PlumbPlugin>.Outcome

    let variables: [String: String]

    func run() -> Outcome {
        do throws(CNIError) {
            let trace = try Trace(variables)
            let outcome = run(trace)
            let names = ["CNI_COMMAND", "CNI_CONTAINERID", "CNI_IFNAME"].compactMap { variables[$0] }
            trace.end("plumb \(names.joined(separator: " "))\(outcome.exitCode == 0 ? "" : " failed")")
            return outcome
        } catch {
            return Self.failure(error)
        }
    }

    private func run(_ trace: Trace) -> Outcome {
        do throws(CNIError) {
            let input = try configuration()
            let isConfigured = input.contains { $0 > UInt8(ascii: " ") }
            guard isConfigured || variables["CNI_COMMAND"] == Command.version.rawValue else {
                return try StandaloneCommand(variables: variables, trace: trace).run()
            }
            let plugin = PlumbPlugin(defaults: try NetworkDefaults(variables), trace: trace)
            return Dispatcher(plugin).run(variables: variables, standardInput: input)
        } catch {
            return Self.failure(error)
        }
    }

    private static func failure(_ error: CNIError) -> Outcome {
        Outcome(standardOutput: error.json(version: .newest), exitCode: 1)
    }

    /// Standard input wins where it holds a configuration; a terminal never does.
    private func configuration() throws(CNIError) -> [UInt8] {
        let input = isatty(STDIN_FILENO) == 1 ? [] : try readStandardInput()
        let isBlank = !input.contains { $0 > UInt8(ascii: " ") }
        guard isBlank, let path = variables["PLUMB_CONFIG"], !path.isEmpty else { return input }
        do throws(SystemError) {
            return try FileDescriptor.open(path, O_RDONLY).readToEnd()
        } catch {
            throw CNIError(.ioFailure, "PLUMB_CONFIG: \"\(path)\" can't be read: \(error)")
        }
    }
}
