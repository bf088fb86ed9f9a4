import PlumbCNI
import PlumbSubnetStore

/// Finds attachments by the names that people have at hand: container, network, bridge or host interface.
enum AttachmentNames {
    /// The attachments that any of the names stands for; all of them without names.
    ///
    /// - Throws: `CNIError` 3 for a name that nothing has, with those that there are.
    static func entries(_ names: [String], in entries: [StoreEntry]) throws(CNIError) -> [StoreEntry] {
        guard !names.isEmpty else { return entries }
        try refuse(names, among: entries)
        return entries.filter { entry in names.contains { entry.isCalled($0, in: entries) } }
    }

    /// Refuses names that nothing has.
    static func refuse(_ names: [String], among entries: [StoreEntry]) throws(CNIError) {
        for name in names where !entries.contains(where: { $0.isCalled(name, in: entries) }) {
            throw unknown("no container, network, bridge or host interface is called \"\(name)\"", entries)
        }
    }

    /// The one attachment of a container, whose id may be cut short, if need be on a network or by an interface.
    ///
    /// - Throws: `CNIError` 3 when there is none or more than one, with those that there are.
    static func entry(
        ofContainer container: String,
        network: String?,
        interface: String?,
        in entries: [StoreEntry]
    ) throws(CNIError) -> StoreEntry {
        let candidates = entries.filter { entry in
            (network.map { $0 == entry.row.key.network } ?? true)
                && (interface.map { $0 == entry.row.key.interface } ?? true)
        }
        let exact = candidates.filter { $0.row.key.container == container }
        let found = exact.isEmpty ? candidates.filter { $0.row.key.container.hasPrefix(container) } : exact
        guard let entry = found.first, !container.isEmpty else {
            throw unknown("no attachment of a container \"\(container)\" is there", entries)
        }
        guard found.count == 1 else {
            throw CNIError(
                .unknownContainer,
                "\"\(container)\" stands for \(list(found))",
                details: "Tell them apart by the whole id, --network or --interface."
            )
        }
        return entry
    }

    private static func unknown(_ message: String, _ entries: [StoreEntry]) -> CNIError {
        CNIError(
            .unknownContainer,
            message,
            details: entries.isEmpty ? "Nothing is attached." : "There are \(list(entries))."
        )
    }

    private static func list(_ entries: [StoreEntry]) -> String {
        let most = 10
        let names = entries.prefix(most).map { "\($0.row.key)" }
        let rest = entries.count - names.count
        return names.joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
    }
}

extension StoreEntry {
    /// Whether a name is one of the attachment's own; a container's id may be cut short while that names no other.
    fileprivate func isCalled(_ name: String, in entries: [StoreEntry]) -> Bool {
        let key = row.key
        let names = [key.container, key.network, row.hostInterface, attachment?.bridge.name]
        if names.contains(name) { return true }
        guard !name.isEmpty, key.container.hasPrefix(name) else { return false }
        return Set(entries.map(\.row.key.container).filter { $0.hasPrefix(name) }).count == 1
    }
}
