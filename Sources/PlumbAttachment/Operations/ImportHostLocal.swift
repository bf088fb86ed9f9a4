import Glibc
package import PlumbAddress
import PlumbCNI
import PlumbFirewall
import PlumbLinux
import PlumbNetlink
package import PlumbSubnetStore

/// Takes the leases of containers that live over from host-local's directory, so that a network can change to plumb
/// without stopping them: their addresses are not given out again, and DEL or the containers' death frees them.
package struct ImportHostLocal {
    /// What became of the directory's leases.
    package struct Report: Sendable {
        /// Recorded in plumb's store now.
        package var imported: [AttachmentKey] = []
        /// Recorded there before.
        package var known: [AttachmentKey] = []
        /// Addresses that no container of this machine has: left behind by the dead.
        package var stale: [IPAddress] = []
    }

    private let network: NetworkSpecification
    private let directory: HostLocalDirectory

    /// Makes the operation; `dataDirectory` is that of host-local's configuration, which holds a directory a network.
    package init(network: String, dataDirectory: String, stateDirectory: String) {
        var defaults = NetworkDefaults()
        defaults.stateDirectory = stateDirectory
        self.network = NetworkSpecification(forRemovalOf: network, settings: nil, defaults: defaults)
        self.directory = HostLocalDirectory(path: "\(dataDirectory)/\(network)")
    }

    /// Reads the directory, which stays as it is, and records what lives.
    ///
    /// - Throws: `CNIError` or an error of the layers below; nothing is recorded then.
    package func run() throws -> Report {
        let reservations: [HostLocalDirectory.Reservation]
        do throws(SystemError) {
            reservations = try directory.reservations()
        } catch {
            throw CNIError(
                .ioFailure,
                "host-local's directory \(directory.path) can't be read: \(error)",
                details: "Name the network with --network and its dataDir with --data-dir."
            )
        }
        let host = try Host.open()
        let writer = try ProcessIdentity.current()
        let live = try LiveAddresses.find(host)

        var report = Report()
        var found: [AttachmentKey: [LiveAddresses.Place]] = [:]
        for reservation in reservations {
            guard let place = live.places[reservation.address] else {
                report.stale.append(reservation.address)
                continue
            }
            let interface = reservation.interface ?? place.interface.name
            let key = AttachmentKey(network: network.name, container: reservation.container, interface: interface)
            found[key, default: []].append(place)
        }
        let attachments = try found.sorted { $0.key < $1.key }.map { try attachment($0, $1, host) }
        let adoptions = try attachments.map { try adoption(of: $0, writer: writer) }
        report.imported = try Store.open(network.stateDirectory, host: host)
            .adopt(adoptions, network: network.name)
        report.known = adoptions.map(\.key).filter { !report.imported.contains($0) }
        try mark(attachments, host)
        return report
    }

    /// Describes a foreign attachment as far as the kernel tells: enough to show it, to prove it dead and to remove it.
    private func attachment(
        _ key: AttachmentKey,
        _ places: [LiveAddresses.Place],
        _ host: Host
    ) throws -> Attachment {
        let place = places[0]
        let hostEnd = try place.interface.peerIndex.flatMap { try host.socket.link(index: $0) }
        let bridge = try hostEnd?.master.flatMap { try host.socket.link(index: $0) }
        let addresses = places.map { Attachment.Address(prefix: $0.prefix, gateway: nil) }
        let names = Planner.hostInterfaceNames(key)
        let port = try hostEnd.flatMap { try host.socket.bridgePort(named: $0.name) }
        return Attachment(
            key: key,
            sandbox: Attachment.Sandbox(path: place.sandboxPath, identity: place.sandbox),
            bridge: Bridge(
                name: bridge?.name ?? network.bridgeName,
                mac: bridge?.mac ?? MACAddress(rawValue: 0),
                mtu: bridge?.mtu ?? place.interface.mtu,
                gateways: [],
                replacesAddresses: false,
                promiscuous: false,
                removedWhenEmpty: false
            ),
            hostInterface: Attachment.Interface(
                name: hostEnd?.name ?? names[0],
                mac: hostEnd?.mac ?? MACAddress(rawValue: 0)
            ),
            containerInterface: Attachment.Interface(
                name: place.interface.name,
                mac: place.interface.mac ?? MACAddress(rawValue: 0)
            ),
            link: Attachment.Link(
                mtu: place.interface.mtu,
                hairpin: port?.hairpin ?? false,
                isolated: port?.isolated ?? false,
                refusesOtherMACs: false,
                detectsDuplicates: false
            ),
            addresses: addresses,
            routes: [],
            publishedPorts: [],
            firewall: FirewallPlan(
                backend: .none,
                network: Planner.derived(key, network: network).firewall.network,
                mark: Planner.mark(key, stateDirectory: network.stateDirectory)
            )
        )
    }

    private func adoption(of attachment: Attachment, writer: ProcessIdentity) throws -> Adoption {
        Adoption(
            key: attachment.key,
            writer: writer,
            hostInterface: attachment.hostInterface.name,
            addresses: attachment.addresses.map(\.prefix),
            record: try AttachmentRecord.encode(attachment)
        )
    }

    /// Gives the host ends the marks that plumb's own have, so that they are known even if the store is lost.
    private func mark(_ attachments: [Attachment], _ host: Host) throws(NetlinkError) {
        for attachment in attachments {
            let alias = LinkSettings(alias: VethPair(attachment: attachment).alias)
            do throws(NetlinkError) {
                try host.socket.apply([.changeLink(.name(attachment.hostInterface.name), alias)])
            } catch  where error.errno == ENODEV {
                // The container has died since it was looked at.
            }
        }
    }
}
