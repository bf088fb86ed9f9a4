import PlumbAddress
import PlumbAttachment
import PlumbFirewall
import PlumbNetlink
import PlumbSubnetStore

/// A network in depth: its bridge and all that is plugged into it.
struct NetworkInspection {
    /// A port of the bridge.
    struct Port {
        let link: Link
        /// Whose it is; nil for a link that plumb knows nothing of.
        let owner: String?
    }

    let network: Survey.Network
    let items: [Survey.Item]
    var bridge: Link?
    var addresses: [Prefix] = []
    var ports: [Port] = []
    var rules: [InspectedRule] = []
    var sysctls: [InspectedSysctl] = []
    var problems: [Problem]
}

extension Inspector {
    /// Looks at a network.
    func inspect(_ network: Survey.Network) -> NetworkInspection {
        let subject = Problem.Subject.network(network.name)
        let items = survey.items.filter { $0.attachment.key.network == network.name }
        let keys = Set(items.map(\.attachment.key))
        let known = survey.problems.filter { problem in
            if case .attachment(let key) = problem.subject { return keys.contains(key) }
            return problem.subject == subject
        }
        var inspection = NetworkInspection(network: network, items: items, problems: known)
        var problems: [Problem] = []
        guard let name = network.bridge else { return inspection }
        _ = collecting("the bridge", of: subject, into: &problems) {
            guard let bridge = try socket.link(named: name) else { return }
            inspection.bridge = bridge
            inspection.addresses = try socket.addresses(linkIndex: bridge.index)
            let ports = try socket.links(master: bridge.index).sorted { $0.name < $1.name }
            inspection.ports = ports.map { NetworkInspection.Port(link: $0, owner: owner(of: $0)) }
        }
        inspection.sysctls =
            collecting("the sysctls of the host", of: subject, into: &problems) {
                try Self.sysctls([
                    "net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding", "net/ipv4/conf/\(name)/forwarding",
                    "net/ipv4/conf/\(name)/rp_filter", "net/ipv4/conf/\(name)/route_localnet",
                    "net/bridge/bridge-nf-call-iptables",
                ])
            } ?? []
        if let plan = items.first?.attachment.firewall {
            inspection.rules =
                collecting("its rules", of: subject, into: &problems) {
                    try rules(plan) { concerns($0, name, items) }
                } ?? []
        }
        inspection.problems += problems
        return inspection
    }

    private func owner(of link: Link) -> String? {
        if let item = survey.items.first(where: { $0.attachment.hostInterface.name == link.name }) {
            return "\(item.attachment.key.container.prefix(12))/\(item.attachment.containerInterface.name)"
        }
        return survey.unrecorded.first { $0.link.name == link.name }.map { "\($0.mark.label), unrecorded" }
    }

    /// Whether a rule is the network's own: it names the bridge or one of its subnets, and no attachment.
    private func concerns(_ rule: ListedRule, _ bridge: String, _ items: [Survey.Item]) -> Bool {
        guard rule.mark == nil else { return false }
        let subnets = Set(items.flatMap { $0.attachment.firewall.network.subnets.map(\.description) })
        return rule.text.split(separator: " ").contains { $0 == bridge || subnets.contains(String($0)) }
    }
}
