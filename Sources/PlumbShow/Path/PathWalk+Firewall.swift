import PlumbAddress
import PlumbAttachment
import PlumbFirewall
import PlumbNetlink

extension PathWalk {
    /// Takes the packet through a hook of the firewall.
    ///
    /// - Returns: What is wrong there, or nil.
    private mutating func pass(_ hook: Hook, _ words: String) -> Finding? {
        guard case .known(let firewall) = facts.firewall else {
            guard case .hidden(let reason) = facts.firewall else { return nil }
            return .unknown("what the firewall does can't be read: \(reason)")
        }
        let passage = firewall.passage(of: packet, at: hook, local: facts.host.localAddresses)
        packet = passage.packet
        return finding(on: passage, at: hook, words)
    }

    /// What is wrong with a passage through the host's firewall; nil where the packet is sure to pass.
    func finding(on passage: Passage, at hook: Hook, _ words: String) -> Finding? {
        switch passage.end {
        case .passes:
            return nil
        case .dropped(let place):
            let commands = mending(place, passage.packet, at: hook)
            let advice =
                place.isOfPlumb
                ? "The rule is plumb's own; plumb repair puts back what goes with it."
                : "No command opens it for this packet alone; whoever made the chain has to."
            return .broken(
                "\(place.description) drops \(words): \(place.text)",
                mending: commands,
                advice: commands.isEmpty ? advice : nil
            )
        case .doubtful(let places):
            return .unknown("plumb can't tell what becomes of \(words): it depends on \(Self.list(places))")
        }
    }

    static func list(_ places: [RulePlace]) -> String {
        places.map { "\($0.description) (\($0.text))" }.joined(separator: ", ")
    }

    /// The commands against a rule that drops: what plumb lacks in its table, or else what opens the way past the rule.
    private func mending(_ place: RulePlace, _ packet: Packet, at hook: Hook) -> [String] {
        let missing = place.iptablesProgram.map { program in
            facts.missingRules.filter { $0.hasPrefix("\(program) ") }
        }
        if let missing, !missing.isEmpty { return missing }
        let commands = place.commandsOpening(for: packet, at: hook, bridge: facts.bridgeName)
        return place.isOfPlumb ? facts.missingRules : commands
    }

    mutating func prerouting() -> Finding? {
        let hook: Hook = facts.ends.input == nil ? .output : .prerouting
        let called = endpoint(packet.destination, facts.target.hostPort)
        let words = "packets to \(called)"
        let finding = Finding.worst([framesFromClient(words), pass(hook, words)])
        guard finding == nil else { return finding }
        let way = facts.ends.input.map { "in by \($0)" } ?? "from the host"
        return .whole("the packet to \(called) comes \(way), and nothing drops it")
    }

    /// The packet has been through the hook already: here it is looked at what it has become.
    mutating func translation() -> Finding? {
        let target = facts.target
        let called = endpoint(facts.ends.called, target.hostPort)
        guard case .known = facts.firewall else {
            assumeTranslation()
            return nil
        }
        if packet.destination == target.address, packet.destinationPort == target.containerPort {
            return .whole("\(called) becomes \(target.end)")
        }
        guard packet.isDestinationTranslated else { return untranslated(called) }
        let end = endpoint(packet.destination, packet.destinationPort ?? 0)
        let hook: Hook = facts.ends.input == nil ? .output : .prerouting
        let rule = facts.firewall.value?.passage(
            of: PathWalk(facts).packet,
            at: hook,
            local: facts.host.localAddresses
        ).translation
        return .broken(
            "\(called) becomes \(end) and not \(target.end), by \(rule?.description ?? "a rule"): \(rule?.text ?? "")",
            mending: rule.map { $0.commandsOpening(for: packet, at: hook, bridge: facts.bridgeName) } ?? []
        )
    }

    private func untranslated(_ called: String) -> Finding {
        let published = facts.target.published
        guard facts.ends.called.isLoopback || facts.host.localAddresses.contains(facts.ends.called) else {
            return .broken(
                "\(facts.ends.called) is no address of this host, where ports are published",
                mending: [],
                advice: "ip address show names the addresses that it has."
            )
        }
        if facts.missingRules.isEmpty, let address = published.hostAddress, !address.isUnspecified,
            address != facts.ends.called
        {
            return .broken(
                "the port is published at \(address) alone, and \(facts.ends.name) calls \(facts.ends.called)",
                mending: [],
                advice: "Publish it at \(IPAddress(facts.target.family, number: 0)) or at \(facts.ends.called)."
            )
        }
        if facts.missingRules.isEmpty, facts.target.family == .ipv6, facts.ends.called.isLoopback {
            return .broken(
                "ports are not published at ::1, since the kernel sends no answers back there from another interface",
                mending: [],
                advice: "Call 127.0.0.1, or an address of the host."
            )
        }
        return .broken(
            "\(called) is translated by no rule, so the packet never leaves for \(facts.target.end)",
            mending: facts.missingRules,
            advice: facts.missingRules.isEmpty
                ? "None of plumb's rules is missing: one before them takes the packet. See \(listingOfTranslations)."
                : nil
        )
    }

    /// The command that lists the rules which may translate the packet, in their order.
    private var listingOfTranslations: String {
        guard facts.attachment.firewall.backend == .iptables else { return "nft list ruleset" }
        let program = facts.target.family == .ipv4 ? "iptables-legacy" : "ip6tables-legacy"
        return "\(program) -t nat -S \(facts.ends.input == nil ? "OUTPUT" : "PREROUTING")"
    }

    private mutating func assumeTranslation() {
        packet.destination = facts.target.address
        packet.destinationPort = facts.target.containerPort
        packet.isDestinationTranslated = true
    }

    mutating func forward() -> Finding? {
        packet.output = facts.bridgeName
        guard let input = facts.ends.input, case .known = facts.firewall else { return nil }
        let words = "packets from \(input) to \(facts.target.end)"
        return pass(.forward, words) ?? .whole("every table lets \(words) pass")
    }

    mutating func masquerade() -> Finding? {
        guard case .known = facts.firewall else { return nil }
        if let finding = pass(.postrouting, "packets to \(facts.target.end)") { return finding }
        if packet.isSourceTranslated {
            return .whole("the container sees the packet come from \(seenClient)")
        }
        guard let reason = whyMasquerade else { return nil }
        return .broken("the packet keeps its source \(packet.source): \(reason)", mending: facts.missingRules)
    }

    /// Why the container must not see the client's own address; nil if it may.
    private var whyMasquerade: String? {
        if packet.source.isLoopback { return "the container would answer itself" }
        if facts.isItself { return "the container takes no packets from its own address" }
        guard facts.isNeighbour, !facts.bridgesThroughFirewall else { return nil }
        return "the answer would go straight over the bridge, from an address that the client never called"
    }

    mutating func answer() -> Finding? {
        let answering = answering
        if let finding = answerRoute(answering.bridge.name) { return finding }
        guard case .known = facts.firewall else { return nil }
        packet = packet.answer
        packet.input = answering.bridge.name
        packet.destination = facts.target.address == packet.destination ? packet.destination : seenDestination
        let words = "the answers of \(facts.target.end)"
        if let finding = Finding.worst([framesOut(by: answering, words), pass(.prerouting, words)]) { return finding }
        packet.destination = facts.ends.client
        packet.output = facts.ends.input
        let finding =
            facts.ends.input == nil
            ? pass(.input, words)
            : Finding.worst([pass(.forward, words), pass(.postrouting, words), framesToClient(words)])
        return finding ?? .whole("the answer comes back to \(facts.ends.name)")
    }

    private var seenDestination: IPAddress {
        packet.isSourceTranslated ? facts.gateway ?? packet.destination : packet.destination
    }

    private func answerRoute(_ bridge: String) -> Finding? {
        let client = facts.ends.client
        switch facts.host.answerRoute {
        case .local, .leaves:
            return nil
        case .refused where client.isLoopback && facts.host.rules.answer == nil:
            let name = "net.ipv4.conf.\(bridge).route_localnet"
            return .broken(
                "the host takes no answers to \(client) from \(bridge), as \(name) is 0",
                mending: ["sysctl -w \(name)=1"]
            )
        case .refused:
            if let rule = facts.host.rules.answer {
                return .broken("the host refuses the way back to \(client), by the rule \"\(rule)\"", by: rule)
            }
            if let finding = filteredSource(of: facts.target.address, at: bridge, facts.host.rules.route) {
                return finding
            }
            return .broken(
                "the host has no route back to \(client)",
                mending: [],
                advice: "See ip route get \(client)."
            )
        }
    }
}
