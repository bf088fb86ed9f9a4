package import PlumbAddress

/// An address of a link, to add or to remove.
package struct InterfaceAddress: Hashable, Sendable {
    /// The index of the link.
    package var linkIndex: Int

    /// The address with the prefix length of its subnet, such as `10.88.0.2/16`.
    package var prefix: Prefix

    /// Whether an IPv6 address is usable at once, without the second that asking for duplicates takes (`IFA_F_NODAD`).
    package var skipsDuplicateDetection: Bool

    package init(linkIndex: Int, prefix: Prefix, skipsDuplicateDetection: Bool = false) {
        self.linkIndex = linkIndex
        self.prefix = prefix
        self.skipsDuplicateDetection = skipsDuplicateDetection
    }
}

/// An address that the kernel reports of a link.
package struct AssignedAddress: Hashable, Sendable {
    /// The address with the prefix length of its subnet.
    package let prefix: Prefix

    /// Whether the kernel still asks for duplicates, so that nothing can be bound to it (`IFA_F_TENTATIVE`).
    package let isTentative: Bool

    /// Whether the kernel found a duplicate and will never use it (`IFA_F_DADFAILED`).
    package let isDuplicate: Bool
}
