import PlumbAddress
import PlumbAttachment
import PlumbFirewall

/// The way of a packet, hop by hop, up to the first that is broken.
package struct PathTrace: Sendable {
    package typealias Step = (hop: Hop, finding: Finding)

    package let facts: PathFacts

    /// The hops that were come by, with what was found there.
    package let steps: [Step]

    /// Asks the kernel for all that decides on a path, and judges that; changes nothing.
    ///
    /// - Throws: `PathError` when there is no such port or client, or an error of the layers below.
    package static func take(_ question: PathQuestion, stateDirectory: String) throws -> PathTrace {
        PathTrace(try PathCollector(question, stateDirectory: stateDirectory).collect())
    }

    /// Judges facts; asks nobody.
    package init(_ facts: PathFacts) {
        self.facts = facts
        var walk = PathWalk(facts)
        var steps: [Step] = []
        for hop in Hop.allCases {
            guard let finding = walk.judge(hop) else { continue }
            steps.append((hop, finding))
            if finding.verdict == .broken { break }
        }
        self.steps = steps
    }

    /// The first broken hop.
    package var broken: (hop: Hop, finding: Finding)? {
        steps.first { $0.finding.verdict == .broken }
    }

    /// Whether the path is whole, broken, or can't be told to be either.
    package var verdict: Finding.Verdict {
        if broken != nil { return .broken }
        return steps.contains { $0.finding.verdict == .unknown } ? .unknown : .whole
    }
}

/// A packet under way, with the facts that decide on it.
struct PathWalk {
    let facts: PathFacts

    /// The packet as it left the last hop.
    var packet: Packet

    /// Whether the sandbox's own firewall sends the packet to another end than the one that is published.
    var isDivertedInside = false

    init(_ facts: PathFacts) {
        self.facts = facts
        packet = Packet(
            from: facts.ends.client,
            to: facts.ends.called,
            port: facts.target.hostPort,
            over: facts.target.transport,
            input: facts.ends.input
        )
        if facts.ends.input == nil { packet.output = "lo" }
    }

    /// What is to be found at a hop; nil when the packet does not come by it.
    mutating func judge(_ hop: Hop) -> Finding? {
        switch hop {
        case .client: client()
        case .hostPort: hostPort()
        case .conntrack: conntrack()
        case .prerouting: prerouting()
        case .translation: translation()
        case .forwarding: forwarding()
        case .bridge: bridge()
        case .reversePath: reversePath()
        case .route: route()
        case .forward: forward()
        case .masquerade: masquerade()
        case .hostVeth: hostVeth()
        case .sandbox: sandbox()
        case .interface: interface()
        case .mtu: mtu()
        case .neighbour: neighbour()
        case .sandboxFirewall: sandboxFirewall()
        case .listener: listener()
        case .wayBack: wayBack()
        case .answer: answer()
        }
    }

    /// The address that the container sees the packet come from.
    var seenClient: IPAddress {
        packet.isSourceTranslated ? facts.gateway ?? packet.source : packet.source
    }

    /// The attachment by which the container answers; what it takes for a neighbour, it answers by the published one.
    var answering: Attachment { seenClient == facts.ends.client ? facts.answering : facts.attachment }

    /// The program for routes of the family, which it takes for IPv4 where nothing tells.
    var ip: String { facts.target.family == .ipv4 ? "ip" : "ip -6" }
}
