package import PlumbFirewall
import PlumbLinux
package import PlumbNetlink
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

        /// When it was recorded, in seconds since 1970.
        package let createdAt: Int64

        /// The host end; nil when it is gone.
        package let link: Link?

        /// The index of the container's end inside its sandbox; nil when the host end is gone.
        package var peerIndex: Int? { link?.peerIndex }
    }

    /// A link that carries the mark of an attachment of the store, which has no record of it or can't be read.
    package struct UnrecordedLink: Sendable {
        /// The link.
        package let link: Link

        /// The mark, which is the link's alias.
        package let mark: RuleMark

        /// The name of the link's bridge, if it is a port of one.
        package let bridge: String?
    }

    /// The directory of the store.
    package let stateDirectory: String

    /// The networks, by name as people count.
    package let networks: [Network]

    /// The attachments, by key as people count.
    package let items: [Item]

    /// The links of unknown attachments, by what their marks say.
    package let unrecorded: [UnrecordedLink]

    /// What is wrong, and what could not be found out.
    package let problems: [Problem]

    /// Reads the store and asks the kernel for its side; changes nothing, and goes on where something can't be read.
    ///
    /// The kernel is asked once for all links, addresses and rules, whatever the number of attachments.
    ///
    /// - Throws: An error of the layers below when not even the links of the host can be listed.
    package static func take(stateDirectory: String) throws -> Survey {
        let host = try Host.open()
        // The links come first: one that is made after has its record already.
        let view = try HostView(readingAll: host)
        let store = StoreReading(stateDirectory)
        let items = try store.entries.map { entry in
            var defaults = NetworkDefaults()
            defaults.stateDirectory = stateDirectory
            let network = NetworkSpecification(forRemovalOf: entry.row.key.network, settings: nil, defaults: defaults)
            let attachment = entry.attachment(orDerivedFrom: network)
            return Item(
                attachment: attachment,
                state: entry.row.state,
                createdAt: entry.row.createdAt,
                link: try view.link(named: attachment.hostInterface.name)
            )
        }
        let unrecorded = try unrecordedLinks(view, besides: items, stateDirectory: stateDirectory, host)
        var diagnosis = Diagnosis(stateDirectory: stateDirectory, view: view)
        try diagnosis.examine(store)
        diagnosis.examine(unrecorded, isComplete: store.isComplete)
        if store.isComplete {
            let sweep = RuleSweep(stateDirectory: stateDirectory, isDryRun: true, lockTimeout: .seconds(1))
            diagnosis.examine(sweep, host)
        }
        return Survey(
            stateDirectory: stateDirectory,
            networks: networks(store.usage, items, unrecorded),
            items: items.sorted { $0.attachment.key.naturallyPrecedes($1.attachment.key) },
            unrecorded: unrecorded,
            problems: diagnosis.problems
        )
    }

    private static func networks(
        _ usage: [NetworkUsage],
        _ items: [Item],
        _ unrecorded: [UnrecordedLink]
    ) -> [Network] {
        var bridges: [String: String] = [:]
        for link in unrecorded { bridges[link.network] = link.bridge }
        for item in items.reversed() { bridges[item.attachment.key.network] = item.attachment.bridge.name }
        let rangeSets = Dictionary(usage.map { ($0.network, $0.rangeSets) }) { first, _ in first }
        let names = Set(usage.map(\.network)).union(items.map(\.attachment.key.network)).union(
            unrecorded.map(\.network)
        )
        let ordered = names.sorted { NaturalName(name: $0) < NaturalName(name: $1) }
        return ordered.map { Network(name: $0, bridge: bridges[$0], usage: rangeSets[$0] ?? []) }
    }

    /// The links with marks of the store that belong to none of its attachments.
    private static func unrecordedLinks(
        _ view: HostView,
        besides items: [Item],
        stateDirectory: String,
        _ host: Host
    ) throws -> [UnrecordedLink] {
        let store = RuleMark.store(of: stateDirectory)
        let known = Set(items.map(\.attachment.firewall.mark.id))
        let names = Dictionary(view.links.values.map { ($0.index, $0.name) }) { first, _ in first }
        let links = try view.links.values.compactMap { link -> UnrecordedLink? in
            guard
                let mark = link.alias.flatMap({ RuleMark(comment: $0) }), mark.store == store, !known.contains(mark.id),
                // A DEL that ran in between has removed both.
                try host.socket.linkIndex(named: link.name) != nil
            else { return nil }
            return UnrecordedLink(link: link, mark: mark, bridge: link.master.flatMap { names[$0] })
        }
        return links.sorted { $0.key.naturallyPrecedes($1.key) }
    }
}

extension Survey.UnrecordedLink {
    /// The words of the mark's label: the beginning of the container's id, the interface, the network.
    private var words: [Substring] { mark.label.split(separator: " ", maxSplits: 2) }

    /// The beginning of the container's id.
    package var container: String { words.first.map(String.init) ?? "?" }

    /// The interface's name inside the container.
    package var interface: String { words.dropFirst().first.map(String.init) ?? "?" }

    /// The network's name.
    package var network: String { words.dropFirst(2).first.map(String.init) ?? "?" }

    fileprivate var key: AttachmentKey { AttachmentKey(network: network, container: container, interface: interface) }
}

extension Survey {
    /// Whether something could not be read, so that more may be there, or more may be wrong, than is said.
    package var isPartial: Bool { problems.contains { $0.severity == .unknown } }
}
