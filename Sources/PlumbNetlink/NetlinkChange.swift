/// A change to the kernel's tables as data: planned first, applied with others in one batch.
package enum NetlinkChange: Hashable, Sendable {
    /// Creates a bridge, or is refused with EEXIST. Equivalent to: `ip link add NAME type bridge …`
    case createBridge(BridgeSettings)

    /// Creates a veth pair, or is refused with EEXIST; the kernel takes the pair back when the bridge refuses the port.
    ///
    /// Equivalent to: `ip link add NAME master BRIDGE up type veth peer name PEER netns SANDBOX`
    case createVeth(VethSettings)

    /// Changes what the settings name and leaves the rest. Equivalent to: `ip link set LINK …`
    case changeLink(LinkSelector, LinkSettings)

    /// Changes how a bridge treats one of its ports. Equivalent to: `ip link set LINK type bridge_slave …`
    case changeBridgePort(LinkSelector, BridgePortSettings)

    /// Removes a link and its peer, after a grace period of 14 to 30 ms. Equivalent to: `ip link delete LINK`
    case removeLink(LinkSelector)

    /// Removes all links of a group other than 0 after one grace period. Equivalent to: `ip link delete group GROUP`
    case removeLinks(group: UInt32)

    /// Adds an address, or is refused with EEXIST. Equivalent to: `ip address add PREFIX broadcast + dev LINK`
    case addAddress(InterfaceAddress)

    /// Removes an address, or is refused with EADDRNOTAVAIL. Equivalent to: `ip address delete PREFIX dev LINK`
    case removeAddress(InterfaceAddress)

    /// Adds a route, or is refused with EEXIST. Equivalent to: `ip route add PREFIX via GATEWAY dev LINK …`
    case addRoute(Route)

    /// Removes a route, or is refused with ESRCH. Equivalent to: `ip route delete PREFIX via GATEWAY dev LINK`
    case removeRoute(Route)
}

/// What a change of a link finds it by.
package enum LinkSelector: Hashable, Sendable, CustomStringConvertible {
    /// The interface index, from 1.
    case index(Int)
    /// The interface name.
    case name(String)

    package var description: String {
        switch self {
        case .index(let index): String(index)
        case .name(let name): name
        }
    }
}

extension NetlinkChange: CustomStringConvertible {
    /// The change as the first words of a sentence: `add address 10.88.0.2/16 to link 3`.
    package var description: String {
        switch self {
        case .createBridge(let bridge): "create bridge \(bridge.name)"
        case .createVeth(let veth): "create veth \(veth.name) with peer \(veth.peerName)"
        case .changeLink(let link, _): "change link \(link)"
        case .changeBridgePort(let link, _): "change bridge port \(link)"
        case .removeLink(let link): "remove link \(link)"
        case .removeLinks(let group): "remove links of group \(group)"
        case .addAddress(let address): "add address \(address.prefix) to link \(address.linkIndex)"
        case .removeAddress(let address): "remove address \(address.prefix) from link \(address.linkIndex)"
        case .addRoute(let route): "add route \(route)"
        case .removeRoute(let route): "remove route \(route)"
        }
    }
}
