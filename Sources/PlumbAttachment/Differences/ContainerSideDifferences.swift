import PlumbAddress
import PlumbCNI
import PlumbLinux
import PlumbNetlink

/// How the container's end of an attachment differs from its record, or from what later plugins said of it.
struct ContainerSideDifferences {
    let attachment: Attachment

    /// What the last plugin of the chain answered; nil where that is not known.
    ///
    /// Without it MAC and MTU are not compared, since a plugin such as `tuning` may have changed them on purpose.
    let previous: CNIResult?

    private var name: String { attachment.containerInterface.name }

    /// The differences in the order in which they can be mended; the thread is inside the sandbox.
    func differences(
        _ inside: borrowing NetlinkSocket,
        hostSide: borrowing NetlinkSocket
    ) throws -> [Difference] {
        guard let link = try inside.link(named: name) else {
            return [Difference("\(name) is missing in the sandbox")]
        }
        var differences = try loopbackDifferences(inside) + linkDifferences(link, hostSide)
        differences += try addressDifferences(link, inside)
        var routes: [Route] = []
        for family in attachment.families { routes += try inside.routes(linkIndex: link.index, family: family) }
        for route in attachment.routes where isStillWanted(route) && !routes.contains(where: { $0.leads(as: route) }) {
            let gateway = route.gateway.map { " via \($0)" } ?? ""
            let text = "the route to \(route.destination)\(gateway) is missing in the sandbox"
            differences.append(differs(text, .route(route, by: name)))
        }
        return differences
    }

    private func differs(_ text: String, _ remedies: Remedy...) -> Difference {
        Difference(text, remedies.map { $0.inside(attachment.sandbox.path) })
    }

    private func loopbackDifferences(_ inside: borrowing NetlinkSocket) throws -> [Difference] {
        guard let loopback = try inside.link(named: "lo"), !loopback.isUp else { return [] }
        return [differs("lo is down in the sandbox", .link("lo", LinkSettings(isUp: true)))]
    }

    private func linkDifferences(_ link: Link, _ hostSide: borrowing NetlinkSocket) throws -> [Difference] {
        var differences: [Difference] = []
        if !link.isUp {
            differences.append(differs("\(name) is down in the sandbox", .link(name, LinkSettings(isUp: true))))
        }
        if let previous { differences += propertyDifferences(link, previous) }
        if let host = try hostSide.link(named: attachment.hostInterface.name), host.index != link.peerIndex {
            differences.append(Difference("\(name) is not the peer of \(host.name)"))
        }
        return differences
    }

    private func propertyDifferences(_ link: Link, _ previous: CNIResult) -> [Difference] {
        var differences: [Difference] = []
        let stated = previous.interfaces.first { $0.name == name && !($0.sandbox ?? "").isEmpty }
        let mac = stated?.mac.flatMap { MACAddress($0) } ?? attachment.containerInterface.mac
        if link.mac != mac {
            let text = "\(name) has the MAC \(link.mac.map(\.description) ?? "none"), not \(mac)"
            differences.append(differs(text, .link(name, LinkSettings(mac: mac))))
        }
        let mtu = stated?.mtu ?? attachment.link.mtu
        if link.mtu != mtu {
            let text = "\(name) has the MTU \(link.mtu), not \(mtu)"
            differences.append(differs(text, .link(name, LinkSettings(mtu: mtu))))
        }
        return differences
    }

    private func addressDifferences(_ link: Link, _ inside: borrowing NetlinkSocket) throws -> [Difference] {
        let present = try inside.addresses(linkIndex: link.index)
        let missing = attachment.addresses.map(\.prefix).filter { isStillWanted($0) && !present.contains($0) }
        var differences: [Difference] = []
        let off = Sysctl("net/ipv6/conf/\(name)/disable_ipv6")
        if missing.contains(where: { $0.family == .ipv6 }), try off.read() == "1" {
            differences.append(differs("\(off) is 1 in the sandbox", .sysctl(off, "0")))
        }
        return differences
            + missing.map { prefix in
                let skips = !attachment.link.detectsDuplicates
                let remedy = Remedy.address(prefix, on: name, skipsDuplicateDetection: skips)
                return differs("\(name) lacks the address \(prefix)", remedy)
            }
    }

    /// A later plugin may have taken an address or route away, and then says so by leaving it out.
    private func isStillWanted(_ prefix: Prefix) -> Bool {
        guard let previous else { return true }
        return previous.ips.isEmpty || previous.ips.contains { $0.address == prefix }
    }

    private func isStillWanted(_ route: Attachment.Route) -> Bool {
        guard let previous else { return true }
        return previous.routes.contains { $0.destination == route.destination }
    }
}

extension Route {
    /// Whether the kernel's route is the one that a record asks for.
    fileprivate func leads(as route: Attachment.Route) -> Bool {
        destination == route.destination && gateway == route.gateway
    }
}
