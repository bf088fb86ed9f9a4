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
    let namespace: NetworkNamespace
    let socket: NetlinkSocket
    let target: PathTarget
    private(set) var ends: PathEnds

    /// The attachment of the target's container by which it answers the client.
    private(set) var answering: Attachment
    let links: [Link]
    let addresses: [Int: [Prefix]]
    private let stateDirectory: String

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
        self.stateDirectory = stateDirectory
        try choose(in: network)
    }

    /// Chooses among the attachments of a container with several by the interface that its packets leave by.
    private func choose(in network: HostNetwork) throws {
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

    /// Finds the port; where it is not found, a store that can't be read may have it.
    private static func target(_ question: PathQuestion, _ survey: Survey) throws(PathError) -> PathTarget {
        do throws(PathError) {
            return try PathTarget.find(question, among: survey.items.map(\.attachment))
        } catch {
            guard let problem = survey.problems.first(where: { $0.subject == .store }) else { throw error }
            let advice = (problem.fixes + problem.advice).first ?? error.advice
            throw PathError("who publishes \(question.port) can't be told: \(problem.text)", advice: advice)
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
            repairCommand: Repair.command(for: target.container, stateDirectory: stateDirectory),
            sandbox: try sandboxFacts(),
            client: try clientFacts()
        )
        facts.host.neighbour = try neighbour(facts)
        return facts
    }

    /// What a step gives, or the words of why it could not be asked.
    static func fact<Value>(_ step: () throws -> Value) -> Fact<Value> {
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
