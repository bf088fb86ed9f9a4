import PlumbLinux
import PlumbNetlink
package import PlumbSubnetStore

/// What there is: the networks and attachments of a store, beside what the kernel says of them.
package struct Survey: Sendable {
    /// A network that has or had attachments.
    package struct Network: Sendable {
        /// The network's name.
        package let name: String
        /// Nil when all its attachments are gone, since a bridge is only known by them.
        package let bridge: String?

        /// How full its range sets are.
        package let usage: [RangeSetUsage]
    }

    /// An attachment and its host end as the kernel has it.
    package struct Item: Sendable {
        /// The attachment as it is recorded.
        package let attachment: Attachment

        /// How far the work on it has come.
        package let state: AttachmentState
        /// The index of the container's end inside its sandbox; nil when the host end is gone.
        package let peerIndex: Int?
    }

    /// The networks, by name.
    package let networks: [Network]

    /// The attachments, by key.
    package let items: [Item]

    /// Reads the store and asks the kernel for the host end of each attachment; changes nothing.
    ///
    /// - Throws: `CNIError` or an error of the layers below; a store that does not exist is an empty one.
    package static func take(stateDirectory: String) throws -> Survey {
        guard let store = try Store.openExisting(stateDirectory) else { return Survey(networks: [], items: []) }
        let entries = try store.entries()
        let usage = try store.usage()
        guard !entries.isEmpty || !usage.isEmpty else { return Survey(networks: [], items: []) }

        let socket = try NetlinkSocket.open()
        let items = try entries.map { entry in
            let network = NetworkSpecification(
                forRemovalOf: entry.row.key.network,
                settings: nil,
                defaults: NetworkDefaults()
            )
            let attachment = entry.attachment(orDerivedFrom: network)
            let link = try socket.link(named: attachment.hostInterface.name)
            return Item(attachment: attachment, state: entry.row.state, peerIndex: link?.peerIndex)
        }
        let names = Set(usage.map(\.network)).union(items.map(\.attachment.key.network)).sorted()
        let networks = names.map { name in
            Network(
                name: name,
                bridge: items.first { $0.attachment.key.network == name }?.attachment.bridge.name,
                usage: usage.first { $0.network == name }?.rangeSets ?? []
            )
        }
        return Survey(networks: networks, items: items.sorted { $0.attachment.key < $1.attachment.key })
    }
}
