import PlumbAddress
import PlumbCNI
import PlumbFirewall

/// Puts back the rules of attachments whose networks have the same backend.
struct RuleRestoration {
    /// The attachments in the order in which they were made.
    let attachments: [Attachment]
    let store: Store
    let isDryRun: Bool

    /// Restores all rules at once and tells what was changed.
    ///
    /// Where a rule of somebody else stands in the way of one attachment, the others still get theirs.
    func run(_ tell: (String) -> Void) throws {
        guard let backend = attachments.first?.firewall.backend else { return }
        let isRequired = attachments.contains(where: \.requiresFirewall)
        guard let firewall = try openFirewall(backend, isRequired: isRequired, warn: printWarning) else { return }
        do {
            try restore(attachments, firewall, tell)
        } catch let error as FirewallError where error.kind == .refused && attachments.count > 1 {
            var failures = Failures()
            for attachment in attachments {
                failures.collect { try restore([attachment], firewall, tell) }
            }
            try failures.throwIfAny()
        }
    }

    private func restore(_ attachments: [Attachment], _ firewall: any Firewall, _ tell: (String) -> Void) throws {
        let policies = attachments.map { ($0.firewallPolicy, $0.firewall.network) }
        let lines = try firewall.restore(policies, dryRun: isDryRun) { try store.stayingMarks() }
        for line in lines { tell(line) }
        guard !isDryRun, !lines.isEmpty else { return }
        // A flow that went on while the rules were away was taken for one to the host.
        try flushConntrack(
            ports: attachments.flatMap(\.publishedPorts).filter { $0.transport != .tcp },
            addresses: [],
            families: AddressFamily.allCases.filter { family in attachments.contains { $0.families.contains(family) } },
            sparing: attachments.flatMap(\.addresses).map(\.prefix.address)
        )
    }
}

extension Attachment {
    /// Whether the attachment would be something else than recorded without a firewall.
    var requiresFirewall: Bool {
        let network = firewall.network
        return network.masquerade || network.isInternal || link.refusesOtherMACs || network.ingressPolicy != .open
            || !publishedPorts.isEmpty
    }
}
