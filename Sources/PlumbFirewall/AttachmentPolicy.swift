package import PlumbAddress

/// What the firewall has to know of a container's attachment to a network.
package struct AttachmentPolicy: Hashable, Sendable, Codable {
    /// What its rules are found again by.
    package let mark: RuleMark

    /// The name of its link on the host, a port of the network's bridge.
    package let hostInterface: String

    /// The only source MAC address that may come in by that link; nil to let all in (`macspoofchk`).
    package let onlyMAC: MACAddress?

    /// The container's addresses; ports lead to the first one of each family.
    package let addresses: [IPAddress]

    package let ports: [PublishedPort]

    package init(
        mark: RuleMark,
        hostInterface: String,
        onlyMAC: MACAddress? = nil,
        addresses: [IPAddress],
        ports: [PublishedPort]
    ) {
        self.mark = mark
        self.hostInterface = hostInterface
        self.onlyMAC = onlyMAC
        self.addresses = addresses
        self.ports = ports
    }

    /// The address that published ports of the family lead to.
    func address(of family: AddressFamily) -> IPAddress? {
        addresses.first { $0.family == family }
    }

    /// The ports that are published in the family, which takes an address of it.
    func ports(of family: AddressFamily) -> [PublishedPort] {
        address(of: family) == nil ? [] : ports.filter { $0.applies(to: family) }
    }
}
