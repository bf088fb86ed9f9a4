import PlumbAddress

extension Database {
    /// Adds the leases of an attachment.
    func addLeases(
        _ granted: [GrantedLease],
        to attachment: Int64,
        of network: String
    ) throws(StoreError) {
        for grant in granted {
            let lease = grant.lease
            try run(
                .addLease,
                .text(network),
                .address(lease.address.address),
                .integer(attachment),
                .integer(Int64(lease.address.length)),
                lease.gateway.map { .address($0) } ?? .null,
                .integer(Int64(lease.rangeSet)),
                .integer(grant.pool)
            )
        }
    }

    /// Removes the leases of an attachment and makes their addresses free, if a pool still wants them.
    func returnLeases(of attachment: Int64) throws(StoreError) {
        let leases = try all(.leasesOfAttachment, .integer(attachment)) { row throws(StoreError) in
            (address: try row.address(0), pool: row.isNull(1) ? nil : row.integer(1))
        }
        for case (let address, let pool?) in leases {
            try Pool.giveBack(address, to: pool, self)
        }
        try run(.removeLeases, .integer(attachment))
    }

    /// The error for an address that is not free: its holder has it.
    func taken(_ address: IPAddress, of network: String) throws(StoreError) -> StoreError {
        let holder = try first(.leaseHolder, .text(network), .address(address), read: AttachmentKey.init(row:))
        guard let holder else { return damage("address \(address) is neither free nor held") }
        return StoreError(.addressTaken(address, holder: holder))
    }

    /// The error for a pool that has nothing left.
    func exhausted(
        _ ranges: RangeSets,
        _ position: Int,
        _ pool: Pool,
        of network: String
    ) throws(StoreError) -> StoreError {
        let used = try used(of: pool, in: network)
        let names = ranges.sets[position].map(\.range.description).joined(separator: ", ")
        let size = ranges.size(of: position)
        return StoreError(.exhausted(network: network, rangeSet: names, size: size, used: used))
    }
}
