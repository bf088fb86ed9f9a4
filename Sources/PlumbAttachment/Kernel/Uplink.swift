package import PlumbAddress
import PlumbNetlink

/// A link of the host that leads to others.
package struct Uplink: Hashable, Sendable {
    package let name: String

    /// The host's addresses there, those of the link alone (fe80::/10) left out.
    package let addresses: [Prefix]

    /// The links that the default routes of both families lead by. Equivalent to: `ip route get ADDRESS`
    ///
    /// - Throws: `NetlinkError`
    package static func list() throws -> [Uplink] {
        let socket = try NetlinkSocket.open()
        var uplinks: [Uplink] = []
        for elsewhere in HostFacts.elsewhere {
            guard
                let route = try socket.routeTo(elsewhere),
                let link = try socket.link(index: route.linkIndex),
                !uplinks.contains(where: { $0.name == link.name })
            else { continue }
            let addresses = try socket.addresses(linkIndex: link.index).filter { !$0.address.isLinkLocal }
            uplinks.append(Uplink(name: link.name, addresses: addresses))
        }
        return uplinks
    }
}
