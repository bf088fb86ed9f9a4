import PlumbAddress
import PlumbCNI
package import PlumbFirewall
import PlumbLinux
import PlumbNetlink
import PlumbSubnetStore

/// Publishes ports of a container that runs.
///
/// As in ADD the ports are reserved and recorded before anything is changed for them, and what fails is undone. A process
/// that dies in between leaves a record that names the ports: repair makes the rules, DEL removes them.
package struct Publish {
    private let target: PublishTarget
    private let ports: [PortRequest]

    package init(_ target: PublishTarget, ports: [PortRequest]) {
        self.target = target
        self.ports = ports
    }

    /// Publishes all of the ports, or none.
    ///
    /// - Returns: What was published.
    /// - Throws: `CNIError`, or an error of the layers below that `CNIError.init(describing:)` puts into CNI's words.
    package func run() throws -> [PublishedPort] {
        let host = try Host.open()
        let writer = try ProcessIdentity.current()
        let (store, entry) = try target.find(host: host, writer: writer)
        let attachment = try entry.requireAttachment()
        let firewall = try PublishTarget.firewall(of: attachment)
        let ports = ports.map { $0.withDefault(attachment.defaultHostAddress) }
        let check = PublishedPortCheck(network: Self.network(of: attachment), ports: ports)
        try check.refuseInternal()
        try check.refuseUnreachable()
        try check.refuseHeldByHost(except: attachment.key.container)

        var before: Attachment?
        do {
            let claimed = try Reclaim(writer: writer).retrying(of: attachment.key, store, host) {
                let obstacle = check.portHeldByHost
                return try store.changePorts(of: entry.row.key, to: .changing, writer: writer, obstacle: obstacle) {
                    before = try $0.requireAttachment()
                    return try Self.addition(of: ports, to: $0)
                }
            }
            let after = try claimed.requireAttachment()
            let added = Array(after.publishedPorts.dropFirst(before?.publishedPorts.count ?? 0))
            if let before { try apply(before, after, added, host, firewall, store) }
            guard try store.finish(claimed, writer: writer) else { throw PublishTarget.gone(attachment.key) }
            return added
        } catch {
            guard let before else { throw error }
            throw PortUndo(before: before, store: store, writer: writer, host: host).run(after: error)
        }
    }

    private static func addition(of ports: [PortRequest], to entry: StoreEntry) throws -> PortPlan {
        guard !entry.isBusy else { throw CNIError(.tryAgainLater, "another process works on \(entry.row.key)") }
        let attachment = try entry.requireAttachment()
        for port in ports.compactMap(\.fixed) {
            guard let present = attachment.publishedPorts.first(where: { $0.collides(with: port) }) else { continue }
            throw CNIError(.portTaken, "\(port) can't be published: \(attachment.key) publishes \(present) already")
        }
        return PortPlan(kept: attachment.publishedPorts, added: ports, attachment: attachment.publishing)
    }

    /// Rules first: `route_localnet` must not be on before its guard is there.
    private func apply(
        _ before: Attachment,
        _ after: Attachment,
        _ added: [PublishedPort],
        _ host: Host,
        _ firewall: any Firewall,
        _ store: Store
    ) throws {
        try firewall.attach(after.firewallPolicy, to: after.firewall.network) { try store.marks() }
        if after.link != before.link {
            let port = NetlinkChange.changeBridgePort(.name(after.hostInterface.name), after.link.portSettings)
            try host.socket.apply([port])
        }
        if after.answersAtLoopback, let bridge = try host.socket.link(named: after.bridge.name) {
            try BridgeSetup(bridge: after.bridge, families: after.families).routeLoopback(bridge)
        }
        // A flow that was here before goes on to the host otherwise.
        let connectionless = added.filter { $0.transport != .tcp }
        guard !connectionless.isEmpty else { return }
        try flushConntrack(ports: connectionless, addresses: [], families: after.families)
    }

    /// What the check of ports has to know of the network.
    private static func network(of attachment: Attachment) -> NetworkSpecification {
        var network = NetworkSpecification(
            forRemovalOf: attachment.key.network,
            settings: nil,
            defaults: NetworkDefaults()
        )
        network.addressing = .fixed(attachment.addresses)
        network.isInternal = attachment.firewall.network.isInternal
        network.defaultHostAddress = attachment.defaultHostAddress
        return network
    }
}
