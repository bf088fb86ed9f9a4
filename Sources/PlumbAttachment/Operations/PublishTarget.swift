import PlumbAddress
import PlumbCNI
import PlumbFirewall
import PlumbLinux
import PlumbSubnetStore

/// The attachment whose ports are to change while its container runs.
package struct PublishTarget: Sendable {
    private let container: String
    private let network: String?
    private let interface: String?
    private let stateDirectory: String

    /// Makes a target of a container's id, which may be cut short; network and interface tell its attachments apart.
    package init(container: String, network: String?, interface: String?, stateDirectory: String) {
        self.container = container
        self.network = network
        self.interface = interface
        self.stateDirectory = stateDirectory
    }

    /// Finds the attachment and waits until nobody else works on it.
    ///
    /// - Throws: `CNIError` 3 when there is none that lives, or more than one.
    func find(host: Host, writer: ProcessIdentity) throws -> (store: Store, entry: StoreEntry) {
        guard let store = try Store.openExisting(stateDirectory) else {
            throw CNIError(.unknownContainer, "nothing is attached: there is no subnet store in \(stateDirectory)")
        }
        let found = try AttachmentNames.entry(
            ofContainer: container,
            network: network,
            interface: interface,
            in: store.entries()
        )
        guard let entry = try store.settledEntry(found.row.key, writer: writer) else { throw Self.gone(found.row.key) }
        guard try Liveness.verdict(entry, host) != .dead else { throw Self.gone(entry.row.key) }
        return (store, entry)
    }

    /// The firewall of an attachment that is to have published ports.
    static func firewall(of attachment: Attachment) throws -> any Firewall {
        guard let firewall = try openFirewall(attachment.firewall.backend, isRequired: true) else {
            throw CNIError(
                .invalidConfiguration,
                "\(attachment.key) was attached without a firewall, which published ports need",
                details: "Give the network a gateway address, and a firewallBackend other than none."
            )
        }
        return firewall
    }

    /// The error when an attachment is, or has gone, away.
    static func gone(_ key: AttachmentKey) -> CNIError {
        CNIError(.unknownContainer, "\(key) is gone", details: "plumb show lists what is attached.")
    }
}

extension StoreEntry {
    /// The attachment, whose record has to be readable.
    func requireAttachment() throws(CNIError) -> Attachment {
        guard let attachment else { throw Self.unreadable(row.key) }
        return attachment
    }
}
