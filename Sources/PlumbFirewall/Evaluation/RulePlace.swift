import PlumbAddress

/// Where a rule stands, and how people find and change it.
package struct RulePlace: Hashable, Sendable {
    /// The words for it: `rule 3 of the chain FORWARD in the iptables table filter`.
    package let description: String

    /// The rule as its program prints it, or the policy of the chain: `-P FORWARD DROP`.
    package let text: String

    /// Whether it is a rule of plumb's, which carries an attachment's mark.
    package let mark: RuleMark?

    /// How commands for its table begin, where that is one of iptables: `iptables-legacy -t filter`.
    package let iptablesProgram: String?

    private let opening: Opening

    /// How a packet gets past the place.
    enum Opening: Hashable, Sendable {
        /// This command takes away the rule.
        case deletion(String)
        /// Rules that accept are put in front of a policy by a command that begins so: `nft insert rule inet foreign forward`.
        case acceptance(String)
        /// The rule belongs to plumb, and protects other ports as well: no command may take it away.
        case closed
        /// The policy decides on frames of all protocols, so that no command for one packet opens the way.
        case unopened
    }

    init(
        description: String,
        text: String,
        mark: RuleMark? = nil,
        iptablesProgram: String? = nil,
        opening: Opening
    ) {
        self.description = description
        self.text = text
        self.mark = mark
        self.iptablesProgram = iptablesProgram
        self.opening = mark == nil ? opening : .closed
    }

    /// Whether the rule is one of plumb's own.
    package var isOfPlumb: Bool { opening == .closed }

    /// The commands that let a packet pass here, with its connection's answers, and nothing to ports that are not published.
    ///
    /// - Parameters:
    ///   - packet: The packet as it is dropped.
    ///   - hook: Where it is dropped.
    ///   - bridge: The bridge of the container.
    /// - Returns: None where the rule is one of plumb's own, or the policy of a chain that sees frames.
    package func commandsOpening(for packet: Packet, at hook: Hook, bridge: String) -> [String] {
        switch opening {
        case .deletion(let command): [command]
        case .acceptance(let command):
            acceptedMatches(packet, hook, bridge).map { match in
                "\(command) \(match)" + (iptablesProgram == nil ? " accept" : " -j ACCEPT")
            }
        case .closed, .unopened: []
        }
    }

    /// What is accepted in front of a policy: connections to published ports alone where hooks know of them, else this packet.
    private func acceptedMatches(_ packet: Packet, _ hook: Hook, _ bridge: String) -> [String] {
        let isIptables = iptablesProgram != nil
        let answers = isIptables ? "-m conntrack --ctstate RELATED,ESTABLISHED" : "ct state established,related"
        switch hook {
        case .forward:
            let published =
                isIptables
                ? "-o \(bridge) -m conntrack --ctstate DNAT" : "oifname \"\(bridge)\" ct status dnat"
            return [answers, published]
        case .input where packet.isAnswer: return [answers]
        case .prerouting, .input, .output, .postrouting, .ingress, .egress: return [exactMatch(packet, hook)]
        }
    }

    /// The packet's interface, and the end of the connection that is no client.
    private func exactMatch(_ packet: Packet, _ hook: Hook) -> String {
        let isIptables = iptablesProgram != nil
        let transport = packet.transport.rawValue
        let address = packet.isAnswer ? packet.source : packet.destination
        let port = (packet.isAnswer ? packet.sourcePort : packet.destinationPort).map { "\($0)" }
        var words: [String] = []
        // Who sends out a packet of the host's asks before it is routed to the bridge.
        if hook == .prerouting || hook == .input, let input = packet.input {
            words.append(isIptables ? "-i \(input)" : "iifname \"\(input)\"")
        }
        if hook == .postrouting, let output = packet.output {
            words.append(isIptables ? "-o \(output)" : "oifname \"\(output)\"")
        }
        if isIptables {
            words.append("\(packet.isAnswer ? "-s" : "-d") \(address) -p \(transport)")
            if let port { words.append("\(packet.isAnswer ? "--sport" : "--dport") \(port)") }
        } else {
            let ip = packet.family == .ipv4 ? "ip" : "ip6"
            words.append("\(ip) \(packet.isAnswer ? "saddr" : "daddr") \(address)")
            words.append(
                port.map { "\(transport) \(packet.isAnswer ? "sport" : "dport") \($0)" } ?? "meta l4proto \(transport)"
            )
        }
        return words.joined(separator: " ")
    }
}
