import Glibc
import PlumbLinux

/// The executable that is tested: `PLUMB_BINARY`, or the one that was built with the tests.
package enum PlumbExecutable {
    package static func path() throws -> String {
        if let path = unsafe getenv("PLUMB_BINARY") { return unsafe String(cString: path) }
        guard let pointer = unsafe realpath("/proc/self/exe", nil) else { throw SystemError("find this program") }
        defer { unsafe free(pointer) }
        let runner = unsafe String(cString: pointer)
        return "\(runner[..<(runner.lastIndex(of: "/") ?? runner.endIndex)])/plumb"
    }
}

/// A call of plumb as a runtime makes it.
package struct PlumbCall: Sendable {
    package var command: String?
    package var container: String?
    package var sandbox: String?
    package var interface: String? = "eth0"
    package var configuration = ""
    package var environment: [String: String] = [:]
    package var arguments: [String] = []
    /// A program with its arguments that the executable is to be started by, such as strace.
    package var launcher: [String] = []

    package init(
        _ command: String? = nil,
        container: String? = nil,
        sandbox: String? = nil,
        configuration: String = "",
        environment: [String: String] = [:],
        arguments: [String] = []
    ) {
        self.command = command
        self.container = container
        self.sandbox = sandbox
        self.configuration = configuration
        self.environment = environment
        self.arguments = arguments
    }

    fileprivate var variables: [String: String] {
        var variables = environment
        variables["CNI_COMMAND"] = command
        variables["CNI_CONTAINERID"] = container
        variables["CNI_NETNS"] = sandbox
        if command != nil { variables["CNI_IFNAME"] = interface }
        return variables
    }
}

/// What plumb answered.
package struct PlumbReply: Sendable {
    package let result: CommandResult

    /// What was on standard output; null when that is not JSON.
    package let json: JSON

    package var succeeded: Bool { result.succeeded }
    package var code: Int? { json["code"].int }
    package var message: String { json["msg"].string ?? "" }
    package var details: String { json["details"].string ?? "" }

    init(_ result: CommandResult) {
        self.result = result
        do {
            json = try JSON(parsing: result.output)
        } catch {
            // DEL answers nothing, and tests of errors look for the keys that an answer must have.
            json = .null
        }
    }
}

extension PlumbReply: CustomStringConvertible {
    package var description: String { "\(result.status) \(result.output)\(result.errors)" }
}

extension TestHost {
    /// Runs the executable in the host's namespace.
    package func plumb(_ call: PlumbCall) throws -> PlumbReply {
        PlumbReply(try command(call).run(in: namespace))
    }

    /// Runs the executable in the host's namespace, many times at once.
    package func plumb(all calls: [PlumbCall]) throws -> [PlumbReply] {
        try Command.run(all: calls.map(command), in: namespace).map(PlumbReply.init)
    }

    private var lockFile: String { "\(folder.path)/xtables.lock" }

    private func command(_ call: PlumbCall) throws -> Command {
        Command(
            call.launcher + [try PlumbExecutable.path()] + call.arguments,
            environment: [
                "PLUMB_STATE_DIR": stateDirectory,
                "XTABLES_LOCKFILE": lockFile,
            ].merging(call.variables) { $1 },
            input: call.configuration,
            limit: .seconds(180)
        )
    }

    /// ADD.
    package func add(_ container: Container, _ configuration: JSON, interface: String = "eth0") throws -> PlumbReply {
        try plumb(call("ADD", container, configuration, interface: interface))
    }

    /// ADD that has to succeed; returns its result.
    @discardableResult
    package func attach(_ container: Container, _ configuration: JSON, interface: String = "eth0") throws -> JSON {
        let reply = try add(container, configuration, interface: interface)
        guard reply.succeeded else { throw TestFailure("ADD \(container.id): \(reply)") }
        return reply.json
    }

    /// DEL.
    package func delete(
        _ container: Container,
        _ configuration: JSON,
        interface: String = "eth0"
    ) throws -> PlumbReply {
        try plumb(call("DEL", container, configuration, interface: interface))
    }

    /// DEL that has to succeed.
    package func detach(_ container: Container, _ configuration: JSON, interface: String = "eth0") throws {
        let reply = try delete(container, configuration, interface: interface)
        guard reply.succeeded, reply.result.output.isEmpty else { throw TestFailure("DEL \(container.id): \(reply)") }
    }

    /// The call of a runtime that knows all about the container.
    package func call(
        _ command: String,
        _ container: Container,
        _ configuration: JSON,
        interface: String = "eth0"
    ) -> PlumbCall {
        var call = PlumbCall(
            command,
            container: container.id,
            sandbox: container.namespace.path,
            configuration: "\(configuration)"
        )
        call.interface = interface
        return call
    }

    /// What `plumb show --json` prints.
    package func show() throws -> JSON {
        let reply = try plumb(PlumbCall(arguments: ["show", "--json"]))
        guard reply.succeeded else { throw TestFailure("plumb show --json: \(reply)") }
        return reply.json
    }
}
