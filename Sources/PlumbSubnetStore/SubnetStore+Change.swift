package import PlumbLinux

extension SubnetStore {
    /// Tells how far the work on an attachment has come and who does it; a record of nil leaves that as it is.
    ///
    /// - Throws: `StoreError` of kind `notAttached` if there is no such attachment.
    package func setState(
        _ state: AttachmentState,
        of key: AttachmentKey,
        writer: ProcessIdentity,
        record: String? = nil
    ) throws(StoreError) {
        let name: [Value] = [.text(key.network), .text(key.container), .text(key.interface)]
        let change: [Value] = [.text(state.rawValue), .integer(Int64(writer.pid)), .integer(writer.storedStart)]
        try write { database throws(StoreError) in
            if let record {
                try database.prepare(.setStateAndRecord).run(change + [.text(record)] + name)
            } else {
                try database.prepare(.setState).run(change + name)
            }
            guard database.changedRows == 1 else { throw StoreError(.notAttached(key)) }
        }
    }

    /// Sets the state of an attachment, unless another process has done so since its row was read.
    ///
    /// - Returns: Whether the attachment was still as in the row.
    package func setState(
        _ state: AttachmentState,
        of row: StoredAttachment,
        writer: ProcessIdentity
    ) throws(StoreError) -> Bool {
        let (key, last) = (row.key, row.writer)
        let change: [Value] = [.text(state.rawValue), .integer(Int64(writer.pid)), .integer(writer.storedStart)]
        let name: [Value] = [.text(key.network), .text(key.container), .text(key.interface)]
        let from: [Value] = [.text(row.state.rawValue), .integer(Int64(last.pid)), .integer(last.storedStart)]
        return try write { database throws(StoreError) in
            try database.prepare(.setStateFrom).run(change + name + from)
            return database.changedRows == 1
        }
    }

    /// Changes the ports that an attachment publishes, its record, which names them, and its state, in one transaction.
    ///
    /// `change` gets the attachment as it is now. What it keeps may be shared with other attachments of the container.
    /// `obstacle` is that of `reserve`.
    ///
    /// - Returns: The attachment as it is from then on.
    /// - Throws: `StoreError` of kind `portTaken` or `portsExhausted`, or `notAttached` if there is no such attachment;
    ///   what `obstacle` or `change` throws.
    @discardableResult
    package func changePorts(
        of key: AttachmentKey,
        to state: AttachmentState,
        writer: ProcessIdentity,
        obstacle: (PortReservation) throws -> UInt16? = { _ in nil },
        change: (StoredAttachment) throws -> PortChange
    ) throws -> StoredAttachment {
        try write(
            reporting: { $0 as any Error },
            body: { database throws(any Error) in
                guard let present = try database.attachment(key), let number = try database.number(of: key) else {
                    throw StoreError(.notAttached(key))
                }
                let change = try change(present)
                try database.run(.removePorts, .integer(number))
                try database.addPorts(change.kept, to: number, sharedBy: key.container)
                try database.addPorts(change.added, to: number)
                let chosen = try database.choosePorts(change.open, for: number, obstacle: obstacle)
                let record = try change.record(chosen)
                try database.run(
                    .setStateAndRecord,
                    .text(state.rawValue),
                    .integer(Int64(writer.pid)),
                    .integer(writer.storedStart),
                    .text(record),
                    .text(key.network),
                    .text(key.container),
                    .text(key.interface)
                )
                guard let changed = try database.attachment(key) else { throw StoreError(.notAttached(key)) }
                return changed
            }
        )
    }

    /// Forgets attachments with their leases and ports, in one transaction; it does not matter if some are absent.
    package func release(_ keys: [AttachmentKey]) throws(StoreError) {
        try write { database throws(StoreError) in
            for key in keys {
                guard let attachment = try database.number(of: key) else { continue }
                try database.returnLeases(of: attachment)
                try database.run(.removePorts, .integer(attachment))
                try database.run(.removeAttachment, .integer(attachment))
            }
        }
    }

    /// Marks a network as being removed, if it has no attachment left, so that nobody attaches to it meanwhile.
    ///
    /// The mark of a dead process does not count; `endNetworkRemoval(_:)` wipes it.
    ///
    /// - Returns: Whether the caller is to remove the network now: nobody else uses or removes it.
    package func beginNetworkRemoval(_ network: String, writer: ProcessIdentity) throws(StoreError) -> Bool {
        try write { database throws(StoreError) in
            let used = try database.first(.anyAttachmentOfNetwork, .text(network)) { _ in true } ?? false
            guard !used else { return false }
            let other = try database.leavingWriter(of: network)
            if let other, other != writer, other.isAlive { return false }
            try database.run(.markLeaving, .text(network), .integer(Int64(writer.pid)), .integer(writer.storedStart))
            return true
        }
    }

    /// Wipes the mark that `beginNetworkRemoval(_:writer:)` has made.
    ///
    /// The network's cursors stay, so that a network made again does not begin with the addresses used last.
    package func endNetworkRemoval(_ network: String) throws(StoreError) {
        try write { database throws(StoreError) in try database.run(.unmarkLeaving, .text(network)) }
    }
}
