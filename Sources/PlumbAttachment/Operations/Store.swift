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

/// A row of the store with its record read.
struct StoreEntry {
    let row: StoredAttachment

    /// Nil when the record can't be read, as one of another version of plumb might be.
    let attachment: Attachment?

    init(_ row: StoredAttachment) {
        self.row = row
        self.attachment = AttachmentRecord.decode(row.record)
    }

    /// The record, or what can be told without it from the key: the names that are derived from it.
    func attachment(orDerivedFrom network: NetworkSpecification) -> Attachment {
        attachment ?? Planner.derived(row.key, hostInterface: row.hostInterface, network: network)
    }
}
