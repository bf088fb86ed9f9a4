import Glibc
import PlumbCNI
package import PlumbFirewall
import PlumbLinux
import PlumbSubnetStore

/// Takes published ports of a container that runs back.
///
/// The rules go before the reservation, so that nobody gets a port that still leads elsewhere. A process that dies in
/// between leaves a record that names the ports, and repair publishes them again.
package struct Unpublish {
    private let target: PublishTarget
    private let ports: [PortSelector]

    package init(_ target: PublishTarget, ports: [PortSelector]) {
        self.target = target
        self.ports = ports
    }

    /// Takes all of the ports back, or none; connections over TCP that are under way go on.
    ///
    /// - Returns: What is not published any more.
    /// - Throws: `CNIError`, or an error of the layers below that `CNIError.init(describing:)` puts into CNI's words.
    package func run() throws -> [PublishedPort] {
        let host = try Host.open()
        let writer = try ProcessIdentity.current()
        let (store, entry) = try target.find(host: host, writer: writer)
        // Before the claim, so that a port which is not published changes nothing at all.
        let before = try entry.requireAttachment()
        _ = try PortSelector.part(before, by: ports)
        do {
            guard let claimed = try store.claim(entry, writer: writer) else {
                throw CNIError(.tryAgainLater, "another process works on \(before.key)")
            }
            return try run(claimed, store, writer)
        } catch {
            throw PortUndo(before: before, store: store, writer: writer, host: host).run(after: error)
        }
    }

    private func run(_ claimed: StoreEntry, _ store: Store, _ writer: ProcessIdentity) throws -> [PublishedPort] {
        let before = try claimed.requireAttachment()
        let parts = try PortSelector.part(before, by: ports)
        let after = before.publishing(parts.others)
        // Not by attach, which might not look into a table that is needed no more.
        _ = try PublishTarget.firewall(of: after)
            .restore([(after.firewallPolicy, after.firewall.network)], dryRun: false) { try store.stayingMarks() }
        // An element that nftables lets expire translates until the second tick of the kernel's clock from now on, of which
        // there are 100 to 1000 a second: a connection that began before would stay for as long as it goes on.
        usleep(20_000)
        let connectionless = parts.meant.filter { $0.transport != .tcp }
        try flushConntrack(ports: connectionless, addresses: [], families: after.families)
        _ = try store.changePorts(of: after.key, to: .attached, writer: writer) { present in
            guard present.row == claimed.row else { throw PublishTarget.gone(after.key) }
            return PortPlan(kept: after.publishedPorts, added: [], attachment: { _ in after })
        }
        return parts.meant
    }
}
