import PlumbAddress
import PlumbFirewall
import PlumbLinux
import PlumbSubnetStore

extension Planner {
    /// What the store has to hold for the attachment.
    func reservation(writer: ProcessIdentity, sharesPorts: Bool = false) -> Reservation {
        let sets: [RangeSet] =
            switch network.addressing {
            case .ranges(let sets): sets
            case .none, .fixed, .delegated: []
            }
        return Reservation(
            key: key,
            writer: writer,
            hostInterfaceCandidates: Self.hostInterfaceNames(key),
            rangeSets: sets,
            requestedAddresses: sets.isEmpty ? [] : request.values.addresses.map(\.address),
            ports: request.values.ports.compactMap(\.fixed?.reservation),
            openPorts: request.values.ports.filter(\.isOpen).map { $0.openPort(facts.localPorts) },
            sharesPorts: sharesPorts
        )
    }

    /// The addresses of an attachment: its leases, or what the configuration fixes.
    func addresses(for leases: [Lease]) -> [Attachment.Address] {
        if case .fixed(let addresses) = network.addressing { return addresses }
        return leases.map { Attachment.Address(prefix: $0.address, gateway: $0.gateway) }
    }

    /// What can be known of an attachment without a record: the names that are derived from its key.
    static func derived(
        _ key: AttachmentKey,
        hostInterface: String? = nil,
        network: NetworkSpecification
    ) -> Attachment {
        let request = AttachmentRequest(
            containerID: key.container,
            interfaceName: key.interface,
            sandboxPath: "",
            values: RuntimeValues()
        )
        var network = network
        network.name = key.network
        network.isGateway = true
        let planner = Planner(network: network, request: request, facts: HostFacts(bridge: nil))
        return planner.attachment(
            addresses: [],
            hostInterface: hostInterface ?? hostInterfaceNames(key)[0],
            sandbox: NamespaceIdentity(device: 0, inode: 0)
        )
    }
}

extension PublishedPort {
    /// What the port takes of the host.
    var reservation: PortReservation {
        PortReservation(transport: transport.rawValue, hostAddress: hostAddress, hostPorts: hostPorts)
    }
}

extension PortRequest {
    /// What there is to choose from for the port.
    ///
    /// Like Docker's, a choice among all ports goes round, one among some begins with the first of them.
    func openPort(_ local: LocalPorts) -> OpenPort {
        OpenPort(
            transport: transport.rawValue,
            hostAddress: hostAddress,
            count: count,
            range: hostPorts ?? local.range,
            exceptions: hostPorts == nil ? local.reserved : [],
            goesRound: hostPorts == nil
        )
    }
}

extension [PortRequest] {
    /// The ports as they are published, given the first of each that was left open.
    func published(chosen: [UInt16]) -> [PublishedPort] {
        var chosen = chosen.makeIterator()
        return map { port in
            if let fixed = port.fixed { return fixed }
            guard let first = chosen.next() else { preconditionFailure("nobody has chosen \(port)") }
            return port.published(from: first)
        }
    }
}
