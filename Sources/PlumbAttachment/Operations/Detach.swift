import PlumbCNI
import PlumbLinux
package import PlumbSubnetStore

/// DEL: takes a container's interface off a network.
///
/// The record says what there is to remove. Without one, what can be derived from the key is looked for and removed all
/// the same, so that DEL may be called at any time, any number of times, with whatever is left of the container.
package struct Detach {
    private let key: AttachmentKey
    private let network: NetworkSpecification
    private let trace: Trace

    /// Makes the operation for a key; of the network only the places of store and chains count, for the rest the record.
    package init(_ key: AttachmentKey, network: NetworkSpecification, trace: Trace = .off) {
        self.key = key
        self.network = network
        self.trace = trace
    }

    /// Removes what there is; nothing is success too.
    ///
    /// - Throws: `CNIError`, or an error of the layers below that `CNIError.init(describing:)` puts into CNI's words.
    package func run() throws {
        trace.begin(.readRecord)
        let host = try Host.open(trace)
        let writer = try ProcessIdentity.current()
        do {
            let store = try Store.openExisting(network.stateDirectory)
            let entry = try store.flatMap { try claim($0, writer: writer) }
            let attachment = entry?.attachment(orDerivedFrom: network) ?? Planner.derived(key, network: network)
            try Removal(writer: writer).run([attachment], store: store, host: host)
        } catch let error as StoreError where error.isUnreadable {
            try unplug(after: error, writer: writer, host: host)
        }
        trace.begin(.answer)
    }

    /// Removes link and rules of a container whose record can't be read, and reports that its lease stays.
    private func unplug(after error: StoreError, writer: ProcessIdentity, host: Host) throws {
        var failures = Failures()
        failures.add(error)
        let attachment = Planner.derived(key, network: network)
        failures.collect { try Removal(writer: writer).run([attachment], store: nil, host: host) }
        try failures.throwIfAny()
    }

    /// Takes the record over for removal; nil when there is none, or another DEL has come to its end just now.
    private func claim(_ store: Store, writer: ProcessIdentity) throws -> StoreEntry? {
        guard let entry = try store.settledEntry(key, writer: writer) else { return nil }
        do throws(StoreError) {
            try store.mark(key, .detaching, writer: writer)
        } catch {
            guard case .notAttached = error.kind else { throw error }
            return nil
        }
        return entry
    }
}

extension StoreError {
    /// Whether the database can't be read, and does not come out of that by itself.
    fileprivate var isUnreadable: Bool {
        switch kind {
        case .corrupt, .newer, .older: true
        default: false
        }
    }
}
