import PlumbAddress

/// The reserved ports of the host, as one transaction sees and changes them.
///
/// A range has a row for each family, and is looked for by its scale: ranges of scale n hold 2ⁿ to 2ⁿ⁺¹ - 1 ports. One
/// that has a port in common with others that end at port p therefore ends at most 2ⁿ⁺¹ - 2 behind p. As ranges at one
/// address keep clear of each other (but for what a container's own attachments share), no more than one that misses fits in there, so that each question takes a few steps
/// in the index of each scale in use, however many ports are reserved.
struct PortTable: ~Copyable {
    /// Somebody who has reserved some of the ports in question.
    struct Conflict {
        let holder: AttachmentKey
        /// All ports of the holder's reservation.
        let ports: ClosedRange<UInt16>
    }

    private let findHolder: Statement
    private let addPort: Statement

    /// The scales in use, for the transports that were asked for.
    private var scales: [String: [Int64]]

    private init(findHolder: consuming Statement, addPort: consuming Statement, scales: [String: [Int64]]) {
        self.findHolder = findHolder
        self.addPort = addPort
        self.scales = scales
    }

    /// Prepares for questions about some transports.
    static func open(_ database: borrowing Database, transports: Set<String>) throws(StoreError) -> PortTable {
        let nextScale = try database.prepare(.nextPortScale)
        var scales: [String: [Int64]] = [:]
        for transport in transports {
            var found: [Int64] = []
            while let next = try nextScale.first(
                [.text(transport), .integer(found.last ?? -1)],
                read: { $0.integer(0) }
            ) {
                found.append(next)
            }
            scales[transport] = found
        }
        let findHolder = try database.prepare(.portHolder)
        return PortTable(findHolder: findHolder, addPort: try database.prepare(.addPort), scales: scales)
    }

    /// The first in the table who has reserved one of the ports.
    ///
    /// Those of the attachment itself count; those of the other attachments of a container don't if it is named.
    func conflict(
        _ port: PortReservation,
        for attachment: Int64,
        sharedBy container: String? = nil
    ) throws(StoreError) -> Conflict? {
        let (low, high) = (Int64(port.hostPorts.lowerBound), Int64(port.hostPorts.upperBound))
        for address in port.addresses {
            // No container has an empty name.
            let place: [Value] = [
                .address(address), .address(IPAddress(address.family, number: 0)), .text(container ?? ""),
                .integer(attachment),
            ]
            for scale in scales[port.transport] ?? [] {
                let furthest = high + (Int64(2) << scale) - 2
                let ports: [Value] = [
                    .text(port.transport), .integer(scale), .integer(low), .integer(high), .integer(furthest),
                ]
                if let conflict = try findHolder.first(ports + place, read: Conflict.init(row:)) { return conflict }
            }
        }
        return nil
    }

    /// Adds ports of which no question has found a holder.
    mutating func add(_ port: PortReservation, to attachment: Int64) throws(StoreError) {
        let scale = port.scale
        for address in port.addresses {
            try addPort.run([
                .text(port.transport), .integer(scale), .integer(Int64(port.hostPorts.upperBound)), .address(address),
                .integer(attachment), .integer(Int64(port.hostPorts.lowerBound)),
            ])
        }
        if scales[port.transport]?.contains(scale) != true { scales[port.transport, default: []].append(scale) }
    }
}

extension PortTable.Conflict {
    /// Reads a conflict from a row with the holder's key, the lowest port and the highest.
    fileprivate init(row: borrowing Statement) throws(StoreError) {
        let (low, high) = (row.integer(3), row.integer(4))
        guard (1...65535).contains(low), (low...65535).contains(high) else { throw row.damage(3, "a range of ports") }
        self.init(holder: try AttachmentKey(row: row), ports: UInt16(low)...UInt16(high))
    }
}

extension PortReservation {
    /// The binary logarithm of the number of ports, rounded down.
    fileprivate var scale: Int64 { Int64(Int.bitWidth - 1 - hostPorts.count.leadingZeroBitCount) }

    /// The addresses that the rows of the reservation have; nil becomes the unspecified address of each family.
    fileprivate var addresses: [IPAddress] {
        hostAddress.map { [$0] } ?? AddressFamily.allCases.map { IPAddress($0, number: 0) }
    }
}
