import PlumbAddress
import PlumbCNI
import PlumbNetlink

/// How the container's end of an attachment differs from its record, or from what later plugins said of it.
struct ContainerSideDifferences {
    let attachment: Attachment
    let previous: CNIResult

    func list(_ inside: borrowing NetlinkSocket, hostSide: borrowing NetlinkSocket) throws -> [String] {
        let name = attachment.containerInterface.name
        guard let link = try inside.link(named: name) else { return ["\(name) is missing in the sandbox"] }
        var differences = try linkDifferences(link, hostSide)
        let addresses = try inside.addresses(linkIndex: link.index)
        for address in attachment.addresses where isStillWanted(address) && !addresses.contains(address.prefix) {
            differences.append("\(name) lacks the address \(address.prefix)")
        }
        var routes: [Route] = []
        for family in attachment.families { routes += try inside.routes(linkIndex: link.index, family: family) }
        for route in attachment.routes where isStillWanted(route) && !routes.contains(where: { $0.leads(as: route) }) {
            let gateway = route.gateway.map { " via \($0)" } ?? ""
            differences.append("the route to \(route.destination)\(gateway) is missing in the sandbox")
        }
        return differences
    }

    private func linkDifferences(_ link: Link, _ hostSide: borrowing NetlinkSocket) throws -> [String] {
        var differences: [String] = []
        if !link.isUp { differences.append("\(link.name) is down in the sandbox") }
        let stated = previous.interfaces.first { $0.name == link.name && !($0.sandbox ?? "").isEmpty }
        let mac = stated?.mac.flatMap { MACAddress($0) } ?? attachment.containerInterface.mac
        if link.mac != mac {
            differences.append("\(link.name) has the MAC \(link.mac.map(\.description) ?? "none"), not \(mac)")
        }
        let mtu = stated?.mtu ?? attachment.link.mtu
        if link.mtu != mtu { differences.append("\(link.name) has the MTU \(link.mtu), not \(mtu)") }
        if let host = try hostSide.link(named: attachment.hostInterface.name), host.index != link.peerIndex {
            differences.append("\(link.name) is not the peer of \(host.name)")
        }
        return differences
    }

    /// A later plugin may have taken an address or route away, and then says so by leaving it out.
    private func isStillWanted(_ address: Attachment.Address) -> Bool {
        previous.ips.isEmpty || previous.ips.contains { $0.address == address.prefix }
    }

    private func isStillWanted(_ route: Attachment.Route) -> Bool {
        previous.routes.contains { $0.destination == route.destination }
    }
}

extension Route {
    /// Whether the kernel's route is the one that a record asks for.
    fileprivate func leads(as route: Attachment.Route) -> Bool {
        destination == route.destination && gateway == route.gateway
    }
}
