import Glibc
import PlumbAddress
import PlumbNetlink

extension PathWalk {
    func reversePath() -> Finding? {
        guard let input = facts.ends.input, facts.target.family == .ipv4 else { return nil }
        if case .refused = facts.host.route, facts.host.rules.route == nil,
            let finding = filteredSource(of: facts.ends.client, at: input, facts.host.rules.reverse)
        {
            return finding
        }
        return .whole("packets from \(facts.ends.client) may come in by \(input)")
    }

    /// What the reverse path filter has against a source at an interface; nil where it is not switched on.
    ///
    /// - Parameters:
    ///   - source: The address that packets come from.
    ///   - input: The interface that they come in by.
    ///   - rule: The rule that decides on the way back to the source.
    /// - Returns: The finding that names the filter.
    func filteredSource(of source: IPAddress, at input: String, _ rule: PolicyRule?) -> Finding? {
        let values = ["all", input].map { Int(facts.host.sysctls["net/ipv4/conf/\($0)/rp_filter"] ?? "") ?? 0 }
        guard let mode = values.max(), mode > 0 else { return nil }
        let name = "net.ipv4.conf.\(input).rp_filter"
        let words = "the reverse path filter drops packets from \(source) that come in by \(input), since the way back "
        if let rule {
            return .broken(words + "to it is another by the rule \"\(rule)\" (\(name) is \(mode))", by: rule)
        }
        return .broken(
            words + "to it leaves by another interface (\(name) is \(mode))",
            mending: mode == 1 ? ["sysctl -w \(name)=2"] : ["sysctl -w \(name)=0 net.ipv4.conf.all.rp_filter=0"]
        )
    }

    func route() -> Finding? {
        let address = facts.target.address
        let bridge = facts.bridgeName
        switch facts.host.route {
        case .leaves(let index, _, _) where index == facts.host.bridge?.index:
            return .whole("the route to \(address) leaves by \(bridge)")
        case .refused where facts.ends.client.isLoopback && facts.host.rules.route == nil:
            let name = "net.ipv4.conf.\(bridge).route_localnet"
            return .broken(
                "packets from \(facts.ends.client) don't leave by \(bridge), as \(name) is 0",
                mending: ["sysctl -w \(name)=1"]
            )
        case .leaves(let index, _, _):
            return misled("leaves by \(facts.linkName(index)) and not by \(bridge)")
        case .local:
            return misled("ends at the host, which has that address itself")
        case .refused where facts.host.rules.route != nil:
            return misled("is refused")
        case .refused(let errno):
            return misled("is refused: \(reasonText(errno))")
        }
    }

    private func misled(_ words: String) -> Finding {
        let address = facts.target.address
        if let rule = facts.host.rules.route {
            return .broken("the route to \(address) \(words), by the rule \"\(rule)\"", by: rule)
        }
        // The table of local addresses is asked before all others.
        if case .local = facts.host.route {
            return .broken(
                "the route to \(address) \(words)",
                mending: [],
                advice: "Take the address off the host: ip address show to \(address) names the interface."
            )
        }
        return .broken(
            "the route to \(address) \(words)",
            mending: ["\(ip) route replace \(Prefix(host: address)) dev \(facts.bridgeName)"]
        )
    }
}

/// The words for why a route is refused.
func reasonText(_ errno: CInt) -> String {
    switch errno {
    case ENETUNREACH, EHOSTUNREACH: "there is none"
    case EACCES: "a rule prohibits it"
    case EINVAL, EXDEV: "the source may not come from there"
    default: "error \(errno)"
    }
}
