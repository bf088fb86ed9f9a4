package import PlumbFirewall
import PlumbSubnetStore

/// The rules of all networks of a store, beside what the kernel has.
package struct RuleSurvey: Sendable {
    /// The rules of a chain prefix.
    package struct Chains: Sendable {
        package let prefix: String
        /// What there is.
        package let tables: [TableListing]
        /// What should be there and is not, or the other way round.
        package let differences: [Difference]
    }

    /// A rule or table that is not there, or is one too many.
    package struct Difference: Hashable, Sendable {
        /// What would mend it.
        package let command: String
        /// Nil where the backend does not say.
        package let purpose: RulePurpose?
    }

    /// By prefix: those of recorded attachments, and the one of configurations that name none.
    package let chains: [Chains]

    /// What could not be read, so that more may be there, or missing, than is said.
    package let problems: [Problem]

    /// Reads the tables of the kernel; changes nothing, and goes on where something can't be read.
    package static func take(_ survey: Survey) -> RuleSurvey {
        var reading = RuleReading(survey)
        let chains = reading.prefixes.map { prefix in
            Chains(prefix: prefix, tables: reading.tables(of: prefix), differences: reading.differences(of: prefix))
        }
        return RuleSurvey(chains: chains, problems: reading.problems)
    }
}

/// Reads rules and keeps what could not be read.
private struct RuleReading {
    private let plans: [Attachment]
    private let attached: [Attachment]
    private let isPartial: Bool
    private(set) var problems: [Problem]

    init(_ survey: Survey) {
        plans = survey.items.map(\.attachment).filter { $0.firewall.backend != .none }
        attached = survey.items.filter { $0.state == .attached }.map(\.attachment)
        isPartial = survey.isPartial
        // Whether the rules of a network can be read is found out here again, for all networks at once.
        problems = survey.problems.filter { problem in
            if case .network = problem.subject { false } else { problem.severity == .unknown }
        }
    }

    var prefixes: [String] {
        Set(plans.map(\.firewall.network.chainPrefix)).union([ChainNames.defaultPrefix]).sorted()
    }

    /// What the backends have, each table once: `auto` is one of the others.
    ///
    /// Where no record tells the backend, each that the kernel has may hold rules.
    mutating func tables(of prefix: String) -> [TableListing] {
        let recorded = Set(plans.filter { $0.usesChains(prefix) }.map(\.firewall.backend))
        let guessed: Set<FirewallBackend> = recorded.isEmpty || isPartial ? [.iptables, .nftables] : []
        var tables: [TableListing] = []
        for backend in FirewallBackend.allCases where recorded.union(guessed).contains(backend) {
            collect { () throws(FirewallError) in
                let known = Set(tables.map(\.command))
                let firewall = try openFirewall(backend, isRequired: recorded.contains(backend))
                do throws(FirewallError) {
                    tables += try firewall?.rules(of: prefix).filter { !known.contains($0.command) } ?? []
                } catch  where error.kind == .unavailable && !recorded.contains(backend) {
                    // A kernel that does not have the backend holds no rules of it.
                }
            }
        }
        return tables
    }

    /// What the attachments to networks with a prefix lack or have too much of, each rule once.
    mutating func differences(of prefix: String) -> [RuleSurvey.Difference] {
        var found: Set<RuleSurvey.Difference> = []
        let groups = Dictionary(grouping: attached.filter { $0.usesChains(prefix) }, by: \.firewall.ofNetwork)
        for (plan, attachments) in groups {
            collect { () throws(FirewallError) in
                guard let firewall = try openFirewall(plan.backend, isRequired: true) else { return }
                let policies = attachments.map(\.firewallPolicy)
                let purposes = RulePurpose.byCommand(policies, in: plan.network)
                let differences = try firewall.differences(policies, in: plan.network).tellingTablesOnce
                for command in differences.network + differences.attachments.joined() {
                    found.insert(RuleSurvey.Difference(command: command, purpose: purposes[command]))
                }
            }
        }
        return found.sorted { $0.command < $1.command }
    }

    private mutating func collect(_ step: () throws(FirewallError) -> Void) {
        do throws(FirewallError) {
            try step()
        } catch {
            let problem = Problem(unreadableRules: error, of: .firewall)
            if !problems.contains(problem) { problems.append(problem) }
        }
    }
}

extension Attachment {
    fileprivate func usesChains(_ prefix: String) -> Bool { firewall.network.chainPrefix == prefix }
}

/// Who keeps the rules of a network, and which these are.
private struct NetworkFirewall: Hashable {
    let backend: FirewallBackend
    let network: NetworkPolicy
}

extension FirewallPlan {
    fileprivate var ofNetwork: NetworkFirewall { NetworkFirewall(backend: backend, network: network) }
}
