import PlumbAddress
import PlumbLinux
import PlumbSubnetStore

/// Reserves for an attachment, taking back from the dead what the living need.
struct Reclaim {
    let writer: ProcessIdentity

    /// Reserves addresses, ports and the record.
    ///
    /// When something is taken or used up, those who hold it are looked at; the dead among them are removed in the kernel
    /// and then in the store, and the reservation is tried again. A container that lives may publish a port on several of
    /// its networks, as podman asks for; packets go by the first of them that is there.
    ///
    /// - Returns: The attachment, and whether anything of the dead was removed for it: their bridge may be gone, too.
    func reserve(
        _ planner: Planner,
        _ sandbox: NamespaceIdentity,
        _ store: Store,
        _ host: Host
    ) throws -> (attachment: Attachment, hasRemoved: Bool) {
        var sharesPorts = false
        var hasRemoved = false
        while true {
            do {
                let attachment = try store.reserve(planner, sandbox: sandbox, writer: writer, sharesPorts: sharesPorts)
                return (attachment, hasRemoved)
            } catch let error as StoreError {
                let holders = try holders(error, network: planner.network.name, store: store)
                let dead = try Liveness.dead(among: holders, host)
                if dead.isEmpty, !sharesPorts, case .portTaken(_, let holder) = error.kind,
                    holder.container == planner.key.container, holder != planner.key
                {
                    sharesPorts = true
                    continue
                }
                // Rounds end, as each has a record less or finds that others went on with it.
                guard !dead.isEmpty else { throw error }
                try Removal(writer: writer).run(dead: dead, derivedFrom: planner.network, store: store, host: host)
                hasRemoved = true
            }
        }
    }

    /// Runs a reservation for an attachment that is there, and again for each dead holder of what it was refused for.
    func retrying<Result>(
        of key: AttachmentKey,
        _ store: Store,
        _ host: Host,
        _ reserve: () throws -> Result
    ) throws -> Result {
        var defaults = NetworkDefaults()
        defaults.stateDirectory = store.directory
        let network = NetworkSpecification(forRemovalOf: key.network, settings: nil, defaults: defaults)
        while true {
            do {
                return try reserve()
            } catch let error as StoreError {
                let dead = try Liveness.dead(among: holders(error, network: key.network, store: store), host)
                guard !dead.isEmpty else { throw error }
                try Removal(writer: writer).run(dead: dead, derivedFrom: network, store: store, host: host)
            }
        }
    }

    /// Who holds what a reservation was refused for.
    private func holders(_ error: StoreError, network: String, store: Store) throws -> [StoreEntry] {
        switch error.kind {
        case .portsExhausted: try store.entries()
        case .exhausted: try store.entries(network: network)
        case .addressTaken(_, let holder), .portTaken(_, let holder): try [store.entry(holder)].compactMap(\.self)
        case .hostInterfaceTaken(_, let holder): try [store.entry(holder)].compactMap(\.self)
        case .alreadyAttached(let row): [StoreEntry(row)]
        default: []
        }
    }
}
