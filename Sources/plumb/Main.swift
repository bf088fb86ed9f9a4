import ArgumentParser
import Glibc
import PlumbCNI
import PlumbLinux

/// Decides who is calling: a runtime or a person with environment variables, or a person with a subcommand.
@main enum Main {
    static func main() {
        let variables = Environment.processVariables()
        // CNI passes no arguments. The argument parser is only touched for those who bring some: it is dear to start.
        guard CommandLine.arguments.count == 1, let command = variables["CNI_COMMAND"], !command.isEmpty else {
            PlumbCommand.main()
            return
        }
        let outcome = CNICommand(variables: variables).run()
        exit(report(outcome))
    }

    /// Writes the answer and returns the exit code; without its answer not even a success is one to the runtime.
    private static func report(_ outcome: CNICommand.Outcome) -> CInt {
        guard !outcome.standardOutput.isEmpty else { return outcome.exitCode }
        do throws(SystemError) {
            try FileDescriptor(adopting: STDOUT_FILENO).writeAll(Array("\(outcome.standardOutput)\n".utf8))
            return outcome.exitCode
        } catch {
            let text = Array("plumb: the answer can't be written to standard output: \(error)\n".utf8)
            // Nobody is left to tell if this fails too.
            _ = unsafe write(STDERR_FILENO, text, text.count)
            return EXIT_FAILURE
        }
    }
}
