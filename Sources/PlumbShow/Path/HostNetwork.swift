import PlumbAddress
import PlumbAttachment
import PlumbFirewall
import PlumbNetlink
import PlumbSubnetStore

/// The host's links, with what tells which of them leads from a client to a published port.
struct HostNetwork {
    let question: PathQuestion
    let target: PathTarget
    let attachments: [Attachment]
    let links: [Link]
    let addresses: [Int: [Prefix]]
    let defaultRoute: DefaultRoute?

    /// Where the host sends packets to the client; nil for one that is not known by its address.
    let wayToClient: RouteAnswer?

    private var family: AddressFamily { target.family }

    /// Who calls whom.
    ///
    /// - Throws: `PathError`
    func ends() throws(PathError) -> PathEnds {
        switch question.client {
        case .lan:
            guard let uplink else { throw noUplink }
            let client = try neighbour(uplink)
            return outside(client, by: uplink.link, at: uplink, name: "the LAN (\(client))")
        case .host:
            return try host(nil)
        case .localhost:
            // Who calls an address of the host's from there calls from that address.
            return question.port.address?.isLoopback == false ? try host(nil) : localhost
        case .address(let address):
            return try ends(from: address)
        case .container(let name):
            return try container(try target.client(named: name, among: attachments), nil)
        }
    }

    /// Who calls from an address: the host itself, a container, or somebody beyond the link that leads back there.
    private func ends(from client: IPAddress) throws(PathError) -> PathEnds {
        if client.isLoopback { return localhost }
        if addresses.values.joined().contains(where: { $0.address == client }) { return try host(client) }
        let owners = attachments.filter { $0.addresses.contains { $0.prefix.address == client } }
        if let owner = owners.first(where: { $0.key.network == target.attachment.key.network }) ?? owners.first {
            return try container(owner, client)
        }
        guard let input = linkToClient ?? uplink?.link, let called = holder(input) ?? uplink else { throw noUplink }
        return outside(client, by: input, at: called, name: "\(client)")
    }

    private func outside(_ client: IPAddress, by input: Link, at called: Holder, name: String) -> PathEnds {
        PathEnds(
            name: name,
            client: client,
            called: address(called, for: client),
            input: input.name,
            attachment: nil
        )
    }

    /// The host, which calls from the address that it calls unless from another of its own.
    private func host(_ client: IPAddress?) throws(PathError) -> PathEnds {
        guard let called = published ?? uplink?.prefixes.first?.address ?? client else { throw noUplink }
        let client = client ?? called
        return PathEnds(name: "the host (\(client))", client: client, called: called, input: nil, attachment: nil)
    }

    private var localhost: PathEnds {
        let loopback = IPAddress(family, number: family == .ipv4 ? 127 << 24 | 1 : 1)
        let called = question.port.address ?? loopback
        return PathEnds(name: "localhost", client: loopback, called: called, input: nil, attachment: nil)
    }

    /// The ends of a container that is attached more than once, by the interface that its packets leave by.
    ///
    /// - Throws: `PathError`
    func ends(_ ends: PathEnds, leavingBy interface: String) throws(PathError) -> PathEnds {
        guard let chosen = ends.attachment, let other = attachment(besides: chosen, interface) else { return ends }
        return try container(other, question.client.address)
    }

    /// Another attachment of the same container, by its interface in the container.
    func attachment(besides attachment: Attachment, _ interface: String) -> Attachment? {
        guard attachment.containerInterface.name != interface else { return nil }
        return attachments.first {
            $0.key.container == attachment.key.container && $0.containerInterface.name == interface
                && $0.families.contains(family)
        }
    }

    /// A container, which calls from its first address of the family unless from another.
    private func container(_ attachment: Attachment, _ client: IPAddress?) throws(PathError) -> PathEnds {
        let gateway = target.attachment.bridge.gateways.first { $0.family == family }?.address
        guard let called = publishedElsewhere ?? uplink?.prefixes.first?.address ?? gateway else { throw noUplink }
        let own = attachment.addresses.map(\.prefix.address).first { $0.family == family }
        guard let client = client ?? own else {
            preconditionFailure("only attachments with an address of the family are candidates")
        }
        let isItself = attachment.key.container == target.container
        return PathEnds(
            name: isItself ? "the container itself" : attachment.key.container,
            client: client,
            called: called,
            input: attachment.bridge.name,
            attachment: attachment
        )
    }
}

extension HostNetwork {
    /// A link with the addresses that it can be called at from elsewhere.
    private typealias Holder = (link: Link, prefixes: [Prefix])

    private var noUplink: PathError {
        PathError(
            "the host has no \(family.name) address on a network of its own",
            advice: "Ask for the path --from localhost or from a container."
        )
    }

    /// The link that packets of the LAN for the published address come in by: the one that has the address, or else that
    /// of the default route, or else the first that has an address; none of the containers' bridges.
    private var uplink: Holder? {
        let bridges = Set(attachments.map(\.bridge.name))
        let candidates = links.filter { !bridges.contains($0.name) }.compactMap(holder)
            .filter { candidate in !candidate.prefixes.contains { $0.address.isLoopback } }
        let called = question.port.address ?? target.published.hostAddress
        return candidates.first { candidate in candidate.prefixes.contains { $0.address == called } }
            ?? candidates.first { $0.link.index == defaultRoute?.linkIndex } ?? candidates.first
    }

    /// The link that the host sends packets for the client out by, by which those of the client come in.
    private var linkToClient: Link? {
        guard case .leaves(let index, _, _) = wayToClient else { return nil }
        return links.first { $0.index == index }
    }

    /// A link with its addresses of the family; nil if it has none.
    private func holder(_ link: Link) -> Holder? {
        let prefixes = (addresses[link.index] ?? []).filter { $0.family == family && !$0.address.isLinkLocal }
        return prefixes.isEmpty ? nil : (link, prefixes)
    }

    /// The address of the client on the LAN: the router's, who is there for sure, or else one of the subnet.
    private func neighbour(_ uplink: Holder) throws(PathError) -> IPAddress {
        if let route = defaultRoute, route.linkIndex == uplink.link.index, let gateway = route.gateway,
            !gateway.isLinkLocal
        {
            return gateway
        }
        let own = Set(uplink.prefixes.map(\.address))
        let neighbours =
            uplink.prefixes.compactMap { $0.firstAddress.advanced(by: 1) }
            + uplink.prefixes.compactMap { $0.firstAddress.advanced(by: 2) }
        guard let neighbour = neighbours.first(where: { !own.contains($0) }) else { throw noUplink }
        return neighbour
    }

    /// The address that a client elsewhere calls: the published one, or else the link's in the client's subnet.
    private func address(_ called: Holder, for client: IPAddress) -> IPAddress {
        if let publishedElsewhere { return publishedElsewhere }
        let near = called.prefixes.first { $0.contains(client) } ?? called.prefixes[0]
        return near.address
    }

    /// The address that the question names, or else the single one that the port is published at unless that is one of the
    /// host alone, such as 127.0.0.1.
    private var publishedElsewhere: IPAddress? {
        question.port.address ?? published.flatMap { $0.isLoopback ? nil : $0 }
    }

    /// The single address that the port is published at, if it is one.
    private var published: IPAddress? {
        (question.port.address ?? target.published.hostAddress).flatMap { $0.isUnspecified ? nil : $0 }
    }
}
