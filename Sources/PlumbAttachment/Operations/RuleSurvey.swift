package import PlumbFirewall
import PlumbSubnetStore

/// The rules of all networks of a store, beside what the kernel has.
package struct RuleSurvey: Sendable {
    /// The rules of a chain prefix.
    package struct Chains: Sendable {
        package let prefix: String
        /// What there is.
        package let tables: [TableListing]
        /// What should be there, as commands that would add it.
        package let missing: [Missing]
    }

    /// A rule that is not there.
    package struct Missing: Hashable, Sendable {
        package let command: String
        /// Nil where the backend does not say.
        package let purpose: RulePurpose?
    }

    /// By prefix: those of recorded attachments, and the one of configurations that name none.
    package let chains: [Chains]

    /// Reads the tables of the kernel; changes nothing.
    ///
    /// - Throws: `FirewallError`
    package static func take(_ survey: Survey) throws -> RuleSurvey {
        let plans = survey.items.map(\.attachment).filter { $0.firewall.backend != .none }
        let attached = survey.items.filter { $0.state == .attached }.map(\.attachment)
        let prefixes = Set(plans.map(\.firewall.network.chainPrefix)).union([ChainNames.defaultPrefix]).sorted()
        return RuleSurvey(
            chains: try prefixes.map { prefix in
                func uses(_ attachment: Attachment) -> Bool { attachment.firewall.network.chainPrefix == prefix }
                var backends = Set(plans.filter(uses).map(\.firewall.backend))
                if backends.isEmpty { backends = [.auto] }
                return Chains(
                    prefix: prefix,
                    tables: try tables(of: prefix, backends),
                    missing: try missing(attached.filter(uses))
                )
            }
        )
    }

    /// What the backends have, each table once: `auto` is one of the others.
    private static func tables(
        of prefix: String,
        _ backends: Set<FirewallBackend>
    ) throws(FirewallError) -> [TableListing] {
        var tables: [TableListing] = []
        for backend in FirewallBackend.allCases where backends.contains(backend) {
            guard let firewall = try openFirewall(backend, isRequired: true) else { continue }
            let known = Set(tables.map(\.command))
            tables += try firewall.rules(of: prefix).filter { !known.contains($0.command) }
        }
        return tables
    }

    private static func missing(_ attachments: [Attachment]) throws(FirewallError) -> [Missing] {
        var missing: [Missing] = []
        for (plan, attachments) in Dictionary(grouping: attachments, by: \.firewall.ofNetwork) {
            guard let firewall = try openFirewall(plan.backend, isRequired: true) else { continue }
            let policies = attachments.map(\.firewallPolicy)
            let purposes = RulePurpose.byCommand(policies, in: plan.network)
            let differences = try firewall.differences(policies, in: plan.network)
            for command in differences.network + differences.attachments.joined() {
                let rule = Missing(command: command, purpose: purposes[command])
                if !missing.contains(rule) { missing.append(rule) }
            }
        }
        return missing.sorted { $0.command < $1.command }
    }
}

/// Who keeps the rules of a network, and which these are.
private struct NetworkFirewall: Hashable {
    let backend: FirewallBackend
    let network: NetworkPolicy
}

extension FirewallPlan {
    fileprivate var ofNetwork: NetworkFirewall { NetworkFirewall(backend: backend, network: network) }
}
