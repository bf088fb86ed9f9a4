import Glibc
import PlumbCNI
import PlumbFirewall
import PlumbLinux
import PlumbSubnetStore

/// The subnet store as operations see it: records are attachments, not text.
final class Store {
    private let store: SubnetStore
    let directory: String

    private init(_ store: consuming SubnetStore, directory: String) {
        self.store = store
        self.directory = directory
    }

    /// Opens the store, making it if there is none and no containers of a lost one live.
    ///
    /// What the attachment of a key has left does not count, as whoever attaches it anew replaces that.
    static func open(_ directory: String, for key: AttachmentKey? = nil, host: Host) throws(StoreError) -> Store {
        let store = try SubnetStore.open(directory: directory) {
            try Survivors.names(inStoreOf: directory, besides: key, host)
        }
        guard let store else { preconditionFailure("a store that is to be made is either there or an error") }
        return Store(store, directory: directory)
    }

    /// Opens the store if there is one; each call then waits as long as `lockTimeout` says for other processes.
    static func openExisting(
        _ directory: String,
        lockTimeout: Duration = .seconds(30)
    ) throws(StoreError) -> Store? {
        let store = try SubnetStore.open(directory: directory, lockTimeout: lockTimeout, createIfMissing: false)
        guard let store else { return nil }
        return Store(store, directory: directory)
    }

    /// Takes addresses and ports and records what is about to be done with them, all or nothing.
    func reserve(
        _ planner: Planner,
        sandbox: NamespaceIdentity,
        writer: ProcessIdentity,
        sharesPorts: Bool
    ) throws -> Attachment {
        var planned: Attachment?
        let reservation = planner.reservation(writer: writer, sharesPorts: sharesPorts)
        let check = PublishedPortCheck(network: planner.network, ports: planner.request.values.ports)
        _ = try store.reserve(reservation, obstacle: check.portHeldByHost) { leases, hostInterface, chosenPorts in
            let attachment = planner.attachment(
                addresses: planner.addresses(for: leases),
                hostInterface: hostInterface,
                sandbox: sandbox,
                chosenPorts: chosenPorts
            )
            planned = attachment
            return try AttachmentRecord.encode(attachment)
        }
        guard let planned else { preconditionFailure("a reservation without a record") }
        return planned
    }

    func mark(_ key: AttachmentKey, _ state: AttachmentState, writer: ProcessIdentity) throws(StoreError) {
        try store.setState(state, of: key, writer: writer)
    }

    func release(_ keys: [AttachmentKey]) throws(StoreError) {
        try store.release(keys)
    }

    /// The attachment of a key, with its state.
    func entry(_ key: AttachmentKey) throws(StoreError) -> StoreEntry? {
        try store.attachment(key).map { StoreEntry($0) }
    }

    /// All attachments, or those of one network.
    func entries(network: String? = nil) throws(StoreError) -> [StoreEntry] {
        try store.attachments(network: network).map { StoreEntry($0) }
    }

    /// The marks of all rules that somebody still answers for.
    func marks() throws(StoreError) -> Set<UInt64> {
        Set(try store.keys().map { Planner.mark($0, stateDirectory: directory).id })
    }

    /// The marks of the rules of all attachments but those that are being detached.
    func stayingMarks() throws(StoreError) -> Set<UInt64> {
        let staying = try store.attachments().filter { $0.state != .detaching }
        return Set(staying.map { Planner.mark($0.key, stateDirectory: directory).id })
    }

    /// The attachment of a key, once no other process works on it any more.
    ///
    /// A runtime that gave up waiting for ADD calls DEL while that ADD may still run.
    ///
    /// - Throws: `StoreError`, or `CNIError` 11 when that takes too long.
    func settledEntry(_ key: AttachmentKey, writer: ProcessIdentity) throws -> StoreEntry? {
        for _ in 0..<250 {
            guard let entry = try entry(key) else { return nil }
            guard entry.isBusy, entry.row.writer != writer else { return entry }
            usleep(20_000)
        }
        throw CNIError(
            .tryAgainLater,
            "CNI_CONTAINERID: \"\(key.container)\" is still being attached, changed or detached by another process",
            details: "See that no plumb process hangs, then try again."
        )
    }

    /// Takes an attachment over to change it, so that nobody removes it meanwhile; nil if another process was faster.
    func claim(_ entry: StoreEntry, writer: ProcessIdentity) throws(StoreError) -> StoreEntry? {
        guard try store.setState(.changing, of: entry.row, writer: writer) else { return nil }
        guard let claimed = try self.entry(entry.row.key), claimed.row.writer == writer else { return nil }
        return claimed
    }

    /// Gives a claimed attachment back; false if somebody has taken it over, as a DEL that waited for too long.
    @discardableResult
    func finish(_ claimed: StoreEntry, writer: ProcessIdentity) throws(StoreError) -> Bool {
        try store.setState(.attached, of: claimed.row, writer: writer)
    }

    /// Changes what an attachment publishes, with its record, and sets its state.
    ///
    /// - Returns: The attachment as it is recorded then.
    func changePorts(
        of key: AttachmentKey,
        to state: AttachmentState,
        writer: ProcessIdentity,
        obstacle: (PortReservation) throws -> UInt16? = { _ in nil },
        _ plan: (StoreEntry) throws -> PortPlan
    ) throws -> StoreEntry {
        let row = try store.changePorts(of: key, to: state, writer: writer, obstacle: obstacle) { row in
            let plan = try plan(StoreEntry(row))
            let open = plan.added.filter(\.isOpen)
            let local = open.isEmpty ? nil : try LocalPorts.read()
            return PortChange(
                kept: plan.kept.map(\.reservation),
                added: plan.added.compactMap(\.fixed?.reservation),
                open: local.map { local in open.map { $0.openPort(local) } } ?? [],
                record: { chosen in
                    try AttachmentRecord.encode(plan.attachment(plan.kept + plan.added.published(chosen: chosen)))
                }
            )
        }
        return StoreEntry(row)
    }

    /// Records attachments that somebody else made; returns those that were not recorded before.
    func adopt(_ adoptions: [Adoption], network: String) throws(StoreError) -> [AttachmentKey] {
        try store.adopt(adoptions, network: network)
    }

    func usage() throws(StoreError) -> [NetworkUsage] {
        try store.usage()
    }

    func beginRemoval(of network: String, writer: ProcessIdentity) throws(StoreError) -> Bool {
        try store.beginNetworkRemoval(network, writer: writer)
    }

    func endRemoval(of network: String) throws(StoreError) {
        try store.endNetworkRemoval(network)
    }
}

/// A change of what an attachment publishes.
struct PortPlan {
    /// The ports that it has and goes on to have.
    let kept: [PublishedPort]

    /// The ports that it gets.
    let added: [PortRequest]

    /// The attachment from then on, given all of its ports.
    let attachment: ([PublishedPort]) -> Attachment
}

/// A row of the store with its record read.
struct StoreEntry {
    let row: StoredAttachment

    /// Nil when the record can't be read, as one of another version of plumb might be.
    let attachment: Attachment?

    init(_ row: StoredAttachment) {
        self.row = row
        self.attachment = AttachmentRecord.decode(row.record)
    }

    /// Whether a living process works on the attachment right now.
    var isBusy: Bool { row.state != .attached && row.writer.isAlive }

    /// The error of whoever can't do without the record.
    static func unreadable(_ key: AttachmentKey) -> CNIError {
        CNIError(
            .storeFailure,
            "the record of \(key) can't be read: another version of plumb wrote it",
            details: "Use that version, or detach the container with DEL and attach it anew."
        )
    }

    /// The record, or what can be told without it from the key: the names that are derived from it.
    func attachment(orDerivedFrom network: NetworkSpecification) -> Attachment {
        attachment ?? Planner.derived(row.key, hostInterface: row.hostInterface, network: network)
    }
}
