import PlumbAttachment
import PlumbFirewall
import PlumbNetlink

/// The way through the rules that the sandbox has of its own.
extension PathWalk {
    mutating func sandboxFirewall() -> Finding? {
        guard let inside else { return nil }
        let target = facts.target
        let (packet, finding) = pass(
            [(.ingress, .interface(eth)), (.prerouting, .network), (.input, .network)],
            firstPacketInside,
            inside,
            "packets to \(target.end)"
        )
        if let finding { return finding }
        guard !packet.isDestinationTranslated else {
            isDivertedInside = true
            return .unknown("the sandbox's own firewall sends packets to \(target.end) on to another address or port")
        }
        return .whole("the sandbox's own firewall lets packets to \(target.end) pass")
    }

    /// What the sandbox's own firewall has against the answers; nil where they are sure to pass.
    func answerInside(_ inside: SandboxFacts) -> Finding? {
        var packet = firstPacketInside.answer
        let interface = answering.containerInterface.name
        packet.output = interface
        packet.sourceMAC = interface == eth ? inside.link?.mac : nil
        return pass(
            [(.output, .network), (.postrouting, .network), (.egress, .interface(interface))],
            packet,
            inside,
            "the answers of \(facts.target.end)"
        ).finding
    }

    /// The sandbox tracks connections of its own, and knows nothing of the host's translations.
    private var firstPacketInside: Packet {
        Packet(
            from: seenClient,
            to: facts.target.address,
            port: facts.target.containerPort,
            over: facts.target.transport,
            input: eth
        )
    }

    private func pass(
        _ places: [(hook: Hook, layer: Layer)],
        _ first: Packet,
        _ inside: SandboxFacts,
        _ words: String
    ) -> (packet: Packet, finding: Finding?) {
        switch inside.firewall {
        case .hidden(let reason):
            return (first, .unknown("what the sandbox's own firewall does can't be read: \(reason)"))
        case .known(let firewall):
            var packet = first
            var findings: [Finding?] = []
            for (hook, layer) in places {
                packet.layer = layer
                let passage = firewall.passage(of: packet, at: hook, local: inside.localAddresses)
                packet = passage.packet
                findings.append(findingInside(passage, at: hook, words))
            }
            return (packet, Finding.worst(findings))
        }
    }

    private func findingInside(_ passage: Passage, at hook: Hook, _ words: String) -> Finding? {
        switch passage.end {
        case .passes:
            return nil
        case .dropped(let place):
            let commands = place.commandsOpening(for: passage.packet, at: hook, bridge: eth).map(enter)
            return .broken(
                "the sandbox's own firewall drops \(words), by \(place.description): \(place.text)",
                mending: commands,
                advice: commands.isEmpty ? "Whoever made that chain in the container has to open it." : nil
            )
        case .doubtful(let places):
            return .unknown(
                "plumb can't tell what the sandbox's own firewall does with \(words): it depends on \(Self.list(places))"
            )
        }
    }
}
