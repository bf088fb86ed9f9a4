package import PlumbAddress
package import PlumbLinux

/// An attachment that somebody else made and whose addresses are taken over.
package struct Adoption: Sendable {
    package let key: AttachmentKey

    /// The process that takes it over.
    package let writer: ProcessIdentity

    package let hostInterface: String

    /// The addresses, with the lengths of their subnets.
    package let addresses: [Prefix]

    /// The caller's record.
    package let record: String

    package init(
        key: AttachmentKey,
        writer: ProcessIdentity,
        hostInterface: String,
        addresses: [Prefix],
        record: String
    ) {
        self.key = key
        self.writer = writer
        self.hostInterface = hostInterface
        self.addresses = addresses
        self.record = record
    }
}

extension SubnetStore {
    /// Records attachments that exist already, as attached and with the addresses that they have.
    ///
    /// The next reservation on the network builds its pools anew, whatever its ranges are, and leaves these addresses
    /// out. What is recorded already stays as it is.
    ///
    /// - Returns: The keys that were not recorded before.
    /// - Throws: `StoreError` of kind `addressTaken` when somebody else has one of the addresses; nothing is kept then.
    package func adopt(_ adoptions: [Adoption], network: String) throws(StoreError) -> [AttachmentKey] {
        try write { database throws(StoreError) in
            var adopted: [AttachmentKey] = []
            for adoption in adoptions where try database.attachment(adoption.key) == nil {
                try database.adopt(adoption, network: network)
                adopted.append(adoption.key)
            }
            if !adopted.isEmpty {
                let pools = try database.all(.poolsOfNetwork, .text(network), read: Pool.init(row:))
                try database.removePools(pools, of: network)
            }
            return adopted
        }
    }
}

extension Database {
    fileprivate func adopt(_ adoption: Adoption, network: String) throws(StoreError) {
        let reservation = Reservation(
            key: adoption.key,
            writer: adoption.writer,
            hostInterfaceCandidates: [adoption.hostInterface],
            rangeSets: []
        )
        let attachment = try addAttachment(reservation, adoption.hostInterface, adoption.record, state: .attached)
        for (position, prefix) in adoption.addresses.enumerated() {
            let parameters: [Value] = [.text(network), .address(prefix.address)]
            if let holder = try prepare(.leaseHolder).first(parameters, read: AttachmentKey.init(row:)) {
                throw StoreError(.addressTaken(prefix.address, holder: holder))
            }
            try run(
                .addLease,
                .text(network),
                .address(prefix.address),
                .integer(attachment),
                .integer(Int64(prefix.length)),
                .null,
                .integer(Int64(position)),
                .null
            )
        }
    }
}
