import Glibc
import PlumbAddress
import PlumbAttachment
import PlumbFirewall
import PlumbLinux
import PlumbNetlink
import PlumbSubnetStore

/// An attachment in depth: its record beside what the kernel has on both sides.
struct AttachmentInspection {
    let item: Survey.Item
    var sandbox: SandboxInspection?
    var bridge: Link?
    var rules: [InspectedRule] = []
    var connections: [TrackedConnection] = []
    var hostSysctls: [InspectedSysctl] = []
    var problems: [Problem]

    var attachment: Attachment { item.attachment }
}

extension Inspector {
    /// Looks at an attachment.
    func inspect(_ item: Survey.Item) -> AttachmentInspection {
        let attachment = item.attachment
        let subject = Problem.Subject.attachment(attachment.key)
        let known = survey.problems.filter { [subject, .network(attachment.key.network)].contains($0.subject) }
        var inspection = AttachmentInspection(item: item, problems: known)
        var problems: [Problem] = []
        let bridge = attachment.bridge.name
        inspection.bridge =
            collecting("the bridge", of: subject, into: &problems) { try socket.link(named: bridge) } ?? nil
        inspection.sandbox = inspectSandbox(of: item, &problems)
        inspection.rules =
            collecting("its rules", of: subject, into: &problems) {
                try rules(attachment.firewall) { $0.mark == attachment.firewall.mark }
            } ?? []
        inspection.connections =
            collecting("its connections", of: subject, into: &problems) {
                try attachment.addresses.flatMap { try trackedConnections(of: $0.prefix.address) }
            } ?? []
        inspection.hostSysctls =
            collecting("the sysctls of the host", of: subject, into: &problems) {
                try Self.sysctls([
                    "net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding", "net/ipv4/conf/all/rp_filter",
                    "net/ipv4/conf/\(bridge)/rp_filter", "net/ipv4/conf/\(bridge)/route_localnet",
                    "net/bridge/bridge-nf-call-iptables", "net/netfilter/nf_conntrack_max",
                ])
            } ?? []
        inspection.problems += problems + deafPorts(inspection)
        return inspection
    }

    /// Published ports at which nobody in the container would hear a packet.
    private func deafPorts(_ inspection: AttachmentInspection) -> [Problem] {
        guard let sandbox = inspection.sandbox, sandbox.isEntered else { return [] }
        let attachment = inspection.attachment
        let addresses = attachment.addresses.map(\.prefix.address)
        // The kernel has no table of SCTP sockets that is alike.
        return attachment.publishedAt.filter { $0.transport != .sctp }.compactMap { port in
            let reachable = port.hostAddress.map { host in addresses.filter { $0.family == host.family } } ?? addresses
            let (reached, deaf) = sandbox.listeners(for: port, at: reachable)
            guard reached.isEmpty else { return nil }
            let places = deaf.map(\.place).joined(separator: ", ")
            return Problem(
                severity: .warning,
                subject: .attachment(attachment.key),
                text: deaf.isEmpty
                    ? "nobody in the container listens where \(port) leads"
                    : "what listens in the container is at \(places) only, which \(port) does not reach",
                fixes: ["nsenter --net=\(attachment.sandbox.path) ss -lntup"]
            )
        }
    }
}

extension Inspector {
    /// Looks into the sandbox; nil when it can't be reached.
    private func inspectSandbox(of item: Survey.Item, _ problems: inout [Problem]) -> SandboxInspection? {
        let attachment = item.attachment
        let subject = Problem.Subject.attachment(attachment.key)
        let identity = attachment.sandbox.identity
        let processes =
            collecting("the processes", of: subject, into: &problems) { try NamespaceProcess.all(in: identity) } ?? []
        var sandbox = SandboxInspection(processes: processes)
        guard let way = wayIn(attachment.sandbox, processes) else { return nil }
        _ = collecting("the sandbox", of: subject, into: &problems) {
            let namespace = try NetworkNamespace.open(way)
            sandbox.userNamespace = try ownerOf(namespace)
            try look(into: namespace, attachment, &sandbox)
            sandbox.isEntered = true
        }
        if sandbox.isEntered, item.state == .attached {
            let differences = collecting("the container's end", of: subject, into: &problems) {
                try attachment.sandboxDifferences(path: way)
            }
            let repair = Repair.command(
                for: attachment.key.container,
                stateDirectory: survey.stateDirectory
            )
            for difference in differences ?? [] {
                let commands = difference.remedies.map(\.command)
                problems.append(
                    Problem(
                        severity: .broken,
                        subject: subject,
                        text: difference.description,
                        fixes: [commands.count == 1 ? commands[0] : repair]
                    )
                )
            }
        }
        return sandbox
    }

    /// The path that leads to a sandbox, or may do so for others; nil when there is none.
    private func wayIn(_ sandbox: Attachment.Sandbox, _ processes: [NamespaceProcess]) -> String? {
        if NamespaceIdentity(path: sandbox.path) == sandbox.identity { return sandbox.path }
        // The path was unmounted, or is another's by now; a process keeps the way in.
        if let process = processes.first { return "/proc/\(process.pid)/ns/net" }
        return unsafe access(sandbox.path, F_OK) != 0 && errno == EACCES ? sandbox.path : nil
    }

    /// The user namespace that owns a sandbox; nil where this process may not know, as it is in another one itself.
    private func ownerOf(_ namespace: borrowing NetworkNamespace) throws(SystemError) -> UserNamespace? {
        do throws(SystemError) {
            return try namespace.owningUserNamespace()
        } catch {
            guard error.errno == EPERM else { throw error }
            return nil
        }
    }

    private func look(
        into namespace: borrowing NetworkNamespace,
        _ attachment: Attachment,
        _ sandbox: inout SandboxInspection
    ) throws {
        let name = attachment.containerInterface.name
        try namespace.enter(from: home) {
            sandbox.sysctls = try Self.sysctls([
                "net/ipv4/conf/\(name)/rp_filter", "net/ipv4/conf/\(name)/arp_notify", "net/ipv4/ip_forward",
                "net/ipv4/ip_unprivileged_port_start", "net/ipv6/conf/\(name)/disable_ipv6",
                "net/ipv6/conf/\(name)/accept_dad", "net/ipv6/conf/\(name)/accept_ra",
            ])
            sandbox.listeners = try SocketTable.listeners()
            let inside = try NetlinkSocket.open()
            guard let link = try inside.link(named: name) else { return }
            sandbox.link = link
            sandbox.addresses = try inside.assignedAddresses(linkIndex: link.index)
            sandbox.routes = try AddressFamily.allCases.flatMap { try inside.routes(linkIndex: link.index, family: $0) }
            sandbox.neighbours = try inside.neighbours(linkIndex: link.index)
        }
    }
}
