package import PlumbAddress
package import PlumbLinux

/// Why the store did not do what it was asked to; nothing of the call has been kept then.
package struct StoreError: Error, Hashable, Sendable {
    /// What stands against the call.
    package enum Kind: Hashable, Sendable {
        /// All addresses of a range set are given out.
        case exhausted(network: String, rangeSet: String, size: UInt128, used: Int)
        /// Somebody else has the address that was asked for.
        case addressTaken(IPAddress, holder: AttachmentKey)
        /// The address that was asked for is not the store's to give; the reason ends the sentence.
        case addressUnavailable(IPAddress, reason: String)
        /// Somebody else publishes the ports, or the reservation asks for them twice.
        case portTaken(PortReservation, holder: AttachmentKey)
        /// None of the ports that may be chosen is free, or no range of them is long enough.
        case portsExhausted(OpenPort)
        /// All names for the interface on the host belong to others; the holder is that of the last.
        case hostInterfaceTaken(String, holder: AttachmentKey)
        /// The attachment exists already.
        case alreadyAttached(StoredAttachment)
        /// There is no such attachment to change.
        case notAttached(AttachmentKey)
        /// A living process is about to remove the network's bridge.
        case networkLeaving(network: String, writer: ProcessIdentity)
        /// Others kept the store locked until the time was up.
        case busy(path: String)
        /// The directory or the file system does not serve; the text says what is wrong with it.
        case unusable(String)
        /// The database file is damaged.
        case corrupt(path: String, message: String)
        /// A later version of the program made the database file.
        case newer(path: String, version: Int, known: Int)
        /// An earlier version of the program made the database file, which this one can't use.
        case older(path: String, version: Int, known: Int)
        /// What SQLite reports beyond these, with its result code (`sqlite.org/rescode.html`).
        case sqlite(code: CInt, message: String)
    }

    package let kind: Kind

    init(_ kind: Kind) {
        self.kind = kind
    }
}

extension StoreError: CustomStringConvertible {
    package var description: String {
        switch kind {
        case .exhausted(let network, let rangeSet, let size, let used):
            "no address is free in \(rangeSet) of network \(network): \(used) of \(size) are in use"
        case .addressTaken(let address, let holder):
            "address \(address) is in use by \(holder)"
        case .addressUnavailable(let address, let reason):
            "address \(address) can't be given out: \(reason)"
        case .portTaken(let port, let holder):
            port.hostPorts.count == 1
                ? "host port \(port) is published by \(holder)" : "host ports \(port) are published by \(holder)"
        case .portsExhausted(let port):
            port.count == 1
                ? "no host port is free in \(port)" : "no \(port.count) host ports in a row are free in \(port)"
        case .hostInterfaceTaken(let name, let holder):
            "host interface \(name) belongs to \(holder)"
        case .alreadyAttached(let attachment):
            "\(attachment.key) is in the store already, as \(attachment.state.rawValue)"
        case .notAttached(let key):
            "\(key) is not in the store"
        case .networkLeaving(let network, let writer):
            "process \(writer.pid) is removing network \(network)"
        case .busy(let path):
            "other processes have kept the subnet store \(path) locked for too long"
        case .unusable(let problem):
            problem
        case .corrupt(let path, let message):
            """
            the subnet store \(path) is damaged (\(message)), so no address is given out from it; stop the containers \
            that have addresses of it, then remove the file, and a new one is made
            """
        case .newer(let path, let version, let known):
            "the subnet store \(path) has schema version \(version), but this program knows up to \(known)"
        case .older(let path, let version, let known):
            """
            the subnet store \(path) has schema version \(version) of an earlier program, but this one needs \(known); \
            stop the containers that have addresses of it, then remove the file, and a new one is made
            """
        case .sqlite(let code, let message):
            "SQLite failed on the subnet store: \(message) (result code \(code))"
        }
    }
}
