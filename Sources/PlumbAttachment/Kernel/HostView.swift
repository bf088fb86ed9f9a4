import PlumbAddress
import PlumbLinux
import PlumbNetlink

/// What the kernel says of the host's side: asked thing by thing for one attachment, or read at once for all of them.
///
/// A class, since it holds the socket.
final class HostView {
    private let host: Host
    private let snapshot: Snapshot?
    private var absent: Set<String> = []

    private struct Snapshot {
        let links: [String: Link]
        let addresses: [Int: [Prefix]]
        let ports: [Int: BridgePortSettings]
        let missingForwarding: [AddressFamily]
    }

    /// Asks for each thing when it is wanted.
    init(_ host: Host) {
        self.host = host
        snapshot = nil
    }

    /// Asks for all links and addresses once, by which a thousand attachments cost little more than one.
    init(readingAll host: Host) throws {
        self.host = host
        snapshot = Snapshot(
            links: Dictionary(try host.socket.links().map { ($0.name, $0) }) { first, _ in first },
            addresses: try host.socket.addresses(),
            ports: try host.socket.bridgePorts(),
            missingForwarding: try HostForwarding.missing(AddressFamily.allCases)
        )
    }

    /// The links by their names; none unless they were read at once.
    var links: [String: Link] { snapshot?.links ?? [:] }

    /// A link that is missing in the snapshot is looked for again, once, since it may have been made after that.
    func link(named name: String) throws -> Link? {
        guard let snapshot else { return try host.socket.link(named: name) }
        if let link = snapshot.links[name] { return link }
        guard !absent.contains(name) else { return nil }
        let link = try host.socket.link(named: name)
        if link == nil { absent.insert(name) }
        return link
    }

    func addresses(linkIndex: Int) throws -> [Prefix] {
        guard let snapshot else { return try host.socket.addresses(linkIndex: linkIndex) }
        return snapshot.addresses[linkIndex] ?? []
    }

    func bridgePort(named name: String) throws -> BridgePortSettings? {
        guard let snapshot, let link = snapshot.links[name] else { return try host.socket.bridgePort(named: name) }
        return snapshot.ports[link.index]
    }

    /// The families that should be forwarded and are not.
    func missingForwarding(_ families: [AddressFamily]) throws -> [AddressFamily] {
        guard let snapshot else { return try HostForwarding.missing(families) }
        return families.filter(snapshot.missingForwarding.contains)
    }
}
