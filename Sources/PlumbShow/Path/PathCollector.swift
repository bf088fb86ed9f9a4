import Glibc
import PlumbAddress
import PlumbAttachment
import PlumbFirewall
import PlumbLinux
import PlumbNetlink
import PlumbSubnetStore

/// Asks the kernel for all that decides on a path.
///
/// A class, as a value that can't be copied may not fail half-way through its making.
final class PathCollector {
    private let namespace: NetworkNamespace
    let socket: NetlinkSocket
    let target: PathTarget
    private(set) var ends: PathEnds

    /// The attachment of the target's container by which it answers the client.
    private(set) var answering: Attachment
    let links: [Link]
    let addresses: [Int: [Prefix]]

    /// Finds the port and the client, and opens the way to the kernel.
    ///
    /// - Throws: `PathError`, or an error of the layers below.
    init(_ question: PathQuestion, stateDirectory: String) throws {
        let survey = try Survey.take(stateDirectory: stateDirectory)
        let attachments = survey.items.map(\.attachment)
        let target = try Self.target(question, survey)
        let socket = try NetlinkSocket.open()
        let links = try socket.links()
        let addresses = try socket.addresses()
        let network = HostNetwork(
            question: question,
            target: target,
            attachments: attachments,
            links: links,
            addresses: addresses,
            defaultRoute: try socket.defaultRoute(target.family),
            wayToClient: try question.client.address.map { address in try socket.route(to: address) }
        )
        ends = try network.ends()
        answering = target.attachment
        namespace = try NetworkNamespace.current()
        self.socket = socket
        self.target = target
        self.links = links
        self.addresses = addresses
        let called = ends.called
        let leaving = try ends.attachment.flatMap { client in
            try look(into: client) { _, inside in try inside.interface(to: called) }
        }
        if let interface = leaving?.value ?? nil { ends = try network.ends(ends, leavingBy: interface) }
        let client = ends.client
        let back = try look(into: answering) { _, inside in try inside.interface(to: client) }
        if let interface = back?.value ?? nil, let other = network.attachment(besides: answering, interface) {
            answering = other
        }
    }

    /// Finds the port; where it is not found, a store that can't be read is a reason of its own.
    private static func target(_ question: PathQuestion, _ survey: Survey) throws(PathError) -> PathTarget {
        do throws(PathError) {
            return try PathTarget.find(question, among: survey.items.map(\.attachment))
        } catch {
            guard let problem = survey.problems.first(where: { $0.subject == .store }) else { throw error }
            throw PathError("\(error.message): \(problem.text)", advice: problem.fixes.first ?? error.advice)
        }
    }

    func collect() throws -> PathFacts {
        var facts = PathFacts(
            target: target,
            ends: ends,
            answering: answering,
            host: try hostFacts(),
            firewall: Self.fact { try FirewallSnapshot.take() },
            missingRules: try missingRules(),
            sandbox: try sandboxFacts(),
            client: try clientFacts()
        )
        facts.host.neighbour = try neighbour(facts)
        return facts
    }

    /// What a step gives, or the words of why it could not be asked.
    private static func fact<Value>(_ step: () throws -> Value) -> Fact<Value> {
        do {
            return .known(try step())
        } catch {
            return .hidden("\(error)")
        }
    }

    func link(_ name: String) -> Link? { links.first { $0.name == name } }

    private func missingRules() throws -> [String] {
        let plan = target.attachment.firewall
        do throws(FirewallError) {
            let firewall = try makeFirewall(plan.backend)
            return try firewall.restoringCommands(target.attachment.firewallPolicy, in: plan.network)
        } catch {
            // Without a firewall there are no rules; without permission the snapshot says so.
            return []
        }
    }

    /// What the host remembers of the container's address; where it once got no answer, it is made to ask again.
    private func neighbour(_ facts: PathFacts) throws -> Neighbour? {
        guard let bridge = facts.host.bridge, bridge.isUp else { return nil }
        func known() throws -> Neighbour? {
            try socket.neighbours(linkIndex: bridge.index).first { $0.address == target.address }
        }
        let first = try known()
        guard let first, ["failed", "incomplete"].contains(first.state) else { return first }
        do throws(NetlinkError) {
            try socket.resolveNeighbour(target.address, linkIndex: bridge.index)
        } catch {
            // Who may not ask goes by what is there.
            return first
        }
        for _ in 0..<30 {
            let state = try known()?.state
            if state != "failed", state != "incomplete" { break }
            usleep(10_000)
        }
        return try known()
    }
}

extension PathCollector {
    /// Looks into a sandbox; nil when it is gone.
    private func look<Value>(
        into attachment: Attachment,
        _ step: (_ path: String, _ inside: borrowing NetlinkSocket) throws -> Value
    ) throws -> Fact<Value>? {
        guard let path = try Self.path(to: attachment) else { return nil }
        return Self.fact {
            try NetworkNamespace.open(path).enter(from: namespace) {
                let inside = try NetlinkSocket.open()
                return try step(path, inside)
            }
        }
    }

    /// A path to the sandbox: the recorded one, or that of a process inside where the record's has been unmounted.
    private static func path(to attachment: Attachment) throws(SystemError) -> String? {
        let sandbox = attachment.sandbox
        if NamespaceIdentity(path: sandbox.path) == sandbox.identity { return sandbox.path }
        return try NamespaceProcess.all(in: sandbox.identity).first.map { "/proc/\($0.pid)/ns/net" }
    }

    private func sandboxFacts() throws -> Fact<SandboxFacts>? {
        let target = target
        let seen = [ends.client] + gateways
        return try look(into: target.attachment) { path, inside in
            let link = try inside.link(named: target.attachment.containerInterface.name)
            var routes: [IPAddress: RouteAnswer] = [:]
            var rules: [IPAddress: PolicyRule] = [:]
            for client in seen {
                routes[client] = try inside.route(to: client)
                rules[client] = try inside.ruleBeforeMain(from: target.address, to: client, input: nil)
            }
            return SandboxFacts(
                path: path,
                link: link,
                linkNames: Dictionary(try inside.links().map { ($0.index, $0.name) }) { first, _ in first },
                addresses: try link.map { try inside.addresses(linkIndex: $0.index) } ?? [],
                routes: routes,
                rules: rules,
                defaultRoute: try inside.defaultRoute(target.family),
                listeners: try SocketTable.listeners().filter { $0.transport == target.transport.probed },
                isPortHeld: try target.transport.isHeld(target.containerPort, at: target.address),
                firewall: Self.fact { try FirewallSnapshot.take() },
                localAddresses: Set(try inside.addresses().values.joined().map(\.address))
            )
        }
    }

    /// The addresses that the container may see a masqueraded client as.
    private var gateways: [IPAddress] {
        let bridge = link(target.attachment.bridge.name)
        return (bridge.flatMap { addresses[$0.index] } ?? []).map(\.address).filter { $0.family == target.family }
    }

    private func clientFacts() throws -> Fact<ClientFacts>? {
        guard let client = ends.attachment, client.key.container != target.container else { return nil }
        let ends = ends
        let answer = try look(into: client) { _, inside in
            let link = try inside.link(named: client.containerInterface.name)
            return ClientFacts(
                link: link,
                route: try inside.route(to: ends.called),
                rule: try inside.ruleBeforeMain(from: ends.client, to: ends.called, input: nil),
                defaultRoute: try inside.defaultRoute(ends.called.family)
            )
        }
        return answer ?? .hidden("its sandbox \(client.sandbox.path) is gone")
    }
}

extension NetlinkSocket {
    /// The name of the link that packets to an address leave by; nil if they don't leave.
    fileprivate borrowing func interface(to address: IPAddress) throws -> String? {
        guard case .leaves(let index, _, _) = try route(to: address) else { return nil }
        return try links().first { $0.index == index }?.name
    }
}

extension TransportProtocol {
    /// The sockets of the transport that can be asked for; nil for SCTP.
    var probed: HostPortProbe.Transport? {
        switch self {
        case .tcp: .tcp
        case .udp: .udp
        case .sctp: nil
        }
    }

    /// Whether a socket of the namespace that the thread is in gets what comes to an address.
    func isHeld(_ port: UInt16, at address: IPAddress) throws(SystemError) -> Bool {
        guard let probed else { return false }
        return switch address {
        case .v4(let address): try HostPortProbe.isHeld(probed, ipv4: address.rawValue, port: port)
        case .v6: try HostPortProbe.isHeld(probed, ipv6: address.bytes, port: port)
        }
    }
}
