import Glibc
import PlumbCNI
import PlumbNetlink

/// Brings the links, addresses, routes and sysctls of one attachment back to its record.
struct Mending {
    let attachment: Attachment
    let host: Host

    /// All differences, the host's side first, as bridge and link have to be there for the rest.
    func differences(_ view: HostView) throws -> [Difference] {
        let differences = try HostSideDifferences(attachment: attachment).differences(view)
        // A pair that is missing takes the container's end with it, and is made with all that belongs there.
        if differences.contains(where: { $0.remedies.contains { $0.change == .pair } }) { return differences }
        return try differences + Sandbox.open(of: attachment, host: host).differences(from: attachment, host: host)
    }

    /// Whether anything differs.
    ///
    /// What has gone while it was being looked at does, too: whether it belongs there, who claims the attachment is told.
    func isNeeded(_ view: HostView) throws -> Bool {
        do {
            return try !differences(view).isEmpty
        } catch let error as NetlinkError where error.errno == ENODEV {
            return true
        }
    }

    /// Takes the remedies of all differences and tells each command; goes on after errors.
    ///
    /// - Throws: What was refused, and what no remedy is known for.
    func run(_ tell: (String) -> Void) throws {
        var failures = Failures()
        failures.collect {
            let differences = try HostSideDifferences(attachment: attachment).differences(HostView(host))
            try mend(differences, tell) { change in
                if change == .pair { try makePair() } else { try change.apply(host.socket) }
            }
        }
        failures.collect {
            let sandbox = try Sandbox.open(of: attachment, host: host)
            let differences = try sandbox.differences(from: attachment, host: host)
            try mend(differences, tell) { try sandbox.apply($0, host: host) }
        }
        try failures.throwIfAny()
    }

    /// Makes each change once, however many differences it mends.
    private func mend(
        _ differences: [Difference],
        _ tell: (String) -> Void,
        _ apply: (Remedy.Change) throws -> Void
    ) throws {
        var failures = Failures()
        var made: Set<Remedy.Change> = []
        for difference in differences {
            if difference.remedies.isEmpty { failures.add(beyondRepair(difference)) }
            for remedy in difference.remedies {
                failures.collect {
                    if !made.contains(remedy.change) { try apply(remedy.change) }
                    made.insert(remedy.change)
                    tell(remedy.command)
                }
            }
        }
        try failures.throwIfAny()
    }

    /// The error for a difference without a remedy.
    func beyondRepair(_ difference: Difference) -> CNIError {
        CNIError(
            .attachmentDiffers,
            "\(attachment.key): \(difference)",
            details: "Call DEL and ADD to attach it anew."
        )
    }

    private func makePair() throws {
        guard let bridge = try host.socket.link(named: attachment.bridge.name) else {
            throw NetlinkError(operation: "find link \(attachment.bridge.name)", errno: ENODEV)
        }
        let sandbox = try Sandbox.open(of: attachment, host: host)
        try VethPair(attachment: attachment).create(bridge: bridge, sandbox: sandbox, host: host)
        try sandbox.configure(attachment, host: host)
    }
}
