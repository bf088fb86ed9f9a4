import PlumbAddress
import PlumbAttachment
import PlumbFirewall
import PlumbNetlink
import PlumbSubnetStore

/// The host's links without the containers' bridges, with what tells which of them leads to the LAN.
struct HostNetwork {
    let links: [Link]
    let addresses: [Int: [Prefix]]
    let defaultRoute: DefaultRoute?

    /// Who calls whom.
    ///
    /// - Throws: `PathError`
    func ends(
        _ question: PathQuestion,
        _ target: PathTarget,
        _ attachments: [Attachment]
    ) throws(PathError) -> PathEnds {
        let family = target.family
        let uplink = uplink(family, publishedAt: question.port.address ?? target.published.hostAddress)
        switch question.client {
        case .lan, .outside:
            guard let uplink else { throw Self.noUplink(family) }
            let client = try client(question.client, uplink, family)
            let called = address(uplink, for: client, target, question)
            return PathEnds(
                name: question.client == .lan ? "the LAN (\(client))" : "\(client)",
                client: client,
                called: called,
                input: uplink.link.name,
                attachment: nil
            )
        case .host:
            guard let called = published(target, question) ?? uplink?.prefixes.first?.address else {
                throw Self.noUplink(family)
            }
            return PathEnds(name: "the host (\(called))", client: called, called: called, input: nil, attachment: nil)
        case .localhost:
            let loopback = IPAddress(family, number: family == .ipv4 ? 127 << 24 | 1 : 1)
            return PathEnds(name: "localhost", client: loopback, called: loopback, input: nil, attachment: nil)
        case .container(let name):
            let attachment = try target.client(named: name, among: attachments)
            let gateway = target.attachment.bridge.gateways.first { $0.family == family }?.address
            // A container's 127.0.0.1 is its own.
            let published = published(target, question).flatMap { $0.isLoopback ? nil : $0 }
            guard let called = published ?? uplink?.prefixes.first?.address ?? gateway else {
                throw Self.noUplink(family)
            }
            return container(attachment, called, target)
        }
    }

    private func container(_ attachment: Attachment, _ called: IPAddress, _ target: PathTarget) -> PathEnds {
        guard
            let client = attachment.addresses.map(\.prefix.address).first(where: { $0.family == target.family })
        else { preconditionFailure("only attachments with an address of the family are candidates") }
        let isItself = attachment.key.container == target.container
        return PathEnds(
            name: isItself ? "the container itself" : attachment.key.container,
            client: client,
            called: called,
            input: attachment.bridge.name,
            attachment: attachment
        )
    }

    private typealias Uplink = (link: Link, prefixes: [Prefix])

    private static func noUplink(_ family: AddressFamily) -> PathError {
        PathError(
            "the host has no \(family == .ipv4 ? "IPv4" : "IPv6") address on a network of its own",
            advice: "Ask for the path --from localhost or from a container."
        )
    }

    /// The link that packets for the published address come in by: the one that has the address, or else that of the
    /// default route, or else the first that has an address.
    private func uplink(_ family: AddressFamily, publishedAt address: IPAddress?) -> Uplink? {
        let candidates = links.compactMap { link -> Uplink? in
            let prefixes = (addresses[link.index] ?? []).filter { $0.family == family && !$0.address.isLinkLocal }
            return prefixes.isEmpty || prefixes.contains { $0.address.isLoopback } ? nil : (link, prefixes)
        }
        let holder = candidates.first { candidate in candidate.prefixes.contains { $0.address == address } }
        return holder ?? candidates.first { $0.link.index == defaultRoute?.linkIndex } ?? candidates.first
    }

    /// The address of the client on the LAN: the router's, who is there for sure, or else one of the subnet.
    private func client(
        _ client: PathQuestion.Client,
        _ uplink: Uplink,
        _ family: AddressFamily
    ) throws(PathError) -> IPAddress {
        if case .outside(let address) = client {
            guard address.family == family else {
                throw PathError(
                    "--from: \(address) is not of the family in which the port is looked at",
                    advice: "Give an address of the other family, or --ipv6."
                )
            }
            return address
        }
        if let route = defaultRoute, route.linkIndex == uplink.link.index, let gateway = route.gateway,
            !gateway.isLinkLocal
        {
            return gateway
        }
        let own = Set(uplink.prefixes.map(\.address))
        let neighbours =
            uplink.prefixes.compactMap { $0.firstAddress.advanced(by: 1) }
            + uplink.prefixes.compactMap { $0.firstAddress.advanced(by: 2) }
        guard let neighbour = neighbours.first(where: { !own.contains($0) }) else { throw Self.noUplink(family) }
        return neighbour
    }

    /// The address that a client on the LAN calls: the published one, or else the host's in the client's subnet.
    private func address(
        _ uplink: Uplink,
        for client: IPAddress,
        _ target: PathTarget,
        _ question: PathQuestion
    ) -> IPAddress {
        if let address = published(target, question), !address.isLoopback { return address }
        let near = uplink.prefixes.first { $0.contains(client) } ?? uplink.prefixes[0]
        return near.address
    }

    /// The single address that the port is published at, if it is one.
    private func published(_ target: PathTarget, _ question: PathQuestion) -> IPAddress? {
        (question.port.address ?? target.published.hostAddress).flatMap { $0.isUnspecified ? nil : $0 }
    }
}
