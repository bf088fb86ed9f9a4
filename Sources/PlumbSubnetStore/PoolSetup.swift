import PlumbAddress

extension RangeSets {
    /// The pools of the sets in their order, made anew if the network's definition is another one than theirs.
    ///
    /// Sets must have passed `validateRangeSets(_:)`: two pools with the same address would both give it out.
    func pools(of network: String, _ database: borrowing Database) throws(StoreError) -> [Pool] {
        let definitions = sets.map(Self.definition)
        let pools = try database.all(.poolsOfNetwork, .text(network), read: Pool.init(row:))
        guard pools.map(\.definition) != definitions else { return pools }

        try database.removePools(pools, of: network)
        var rebuilt: [Pool] = []
        for (position, set) in sets.enumerated() {
            let cursor = pools.indices.contains(position) ? pools[position].cursor : nil
            let pool = try addPool(of: network, position, definitions[position], cursor, database)
            for range in set { try fill(pool, with: range.range, of: network, database) }
            rebuilt.append(pool)
        }
        for gateway in gateways {
            try database.run(.disownLease, .text(network), .address(gateway))
        }
        return rebuilt
    }

    private func addPool(
        of network: String,
        _ position: Int,
        _ definition: String,
        _ cursor: IPAddress?,
        _ database: borrowing Database
    ) throws(StoreError) -> Pool {
        let kept = cursor?.family == sets[position][0].subnet.family ? cursor : nil
        try database.run(
            .addPool,
            .text(network),
            .integer(Int64(position)),
            .text(definition),
            kept.map { .address($0) } ?? .null
        )
        return Pool(id: database.lastInsertedRow, definition: definition, cursor: kept)
    }

    /// Makes the intervals of a range, without the gateways and what attachments of the network hold, and lets the pool
    /// have the latter when they are given back.
    private func fill(
        _ pool: Pool,
        with range: AddressRange,
        of network: String,
        _ database: borrowing Database
    ) throws(StoreError) {
        let size = Int64(range.first.family.bitWidth / 8)
        let (first, last) = (Value.address(range.first), Value.address(range.last))
        let leased = try database.all(.leasesBetween, .text(network), first, last, .integer(size)) {
            row throws(StoreError) in try row.address(0)
        }
        try database.run(.adoptLeases, .integer(pool.id), .text(network), first, last, .integer(size))

        let blocked = (leased + gateways.filter(range.contains)).sorted()
        let addFree = try database.prepare(.addFree)
        for gap in gaps(in: range, without: blocked) {
            try addFree.run([.integer(pool.id), .address(gap.first), .address(gap.last)])
        }
    }
}

extension Database {
    /// Removes the pools of a network; its leases stay, and go back to nowhere until pools are made again.
    func removePools(_ pools: [Pool], of network: String) throws(StoreError) {
        for pool in pools {
            try run(.removeAllFree, .integer(pool.id))
            try run(.removePool, .integer(pool.id))
        }
        try run(.forgetPools, .text(network))
    }
}

extension Pool {
    /// Reads a pool from a row with the columns `id`, `definition` and `cursor`.
    init(row: borrowing Statement) throws(StoreError) {
        id = row.integer(0)
        definition = try row.text(1)
        cursor = row.isNull(2) ? nil : try row.address(2)
    }
}
