package import PlumbAddress
package import PlumbLinux

/// All that a new attachment asks of the store.
package struct Reservation: Sendable {
    package let key: AttachmentKey

    /// The process that makes the attachment.
    package let writer: ProcessIdentity

    /// Names for the interface on the host: the first that no other attachment has is taken.
    package let hostInterfaceCandidates: [String]

    /// The range sets of the network, each of which gives one address; see `validateRangeSets(_:)`.
    package let rangeSets: [RangeSet]

    /// Addresses that must be these and no others; the sets that hold none of them give their next free one.
    package let requestedAddresses: [IPAddress]

    /// The ports of the host that the attachment publishes and that have to be these.
    package let ports: [PortReservation]

    /// The ports of the host that it publishes and that the store chooses.
    package let openPorts: [OpenPort]

    /// Whether ports may be published that other attachments of the same container publish already.
    package let sharesPorts: Bool

    package init(
        key: AttachmentKey,
        writer: ProcessIdentity,
        hostInterfaceCandidates: [String],
        rangeSets: [RangeSet],
        requestedAddresses: [IPAddress] = [],
        ports: [PortReservation] = [],
        openPorts: [OpenPort] = [],
        sharesPorts: Bool = false
    ) {
        precondition(!hostInterfaceCandidates.isEmpty, "an attachment needs a name for its interface on the host")
        self.key = key
        self.writer = writer
        self.hostInterfaceCandidates = hostInterfaceCandidates
        self.rangeSets = rangeSets
        self.requestedAddresses = requestedAddresses
        self.ports = ports
        self.openPorts = openPorts
        self.sharesPorts = sharesPorts
    }
}
