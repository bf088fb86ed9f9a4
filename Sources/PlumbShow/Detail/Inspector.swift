import Glibc
import PlumbAddress
package import PlumbAttachment
import PlumbFirewall
import PlumbLinux
import PlumbNetlink
import PlumbSubnetStore

/// Looks at single things in depth; what can't be looked at becomes a problem, and the rest is shown all the same.
package final class Inspector {
    let survey: Survey
    let home: NetworkNamespace
    let socket: NetlinkSocket

    /// Makes an inspector for the host that the thread is on.
    ///
    /// - Throws: `NamespaceError` or `NetlinkError` when not even the host can be looked at.
    package init(_ survey: Survey) throws {
        self.survey = survey
        home = try NetworkNamespace.current()
        socket = try NetlinkSocket.open()
    }

    /// Runs a step, and makes a problem of its error.
    func collecting<Value>(
        _ what: String,
        of subject: Problem.Subject,
        into problems: inout [Problem],
        _ step: () throws -> Value
    ) -> Value? {
        do {
            return try step()
        } catch {
            let right = (error as? FirewallError)?.missingRight ?? Capability(neededAfter: error)?.rawValue
            problems.append(
                Problem(
                    severity: .unknown,
                    subject: subject,
                    text: "\(what) can't be read: \(error)",
                    advice: [right.map { "run plumb as root, or with \($0)" } ?? "try again"]
                )
            )
            return nil
        }
    }

    /// The rules of a network's firewall that a condition holds for, with their counters.
    func rules(
        _ plan: FirewallPlan,
        where isWanted: (ListedRule) -> Bool
    ) throws -> [InspectedRule] {
        guard plan.backend != .none else { return [] }
        let listings = try makeFirewall(plan.backend, lockTimeout: .seconds(1)).rules(of: plan.network.chainPrefix)
        return listings.flatMap { table in
            table.chains.flatMap { chain in
                chain.rules.filter(isWanted).map { rule in
                    InspectedRule(syntax: table.syntax, table: table.table, chain: chain.name, rule: rule)
                }
            }
        }
    }

    /// Sysctls of the namespace that the thread is in, without those that the kernel does not have.
    static func sysctls(_ names: [String]) throws -> [InspectedSysctl] {
        try names.compactMap { name in
            let sysctl = Sysctl(name)
            return try sysctl.read().map { InspectedSysctl(name: "\(sysctl)", value: $0) }
        }
    }
}

/// A rule and where it stands.
struct InspectedRule {
    let syntax: RuleSyntax
    let table: String
    let chain: String
    let rule: ListedRule
}

/// A kernel parameter and its value.
struct InspectedSysctl {
    let name: String
    let value: String
}

/// What the kernel asks for, beside being root, where it refuses (`capabilities(7)`).
enum Capability: String {
    case networkAdministration = "CAP_NET_ADMIN"
    case systemAdministration = "CAP_SYS_ADMIN"
    /// To go through the links below `/proc/PID/ns`, and then to enter.
    case processTracing = "CAP_SYS_PTRACE and CAP_SYS_ADMIN"

    /// The capability that an error was for; nil when it was for something else.
    init?(neededAfter error: any Error) {
        switch error {
        case let error as NetlinkError where Self.isPermission(error.errno): self = .networkAdministration
        // setns(2) wants the first; the links in /proc let pass who may trace the process.
        case let error as SystemError where Self.isPermission(error.errno):
            self = error.operation.contains("/proc/") ? .processTracing : .systemAdministration
        case NamespaceError.unreachable(let error) where Self.isPermission(error.errno): self = .processTracing
        default: return nil
        }
    }

    private static func isPermission(_ errno: CInt) -> Bool { errno == EPERM || errno == EACCES }
}
