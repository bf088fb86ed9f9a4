import Glibc
import PlumbCNI
import PlumbFirewall
import PlumbLinux
import PlumbSubnetStore

/// Puts back what the records say and the kernel has lost: links, addresses, routes, sysctls and rules.
///
/// Everything is a difference first; what does not differ is not touched, so a second run has nothing to do.
package struct Repair {
    private let stateDirectory: String
    private let names: [String]
    private let isDryRun: Bool
    private let requiresDirectory: Bool

    /// Makes the operation for the attachments that names stand for; none means all.
    ///
    /// A state directory that does not exist is one without attachments, unless it is required.
    package init(
        stateDirectory: String,
        names: [String] = [],
        isDryRun: Bool = false,
        requiresDirectory: Bool = false
    ) {
        self.stateDirectory = stateDirectory
        self.names = names
        self.isDryRun = isDryRun
        self.requiresDirectory = requiresDirectory
    }

    /// Does what there is to do, and tells each thing that was changed, or would be in a dry run.
    ///
    /// Rules come before forwarding, so that nothing is open for a moment that is not meant to be. Work goes on after
    /// errors, and what another process works on is left to it.
    ///
    /// - Throws: `CNIError` for a name that nothing has; otherwise all that went wrong, at the end.
    package func run(_ tell: @escaping (String) -> Void) throws {
        if requiresDirectory { try lookForDirectory() }
        let sweep = RuleSweep(stateDirectory: stateDirectory, isDryRun: isDryRun)
        guard let store = try Store.openExisting(stateDirectory) else {
            try AttachmentNames.refuse(names, among: [])
            return try sweep.run(Host.open()) { tell($0.removal) }
        }
        let entries = try AttachmentNames.entries(names, in: store.entries()).filter { !$0.isBusy }
        let work = RepairWork(store: store, host: try Host.open(), writer: try ProcessIdentity.current())
        // In a dry run nothing changes between two attachments that lack the same.
        var told: Set<String> = []
        let tell = { (line: String) in
            if !isDryRun || told.insert(line).inserted { tell(line) }
        }
        var failures = Failures()
        let dead = try Liveness.dead(among: entries, work.host)
        if !dead.isEmpty { failures.collect { try remove(dead, work, tell) } }

        let living = entries.filter { entry in !dead.contains { $0.row.key == entry.row.key } }
            .sorted { $0.row.number < $1.row.number }
        for entry in living where entry.attachment == nil { failures.add(StoreEntry.unreadable(entry.row.key)) }
        let readable = living.filter { $0.attachment != nil }
        failures.collect { try restoreRules(readable.compactMap(\.attachment), work, tell) }
        // Who names attachments leaves the rest alone.
        if names.isEmpty { failures.collect { try sweep.run(work.host) { tell($0.removal) } } }
        failures.collect { try mend(readable, work, tell) }
        try failures.throwIfAny()
    }

    private func lookForDirectory() throws(CNIError) {
        do throws(SystemError) {
            _ = try FileDescriptor.open(stateDirectory, O_RDONLY | O_DIRECTORY)
        } catch {
            throw CNIError(
                .storeFailure,
                "--state-dir: \"\(stateDirectory)\" is no state directory: \(errnoText(error.errno))",
                details: "Name the one of PLUMB_STATE_DIR or ipam.dataDir, or none at all for the usual one."
            )
        }
    }

    private func remove(_ dead: [StoreEntry], _ work: RepairWork, _ tell: (String) -> Void) throws {
        if !isDryRun {
            var defaults = NetworkDefaults()
            defaults.stateDirectory = stateDirectory
            let network = NetworkSpecification(forRemovalOf: "", settings: nil, defaults: defaults)
            let removal = Removal(writer: work.writer)
            try removal.run(dead: dead, derivedFrom: network, store: work.store, host: work.host)
        }
        for entry in dead { tell("remove \(entry.row.key): \(entry.reasonForRemoval)") }
    }

    private func restoreRules(_ attachments: [Attachment], _ work: RepairWork, _ tell: (String) -> Void) throws {
        var failures = Failures()
        let groups = Dictionary(grouping: attachments, by: \.firewall.backend)
        for (_, group) in groups.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            failures.collect {
                try RuleRestoration(attachments: group, store: work.store, isDryRun: isDryRun).run(tell)
            }
        }
        try failures.throwIfAny()
    }

    private func mend(_ entries: [StoreEntry], _ work: RepairWork, _ tell: (String) -> Void) throws {
        var failures = Failures()
        // What has been mended for one attachment is found so when it is the turn of the next.
        let view = try HostView(readingAll: work.host)
        for entry in entries { failures.collect { try mend(entry, view, work, tell) } }
        try failures.throwIfAny()
    }

    private func mend(_ entry: StoreEntry, _ view: HostView, _ work: RepairWork, _ tell: (String) -> Void) throws {
        guard let attachment = entry.attachment else { return }
        let mending = Mending(attachment: attachment, host: work.host)
        if isDryRun { return try announce(mending, view, tell) }
        let isUnfinished = entry.row.state == .changing
        guard try isUnfinished || mending.isNeeded(view) else { return }
        // Whoever wants to detach the container waits from here on.
        guard let claimed = try work.store.claim(entry, writer: work.writer) else { return }
        var failures = Failures()
        failures.collect { try mending.run(tell) }
        failures.collect {
            if try work.store.finish(claimed, writer: work.writer), isUnfinished {
                tell("finish the change of \(entry.row.key)")
            }
        }
        try failures.throwIfAny()
    }

    private func announce(_ mending: Mending, _ view: HostView, _ tell: (String) -> Void) throws {
        var failures = Failures()
        for difference in try mending.differences(view) {
            if difference.remedies.isEmpty { failures.add(mending.beyondRepair(difference)) }
            for remedy in difference.remedies { tell(remedy.command) }
        }
        try failures.throwIfAny()
    }
}

/// What all steps of a repair share.
private struct RepairWork {
    let store: Store
    let host: Host
    let writer: ProcessIdentity
}

extension StoreEntry {
    /// Why repair removes a dead attachment.
    fileprivate var reasonForRemoval: String {
        switch row.state {
        case .attaching: "its ADD came to no end"
        case .detaching: "its DEL came to no end"
        case .attached, .changing: "its sandbox is gone"
        }
    }
}
