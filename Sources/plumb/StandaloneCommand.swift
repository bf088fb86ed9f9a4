import PlumbAttachment
import PlumbCNI
import PlumbSubnetStore

/// ADD and DEL for a person at a shell: no configuration, only environment variables.
struct StandaloneCommand {
    let variables: [String: String]
    let trace: Trace

    init(variables: [String: String], trace: Trace) {
        var variables = variables
        if (variables["CNI_IFNAME"] ?? "").isEmpty { variables["CNI_IFNAME"] = "eth0" }
        variables["CNI_NETNS"] = variables["CNI_NETNS"].map(Self.sandboxPath)
        self.variables = variables
        self.trace = trace
    }

    /// What a person may call a namespace: a path, the number of a process in it, or its name under `/run/netns`.
    private static func sandboxPath(_ text: String) -> String {
        if text.isEmpty || text.contains("/") { return text }
        return text.allSatisfy(\.isNumber) ? "/proc/\(text)/ns/net" : "/run/netns/\(text)"
    }

    func run() throws(CNIError) -> CNICommand.Outcome {
        let environment = try Environment(variables)
        let standalone = try Standalone(variables)
        switch environment.command {
        case .add:
            let attachment = try describingErrors { try attach(environment, standalone) }
            let result = attachment.result(dns: standalone.specification.dns, for: standalone.values)
            return CNICommand.Outcome(standardOutput: try result.json(version: .newest), exitCode: 0)
        case .del:
            let key = AttachmentKey(
                network: standalone.specification.name,
                container: environment.containerID,
                interface: environment.interfaceName
            )
            try describingErrors { try Detach(key, network: standalone.specification, trace: trace).run() }
            return CNICommand.Outcome(standardOutput: "", exitCode: 0)
        case .check, .gc, .status, .version:
            throw CNIError(
                .invalidEnvironment,
                "CNI_COMMAND: \"\(environment.command.rawValue)\" needs a network configuration on standard input",
                details: "Without one there are ADD and DEL; see plumb show for what is attached."
            )
        }
    }

    private func attach(_ environment: Environment, _ standalone: Standalone) throws -> Attachment {
        try Attach(
            network: standalone.specification,
            request: AttachmentRequest(
                containerID: environment.containerID,
                interfaceName: environment.interfaceName,
                sandboxPath: environment.networkNamespace ?? "",
                values: standalone.values,
                allowsHostNamespace: environment.allowsHostNamespace
            ),
            trace: trace
        ).run()
    }
}
