import PlumbAddress
import PlumbAttachment
import PlumbNetlink

extension PathWalk {
    func client() -> Finding? {
        if facts.ends.input != nil, facts.ends.called.isLoopback {
            return .broken(
                "packets to \(facts.ends.called) never leave who sends them: from \(facts.ends.name) they don't reach this host",
                mending: [],
                advice: "Ask for the path --from localhost, or to an address that others reach the host by."
            )
        }
        // As ip6_forward() has it, whatever the routes.
        if facts.ends.input != nil, facts.target.family == .ipv6, facts.ends.client.isLinkLocal {
            return .broken(
                "packets from \(facts.ends.client) reach the host, but the kernel forwards none from a link's own addresses",
                mending: [],
                advice: "Let the client call from an address that is good beyond its link."
            )
        }
        guard let attachment = facts.ends.attachment, let fact = facts.client else { return nil }
        switch fact {
        case .hidden(let reason):
            return .unknown("\(facts.ends.name) can't be looked into: \(reason)")
        case .known(let client):
            return routed(client, attachment)
        }
    }

    /// Whether another container sends its packets to the host.
    private func routed(_ client: ClientFacts, _ attachment: Attachment) -> Finding {
        let name = facts.ends.name
        let called = facts.ends.called
        let gateway = attachment.bridge.gateways.first { $0.family == called.family }?.address
        func broken(_ words: String) -> Finding {
            if let rule = client.rule { return .broken("\(words), by the rule \"\(rule)\" in it", by: rule) }
            let sandbox = Inside(
                path: attachment.sandbox.path,
                interface: attachment.containerInterface.name,
                isDefaultGood: isGood(client.defaultRoute, client.link)
            )
            return .broken(words, mending: [routing(called, via: gateway, in: sandbox)])
        }
        switch client.route {
        case .leaves(let index, let gateway?, _) where index == client.link?.index && !isOfHost(gateway):
            return broken("\(name) sends packets to \(called) to \(gateway), which is not the host")
        case .leaves(let index, _, _) where index == client.link?.index:
            return .whole("\(name) has a route to \(called)")
        case .leaves:
            return .unknown("\(name) sends packets to \(called) by an interface that plumb has not made")
        case .local:
            return .broken(
                "\(name) takes \(called) for itself",
                mending: [],
                advice: "Take that address off the container."
            )
        case .refused(let errno):
            return broken("\(name) has no route to \(called): \(reasonText(errno))")
        }
    }
}

/// A sandbox, and how its packets leave it.
struct Inside {
    let path: String
    let interface: String

    /// Whether the default route leads to the host, so that it is another one which does not.
    let isDefaultGood: Bool
}

extension PathWalk {
    func isOfHost(_ address: IPAddress) -> Bool { facts.host.localAddresses.contains(address) }

    /// Whether a default route leads to the host by a link.
    func isGood(_ route: DefaultRoute?, _ link: Link?) -> Bool {
        guard let route, let gateway = route.gateway else { return false }
        return route.linkIndex == link?.index && isOfHost(gateway)
    }

    /// The command that sends a sandbox's packets for an address to a gateway.
    func routing(_ address: IPAddress, via gateway: IPAddress?, in sandbox: Inside) -> String {
        let destination = sandbox.isDefaultGood ? "\(Prefix(host: address))" : "default"
        let via = gateway.map { "\($0)" } ?? "ADDRESS-OF-THE-BRIDGE"
        let route = "\(ip) route replace \(destination) via \(via) dev \(sandbox.interface)"
        return "nsenter --net=\(sandbox.path) \(route)"
    }
}
