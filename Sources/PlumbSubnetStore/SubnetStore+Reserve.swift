import Glibc
import PlumbAddress
import PlumbLinux

extension SubnetStore {
    /// Records an attachment as `attaching`, with its leases and ports: all of that in one transaction, or nothing.
    ///
    /// If the error is of kind `exhausted`, `addressTaken`, `portTaken`, `portsExhausted` or `hostInterfaceTaken`, the
    /// caller may look for holders that are dead, remove and release those and try again. Ranges that differ from those
    /// of the network's last reservation replace them, which takes time in proportion to the network's leases.
    /// `obstacle` names a port that can't be chosen although nobody has reserved it, as a process of the host holds it.
    /// `record` makes the attachment's record once it is known what the store has to give: the leases, the interface on
    /// the host, and the first port of each open one.
    ///
    /// - Returns: The leases, one for each range set in their order.
    /// - Throws: `StoreError`, or what `obstacle` or `record` throws.
    package func reserve(
        _ reservation: Reservation,
        obstacle: (PortReservation) throws -> UInt16? = { _ in nil },
        record: (_ leases: [Lease], _ hostInterface: String, _ chosenPorts: [UInt16]) throws -> String
    ) throws -> [Lease] {
        try write(
            reporting: { $0 as any Error },
            body: { database throws(any Error) in
                try refuseLeaving(reservation.key.network, database)
                if let present = try database.attachment(reservation.key) {
                    throw StoreError(.alreadyAttached(present))
                }
                let hostInterface = try chooseHostInterface(reservation, database)
                let granted = try grantLeases(reservation, database)
                let leases = granted.map(\.lease)
                // The rows of ports need the attachment's, and its record needs the ports.
                let attachment = try database.addAttachment(reservation, hostInterface, "")
                try database.addLeases(granted, to: attachment, of: reservation.key.network)
                let container = reservation.sharesPorts ? reservation.key.container : nil
                try database.addPorts(reservation.ports, to: attachment, sharedBy: container)
                let ports = try database.choosePorts(reservation.openPorts, for: attachment, obstacle: obstacle)
                let text = try record(leases, hostInterface, ports)
                try database.run(.setRecord, .text(text), .integer(attachment))
                return leases
            }
        )
    }

    /// Refuses to attach to a network whose bridge is being removed; a mark that a dead process left is wiped.
    private func refuseLeaving(_ network: String, _ database: borrowing Database) throws(StoreError) {
        guard let writer = try database.leavingWriter(of: network) else { return }
        guard !writer.isAlive else { throw StoreError(.networkLeaving(network: network, writer: writer)) }
        try database.run(.unmarkLeaving, .text(network))
    }

    private func chooseHostInterface(
        _ reservation: Reservation,
        _ database: borrowing Database
    ) throws(StoreError) -> String {
        var conflict: StoreError?
        for name in reservation.hostInterfaceCandidates {
            let holder = try database.first(.holderOfHostInterface, .text(name), read: AttachmentKey.init(row:))
            guard let holder else { return name }
            conflict = StoreError(.hostInterfaceTaken(name, holder: holder))
        }
        guard let conflict else { preconditionFailure("a reservation without a name for the interface on the host") }
        throw conflict
    }

    private func grantLeases(
        _ reservation: Reservation,
        _ database: borrowing Database
    ) throws(StoreError) -> [GrantedLease] {
        let ranges = RangeSets(sets: reservation.rangeSets)
        let requests = try ranges.assign(reservation.requestedAddresses)
        guard !ranges.sets.isEmpty else { return [] }
        let network = reservation.key.network
        let pools = try ranges.pools(of: network, database)
        var granted: [GrantedLease] = []
        for (position, pool) in pools.enumerated() {
            let address: IPAddress
            if let request = requests[position] {
                guard try pool.take(request, database) else { throw try database.taken(request, of: network) }
                address = request
            } else if let next = try pool.takeNext(database) {
                address = next
            } else {
                throw try database.exhausted(ranges, position, pool, of: network)
            }
            granted.append(try GrantedLease(ranges, position, address, pool, database))
        }
        return granted
    }
}

/// A lease with the pool that it goes back to.
struct GrantedLease {
    let lease: Lease
    let pool: Int64

    init(
        _ ranges: RangeSets,
        _ position: Int,
        _ address: IPAddress,
        _ pool: Pool,
        _ database: borrowing Database
    ) throws(StoreError) {
        guard
            let range = ranges.sets[position].first(where: { $0.range.contains(address) }),
            let prefix = Prefix(address, length: range.subnet.length)
        else {
            throw database.damage("address \(address) is free, but in no range of its set")
        }
        lease = Lease(address: prefix, gateway: range.gateway, rangeSet: position)
        self.pool = pool.id
    }
}

extension RangeSets {
    /// Which address is asked of each set, by the sets' positions.
    func assign(_ requested: [IPAddress]) throws(StoreError) -> [Int: IPAddress] {
        var assigned: [Int: IPAddress] = [:]
        let gateways = requested.isEmpty ? [] : gateways
        for address in requested {
            guard !gateways.contains(address) else {
                throw StoreError(.addressUnavailable(address, reason: "it is a gateway of the network"))
            }
            guard let found = range(holding: address) else {
                throw StoreError(.addressUnavailable(address, reason: "no range of the network holds it"))
            }
            if let other = assigned[found.position] {
                let reason = "\(other) is asked of the same range set, which gives one address only"
                throw StoreError(.addressUnavailable(address, reason: reason))
            }
            assigned[found.position] = address
        }
        return assigned
    }
}
