package import PlumbCNI
import PlumbFirewall
import PlumbLinux
import PlumbNetlink
import PlumbSubnetStore

/// GC: removes every attachment of a network that the runtime no longer knows.
package struct Collect {
    private let network: NetworkSpecification
    private let valid: Set<ValidAttachment>

    package init(network: NetworkSpecification, valid: [ValidAttachment]) {
        self.network = network
        self.valid = Set(valid)
    }

    /// Removes what is stale in one pass: one commit for each table, links in batches.
    ///
    /// An attachment that a living process works on right now is left to it. Errors don't stop the work; they are thrown
    /// together at its end.
    package func run() throws {
        let host = try Host.open()
        let store = try Store.openExisting(network.stateDirectory)
        let entries = try store?.entries(network: network.name) ?? []
        let stale = entries.filter { !valid.contains($0.row.key.asValidAttachment) && !$0.isBusy }
        var failures = Failures()
        failures.collect {
            let attachments = stale.map { $0.attachment(orDerivedFrom: network) }
            try Removal(writer: try ProcessIdentity.current()).run(attachments, store: store, host: host)
        }
        failures.collect { try removeUnrecordedLinks(store, host) }
        failures.collect {
            let sweep = RuleSweep(stateDirectory: network.stateDirectory, isDryRun: false, kept: kept)
            try sweep.run(host) { _ in }
        }
        try failures.throwIfAny()
    }

    /// The marks of what the runtime knows.
    private var kept: Set<UInt64> {
        Set(
            valid.map { valid in
                let key = AttachmentKey(
                    network: network.name,
                    container: valid.containerID,
                    interface: valid.interfaceName
                )
                return Planner.mark(key, stateDirectory: network.stateDirectory).id
            }
        )
    }

    /// Removes ports of the network's bridge that carry a mark of this store but have no record, as when it was lost.
    private func removeUnrecordedLinks(_ store: Store?, _ host: Host) throws {
        guard let bridge = try host.socket.link(named: network.bridgeName), bridge.kind == "bridge" else { return }
        let ours = Planner.mark(
            AttachmentKey(network: network.name, container: "", interface: ""),
            stateDirectory: network.stateDirectory
        )
        // The links first: a pair that is made between the two readings then has its record already.
        let ports = try host.socket.links(master: bridge.index)
        let recorded = try store?.marks() ?? []
        let kept = kept
        let orphans = ports.filter { port in
            guard let mark = port.alias.flatMap({ RuleMark(comment: $0) }), mark.store == ours.store else {
                return false
            }
            return mark.label.hasSuffix(" \(network.name)") && !recorded.contains(mark.id) && !kept.contains(mark.id)
        }
        try LinkBatch.remove(orphans, host)
    }
}

extension AttachmentKey {
    fileprivate var asValidAttachment: ValidAttachment {
        ValidAttachment(containerID: container, interfaceName: interface)
    }
}
