import PlumbAddress

/// The free addresses of one range set of a network: intervals in the database, and a cursor at the address given out
/// last.
///
/// Intervals are found by their upper ends, so that each step is one search of an index, however many there are.
struct Pool {
    /// The number of its row.
    let id: Int64

    /// The ranges as text, from when the intervals were made of them.
    let definition: String

    /// The address given out last.
    let cursor: IPAddress?

    /// Gives out the next free address beyond the cursor, from the start if there is none; nil if none is free.
    ///
    /// So an address that was given back waits until the cursor comes by again.
    func takeNext(_ database: borrowing Database) throws(StoreError) -> IPAddress? {
        guard let interval = try nextInterval(database) else { return nil }
        var address = interval.first
        if let next = cursor?.advanced(by: 1), interval.contains(next) { address = next }
        try carve(address, of: interval, database)
        return address
    }

    /// Gives out one address; false if it is not free.
    func take(_ address: IPAddress, _ database: borrowing Database) throws(StoreError) -> Bool {
        let found = try database.first(.twoFreeFrom, .integer(id), .address(address), read: Self.interval)
        guard let interval = found, interval.contains(address) else { return false }
        try carve(address, of: interval, database)
        return true
    }

    /// Makes an address of the pool with a row's number free again and joins it to the intervals on both sides.
    static func giveBack(
        _ address: IPAddress,
        to id: Int64,
        _ database: borrowing Database
    ) throws(StoreError) {
        let before = address.advanced(by: -1)
        let after = address.advanced(by: 1)
        let near = try database.all(.twoFreeFrom, .integer(id), .address(before ?? address), read: interval)
        let lower = near.first { $0.last == before }
        let upper = near.first { $0.first == after }
        switch (lower, upper) {
        case (let lower?, let upper?):
            try database.run(.removeFree, .integer(id), .address(lower.last))
            try database.run(.setLow, .address(lower.first), .integer(id), .address(upper.last))
        case (let lower?, nil):
            try database.run(.setHigh, .address(address), .integer(id), .address(lower.last))
        case (nil, let upper?):
            try database.run(.setLow, .address(address), .integer(id), .address(upper.last))
        case (nil, nil):
            try database.run(.addFree, .integer(id), .address(address), .address(address))
        }
    }

    /// Reads an interval from a row with the columns `low` and `high`.
    static func interval(_ row: borrowing Statement) throws(StoreError) -> AddressRange {
        guard let interval = AddressRange(try row.address(0), try row.address(1)) else {
            throw row.damage(1, "the upper end of an interval")
        }
        return interval
    }

    private func nextInterval(_ database: borrowing Database) throws(StoreError) -> AddressRange? {
        if let cursor {
            let beyond = try database.first(.firstFreeBeyond, .integer(id), .address(cursor), read: Self.interval)
            if let beyond { return beyond }
        }
        return try database.first(.firstFree, .integer(id), read: Self.interval)
    }

    /// Takes an address out of its interval, which becomes shorter, two or none, and moves the cursor there.
    private func carve(
        _ address: IPAddress,
        of interval: AddressRange,
        _ database: borrowing Database
    ) throws(StoreError) {
        let below = address.advanced(by: -1).flatMap { AddressRange(interval.first, $0) }
        let above = address.advanced(by: 1).flatMap { AddressRange($0, interval.last) }
        switch (below, above) {
        case (let below?, let above?):
            try database.run(.addFree, .integer(id), .address(below.first), .address(below.last))
            try database.run(.setLow, .address(above.first), .integer(id), .address(above.last))
        case (let below?, nil):
            try database.run(.setHigh, .address(below.last), .integer(id), .address(interval.last))
        case (nil, let above?):
            try database.run(.setLow, .address(above.first), .integer(id), .address(above.last))
        case (nil, nil):
            try database.run(.removeFree, .integer(id), .address(interval.last))
        }
        try database.run(.setCursor, .address(address), .integer(id))
    }
}
