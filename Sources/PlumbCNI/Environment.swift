/// The parameters of a call, which a runtime passes in environment variables (CNI 1.1.0, section 2).
public struct Environment: Hashable, Sendable {
    /// What to do: `CNI_COMMAND`.
    public let command: Command

    /// The container to act on: `CNI_CONTAINERID`; empty for GC, STATUS and VERSION, which concern none.
    public let containerID: String

    /// The path of the container's network namespace: `CNI_NETNS`; nil when absent or empty, as DEL allows.
    public let networkNamespace: String?

    /// The name of the interface inside the container: `CNI_IFNAME`; empty for GC, STATUS and VERSION.
    public let interfaceName: String

    /// Additional arguments by key: `CNI_ARGS`.
    public let arguments: [String: String]

    /// The folders that hold plugins, in order of preference: `CNI_PATH`; needed by delegation alone.
    public let path: [String]

    /// Every variable of the call, for handing on to delegates.
    public let variables: [String: String]

    /// Whether a plugin should pass over arguments that it does not know: `IgnoreUnknown=1` or `true` in `CNI_ARGS`.
    public var ignoresUnknownArguments: Bool {
        guard let value = arguments["IgnoreUnknown"] else { return false }
        return value == "1" || value.lowercased() == "true"
    }

    /// Reads the variables that the command needs.
    ///
    /// - Throws: `CNIError` with code 4 that names every variable which is absent or wrong, and its value.
    public init(_ variables: [String: String]) throws(CNIError) {
        let name = variables["CNI_COMMAND"] ?? ""
        guard let command = Command(rawValue: name) else {
            let problem = name.isEmpty ? "CNI_COMMAND is not set" : "CNI_COMMAND=\(quoted(name)) is not a command"
            let known = Command.allCases.map(\.rawValue).joined(separator: ", ")
            throw CNIError(.invalidEnvironment, problem, details: "known commands: \(known)")
        }
        let arguments = AdditionalArguments(variables["CNI_ARGS"] ?? "")
        var problems = Self.problems(of: variables, for: command)
        // A container must be removable whatever was wrong with the arguments that it was added with.
        if command == .add || command == .check { problems += arguments.problems }
        guard problems.isEmpty else {
            throw CNIError(.invalidEnvironment, problems.joined(separator: "; "))
        }

        self.command = command
        self.containerID = variables["CNI_CONTAINERID"] ?? ""
        self.networkNamespace = variables["CNI_NETNS"].flatMap { $0.isEmpty ? nil : $0 }
        self.interfaceName = variables["CNI_IFNAME"] ?? ""
        self.arguments = arguments.values
        self.path = (variables["CNI_PATH"] ?? "").split(separator: ":").map(String.init)
        self.variables = variables
    }

    private static func problems(of variables: [String: String], for command: Command) -> [String] {
        guard command.concernsAttachment else { return [] }
        let required = ["CNI_CONTAINERID", "CNI_IFNAME"] + (command == .del ? [] : ["CNI_NETNS"])
        let missing = required.filter { variables[$0, default: ""].isEmpty }
        var problems: [String] = []
        if !missing.isEmpty {
            problems.append("\(command.rawValue) needs \(missing.joined(separator: ", ")), not set")
        }
        if let id = variables["CNI_CONTAINERID"], !id.isEmpty, !isValidName(id) {
            problems.append(
                "CNI_CONTAINERID=\(quoted(id)) must begin with a letter or digit and hold only letters, digits, _ . and -"
            )
        }
        if let name = variables["CNI_IFNAME"], !name.isEmpty, let problem = interfaceNameProblem(name) {
            problems.append("CNI_IFNAME=\(quoted(name)) \(problem)")
        }
        return problems
    }
}
