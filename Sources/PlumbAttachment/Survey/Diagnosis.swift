import PlumbAddress
import PlumbFirewall
import PlumbLinux
import PlumbNetlink
import PlumbSubnetStore

/// Finds what is wrong with the attachments of a store, as far as the host's side and the rules tell.
///
/// The sandboxes are not entered, so that a thousand of them cost no time and no capability.
struct Diagnosis {
    let stateDirectory: String
    let view: HostView
    private(set) var problems: [Problem] = []
    private var known: Set<Problem> = []

    init(stateDirectory: String, view: HostView) {
        self.stateDirectory = stateDirectory
        self.view = view
    }

    /// Examines all that the store holds.
    mutating func examine(_ store: StoreReading) throws {
        problems += store.problems
        for network in store.usage { examine(network) }
        let complete = store.entries.filter { $0.attachment != nil }
        try examineShared(complete.compactMap(\.attachment))
        for entry in complete {
            guard let attachment = entry.attachment else { continue }
            try examine(attachment, entry.row)
        }
        examineRules(complete.filter { $0.row.state == .attached }.compactMap(\.attachment))
    }

    /// Examines links that have no record.
    mutating func examine(_ links: [Survey.UnrecordedLink], isComplete: Bool) {
        for link in links where isComplete {
            problems.append(
                Problem(
                    severity: .warning,
                    subject: .link(link.link.name),
                    text: "it carries the mark of \(link.mark.label), of which the store has no record",
                    fixes: ["ip link delete \(link.link.name)"]
                )
            )
        }
    }

    /// Examines rules that have no record.
    mutating func examine(_ sweep: RuleSweep, _ host: Host) {
        do {
            try sweep.run(host) { rule in
                let text = "a rule too many: \(rule.addition)"
                add(Problem(severity: .warning, subject: .store, text: text, fixes: [repairCommand(.store)]))
            }
        } catch {
            // Of those who may not read rules, networks with attachments tell; where there are none nothing is amiss.
            var failures = Failures()
            failures.add(error)
            if failures.errors.allSatisfy({ ($0 as? FirewallError)?.missingRight != nil }) { return }
            let text = "rules that have no record can't be looked for: \(error)"
            add(Problem(severity: .unknown, subject: .firewall, text: text, advice: ["try again"]))
        }
    }

    private mutating func examine(_ network: NetworkUsage) {
        for set in network.rangeSets where set.free == 0 {
            let ranges = set.ranges.map(\.range.description).joined(separator: ", ")
            problems.append(
                Problem(
                    severity: .warning,
                    subject: .network(network.network),
                    text: "no address is free in \(ranges)",
                    advice: ["remove containers, or give the network a larger range"]
                )
            )
        }
    }

    /// Examines what attachments share, the bridge and forwarding, once for all that are alike.
    private mutating func examineShared(_ attachments: [Attachment]) throws {
        var seen: Set<SharedSide> = []
        for attachment in attachments {
            let side = SharedSide(
                network: attachment.key.network,
                bridge: attachment.bridge,
                families: attachment.families,
                answersAtLoopback: attachment.answersAtLoopback
            )
            guard seen.insert(side).inserted else { continue }
            for difference in try HostSideDifferences(attachment: attachment).shared(view) {
                add(difference, to: .network(attachment.key.network))
            }
        }
    }

    private struct SharedSide: Hashable {
        let network: String
        let bridge: Bridge
        let families: [AddressFamily]
        let answersAtLoopback: Bool
    }

    private mutating func examine(_ attachment: Attachment, _ row: StoredAttachment) throws {
        let subject = Problem.Subject.attachment(row.key)
        guard row.state == .attached else {
            // Somebody is at it: there is nothing to find fault with yet.
            guard !row.writer.isAlive else { return }
            let text = "process \(row.writer.pid) ended while it was \(row.state.rawValue)"
            add(Problem(severity: .broken, subject: subject, text: text, fixes: [detachCommand(row.key)]))
            return
        }
        let sandbox = attachment.sandbox
        let hasLink = try view.link(named: attachment.hostInterface.name) != nil
        if !hasLink, NamespaceIdentity(path: sandbox.path) != sandbox.identity {
            let text = "the container is gone: neither \(sandbox.path) nor \(attachment.hostInterface.name) is there"
            add(Problem(severity: .broken, subject: subject, text: text, fixes: [detachCommand(row.key)]))
            return
        }
        for difference in try HostSideDifferences(attachment: attachment).own(view) { add(difference, to: subject) }
        try examineMTU(attachment)
    }

    /// Looks for a bridge that sends more to a port than the port takes; a port whose own MTU is wrong is told of anyway.
    private mutating func examineMTU(_ attachment: Attachment) throws {
        guard
            let bridge = try view.link(named: attachment.bridge.name),
            let port = try view.link(named: attachment.hostInterface.name),
            port.mtu == attachment.link.mtu, port.master == bridge.index, bridge.mtu > port.mtu
        else { return }
        let text =
            "the bridge \(bridge.name) has an MTU of \(bridge.mtu) and ports of containers one of \(port.mtu): "
            + "packets to them over \(port.mtu) bytes are lost without a word"
        let fix = "ip link set dev \(bridge.name) mtu \(port.mtu)"
        add(Problem(severity: .broken, subject: .network(attachment.key.network), text: text, fixes: [fix]))
    }

    /// Compares the rules in the kernel with those that there should be, network by network.
    private mutating func examineRules(_ attachments: [Attachment]) {
        let groups = Dictionary(grouping: attachments.filter { $0.firewall.backend != .none }) { attachment in
            RuleGroup(
                network: attachment.key.network,
                backend: attachment.firewall.backend,
                policy: attachment.firewall.network
            )
        }
        for (group, members) in groups.sorted(by: { $0.value[0].key < $1.value[0].key }) {
            do {
                let firewall = try makeFirewall(group.backend, lockTimeout: .seconds(1))
                let differences = try firewall.differences(members.map(\.firewallPolicy), in: group.policy)
                    .tellingTablesOnce
                addDifferences(differences.network, to: .network(group.network))
                for (attachment, rules) in zip(members, differences.attachments) {
                    addDifferences(rules, to: .attachment(attachment.key))
                }
            } catch {
                add(Problem(unreadableRules: error, of: .network(group.network)))
            }
        }
    }

    private struct RuleGroup: Hashable {
        let network: String
        let backend: FirewallBackend
        let policy: NetworkPolicy
    }

    private mutating func addDifferences(_ commands: [String], to subject: Problem.Subject) {
        for command in commands {
            let text = RuleDifference.words(for: command)
            add(Problem(severity: .broken, subject: subject, text: text, fixes: [repairCommand(subject)]))
        }
    }

    /// What takes one command is named; what takes several is left to repair, which knows their order.
    private mutating func add(_ difference: Difference, to subject: Problem.Subject) {
        let (fix, advice): (String, [String]) =
            switch (difference.remedies.count, subject) {
            case (1, _) where difference.remedies[0].change != .pair: (difference.remedies[0].command, [])
            case (0, .attachment(let key)): (detachCommand(key), ["attach it anew afterwards"])
            case (0, _): (repairCommand(subject), ["take the link of that name away first"])
            default: (repairCommand(subject), [])
            }
        let text = difference.description
        add(Problem(severity: .broken, subject: subject, text: text, fixes: [fix], advice: advice))
    }

    private mutating func add(_ problem: Problem) {
        if known.insert(problem).inserted { problems.append(problem) }
    }

    /// What puts back everything of a network, or of a container.
    private func repairCommand(_ subject: Problem.Subject) -> String {
        let name: String? =
            switch subject {
            case .network(let name): name
            case .attachment(let key): key.container
            case .store, .firewall, .link: nil
            }
        return Repair.command(for: name, stateDirectory: stateDirectory)
    }

    /// What takes an attachment down whose container is gone.
    private func detachCommand(_ key: AttachmentKey) -> String {
        var variables = ["CNI_COMMAND=DEL", "CNI_CONTAINERID=\(key.container)", "PLUMB_NETWORK=\(key.network)"]
        if key.interface != "eth0" { variables.append("CNI_IFNAME=\(key.interface)") }
        if stateDirectory != NetworkDefaults().stateDirectory { variables.append("PLUMB_STATE_DIR=\(stateDirectory)") }
        return "\(variables.joined(separator: " ")) plumb </dev/null"
    }
}

extension Problem {
    /// The problem of rules that the kernel does not tell of.
    init(unreadableRules error: FirewallError, of subject: Subject) {
        self.init(
            severity: .unknown,
            subject: subject,
            text: "its rules can't be read: \(error)",
            advice: [error.missingRight.map { "run plumb as root, or with \($0)" } ?? "try again"]
        )
    }
}
