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
            let input = try configuration()
            let isConfigured = input.contains { $0 > UInt8(ascii: " ") }
            guard isConfigured || variables["CNI_COMMAND"] == Command.version.rawValue else {
                return try StandaloneCommand(variables: variables).run()
            }
            let plugin = PlumbPlugin(defaults: try NetworkDefaults(variables))
            return Dispatcher(plugin).run(variables: variables, standardInput: input)
        } catch {
            return Outcome(standardOutput: error.json(version: .newest), exitCode: 1)
        }
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
