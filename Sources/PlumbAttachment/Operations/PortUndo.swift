import PlumbFirewall
import PlumbLinux
import PlumbNetlink
import PlumbSubnetStore

/// The way back from a change of an attachment's published ports that failed.
struct PortUndo {
    /// The attachment as it was.
    let before: Attachment
    let store: Store
    let writer: ProcessIdentity
    let host: Host

    /// Takes back what this process has done, and returns the error that it was for.
    ///
    /// What somebody else has taken over since is theirs to settle: a DEL removes whatever it finds.
    func run(after error: any Error) -> any Error {
        var failures = Failures()
        failures.add(error)
        failures.collect {
            guard let row = try store.entry(before.key)?.row, row.state != .detaching else { return try sweepRules() }
            guard row.writer == writer else { return }
            var steps = Failures()
            steps.collect { try restoreRules() }
            steps.collect { try restorePort() }
            steps.collect { try restoreRecord() }
            try steps.throwIfAny()
        }
        return failures.errors.count == 1 ? error : failures
    }

    /// A DEL that did not wait has perhaps removed the rules before this process made some.
    private func sweepRules() throws {
        try PublishTarget.firewall(of: before).detach([before.firewall.mark], from: before.firewall.network) {
            try store.stayingMarks()
        }
    }

    private func restoreRules() throws {
        _ = try PublishTarget.firewall(of: before)
            .restore([(before.firewallPolicy, before.firewall.network)], dryRun: false) { try store.stayingMarks() }
    }

    private func restorePort() throws {
        let port = NetlinkChange.changeBridgePort(.name(before.hostInterface.name), before.link.portSettings)
        try host.socket.apply([port])
    }

    private func restoreRecord() throws {
        _ = try store.changePorts(of: before.key, to: .attached, writer: writer) { present in
            guard present.row.writer == writer else { throw PublishTarget.gone(before.key) }
            return PortPlan(kept: before.publishedPorts, added: [], attachment: { _ in before })
        }
    }
}
