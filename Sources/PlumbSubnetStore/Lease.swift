package import PlumbAddress

/// An address that an attachment holds.
package struct Lease: Hashable, Sendable, Codable {
    /// The address with its subnet's length, as the interface gets it.
    package let address: Prefix

    /// The gateway of the range that the address is from.
    package let gateway: IPAddress?

    /// The position of the range set that the address is from, when it was given out.
    package let rangeSet: Int

    package init(address: Prefix, gateway: IPAddress?, rangeSet: Int) {
        self.address = address
        self.gateway = gateway
        self.rangeSet = rangeSet
    }
}

/// A lease and who has it.
package struct HeldLease: Hashable, Sendable {
    package let holder: AttachmentKey
    package let lease: Lease
}
