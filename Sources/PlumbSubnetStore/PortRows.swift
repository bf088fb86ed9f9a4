extension Database {
    /// Reserves the ports that an attachment publishes; those of its container's other attachments don't conflict if the
    /// container is named.
    ///
    /// - Throws: `StoreError` of kind `portTaken` that names the ports which the first conflict is about.
    func addPorts(
        _ ports: [PortReservation],
        to attachment: Int64,
        sharedBy container: String? = nil
    ) throws(StoreError) {
        guard !ports.isEmpty else { return }
        var table = try PortTable.open(self, transports: Set(ports.map(\.transport)))
        for port in ports {
            if let conflict = try table.conflict(port, for: attachment, sharedBy: container) {
                throw StoreError(.portTaken(port.limited(to: conflict.ports), holder: conflict.holder))
            }
            try table.add(port, to: attachment)
        }
    }

    /// Chooses and reserves ports for an attachment that has its others already.
    ///
    /// `obstacle` names a port of a range that can't be used although nobody has reserved it.
    ///
    /// - Returns: The first port of each.
    /// - Throws: `StoreError` of kind `portsExhausted`, or what `obstacle` throws.
    func choosePorts(
        _ ports: [OpenPort],
        for attachment: Int64,
        obstacle: (PortReservation) throws -> UInt16?
    ) throws -> [UInt16] {
        guard !ports.isEmpty else { return [] }
        var table = try PortTable.open(self, transports: Set(ports.map(\.transport)))
        var chosen: [UInt16] = []
        for port in ports {
            let last = port.goesRound ? try first(.portCursor, .text(port.transport)) { $0.integer(0) } : nil
            let search = port.searched(after: last.flatMap(UInt16.init(exactly:)))
            guard let choice = try table.choose(port, in: search, for: attachment, obstacle: obstacle) else {
                throw StoreError(.portsExhausted(port))
            }
            try table.add(choice, to: attachment)
            if port.goesRound {
                try run(.setPortCursor, .text(port.transport), .integer(Int64(choice.hostPorts.upperBound)))
            }
            chosen.append(choice.hostPorts.lowerBound)
        }
        return chosen
    }
}

extension PortTable {
    /// Finds the first ports of some ranges that nobody has.
    ///
    /// Whoever stands in the way is passed as a whole, so the search takes a step for each and not for each port.
    fileprivate func choose(
        _ port: OpenPort,
        in ranges: [ClosedRange<Int>],
        for attachment: Int64,
        obstacle: (PortReservation) throws -> UInt16?
    ) throws -> PortReservation? {
        for range in ranges {
            var next = range.lowerBound
            while next + Int(port.count) - 1 <= range.upperBound {
                let candidate = port.reservation(from: UInt16(next))
                if let conflict = try conflict(candidate, for: attachment) {
                    next = Int(conflict.ports.upperBound) + 1
                } else if let port = try obstacle(candidate) {
                    next = Int(port) + 1
                } else {
                    return candidate
                }
            }
        }
        return nil
    }
}

extension PortReservation {
    /// The part of the reservation whose ports are among others.
    fileprivate func limited(to ports: ClosedRange<UInt16>) -> PortReservation {
        PortReservation(transport: transport, hostAddress: hostAddress, hostPorts: hostPorts.clamped(to: ports))
    }
}
