package import PlumbAddress

/// What the firewall has to know of a container's attachment to a network.
package struct AttachmentPolicy: Hashable, Sendable, Codable {
    /// What its rules are found again by.
    package let mark: RuleMark

    /// The container's addresses; ports lead to the first one of each family.
    package let addresses: [IPAddress]

    package let ports: [PublishedPort]

    package init(mark: RuleMark, addresses: [IPAddress], ports: [PublishedPort]) {
        self.mark = mark
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
