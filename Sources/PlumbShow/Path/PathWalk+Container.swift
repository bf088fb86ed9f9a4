import PlumbAddress
import PlumbAttachment
import PlumbFirewall
import PlumbLinux
import PlumbNetlink

extension PathWalk {
    var inside: SandboxFacts? { facts.sandbox?.value }

    func enter(_ command: String) -> String {
        "nsenter --net=\(inside?.path ?? facts.attachment.sandbox.path) \(command)"
    }

    var eth: String { facts.attachment.containerInterface.name }

    func sandbox() -> Finding? {
        switch facts.sandbox {
        case nil:
            // Its end of the link would have gone with it.
            return .unknown(
                "the sandbox of \(facts.target.container) is alive, but neither at \(facts.attachment.sandbox.path) nor with "
                    + "any process inside, so it can't be looked into"
            )
        case .hidden(let reason):
            return .unknown("the sandbox can't be looked into: \(reason)")
        case .known(let sandbox):
            return .whole("the sandbox of \(facts.target.container) is alive at \(sandbox.path)")
        }
    }

    func interface() -> Finding? {
        guard let inside else { return nil }
        guard let link = inside.link else {
            return .broken("the container has no \(eth)", mending: [], advice: "Attach the container anew.")
        }
        guard link.isUp else {
            return .broken(
                "\(eth) is down in the container",
                mending: [enter("ip link set dev \(eth) up")] + missingRoutes
            )
        }
        let address = facts.attachment.addresses.map(\.prefix).first { $0.address == facts.target.address }
        guard inside.addresses.contains(where: { $0.address == facts.target.address }) else {
            let prefix = address ?? Prefix(host: facts.target.address)
            return .broken(
                "\(eth) in the container lacks the address \(prefix)",
                mending: [enter("ip address add \(prefix) dev \(eth)")] + missingRoutes
            )
        }
        return .whole("\(eth) in the container is up and has \(facts.target.address)")
    }

    /// The routes that the kernel has taken away with the address or the link, as commands.
    private var missingRoutes: [String] {
        facts.attachment.routes.filter { $0.destination.family == facts.target.family }.map { route in
            let via = route.gateway.map { " via \($0)" } ?? ""
            return enter("\(ip) route replace \(route.destination)\(via) dev \(eth)")
        }
    }

    func mtu() -> Finding? {
        guard let inside = inside?.link, let veth = facts.host.hostVeth, let bridge = facts.host.bridge else {
            return nil
        }
        let wanted = facts.attachment.link.mtu
        func setting(_ link: Link) -> [String] {
            link.mtu == wanted ? [] : ["ip link set dev \(link.name) mtu \(wanted)"]
        }
        if inside.mtu != veth.mtu {
            let (larger, smaller) = inside.mtu > veth.mtu ? (inside, veth) : (veth, inside)
            return .broken(
                "\(veth.name) has an MTU of \(veth.mtu) and \(inside.name) in the container one of \(inside.mtu): small "
                    + "packets pass, but those over \(smaller.mtu) bytes that \(larger.name) sends are lost without a word",
                mending: setting(veth) + setting(inside).map(enter)
            )
        }
        if bridge.mtu > veth.mtu {
            return .broken(
                "the bridge \(bridge.name) has an MTU of \(bridge.mtu) and its port \(veth.name) one of \(veth.mtu): "
                    + "packets over \(veth.mtu) bytes to the container are lost without a word",
                mending: ["ip link set dev \(bridge.name) mtu \(veth.mtu)"]
            )
        }
        return .whole("both ends of the link take packets of \(inside.mtu) bytes")
    }

    func neighbour() -> Finding? {
        let address = facts.target.address
        let bridge = facts.bridgeName
        let mac = inside?.link?.mac ?? facts.attachment.containerInterface.mac
        guard let neighbour = facts.host.neighbour else {
            return .whole("the host will ask for \(address) on \(bridge)")
        }
        if ["failed", "incomplete"].contains(neighbour.state) {
            return .broken(
                "nobody answers the host's question who has \(address) on \(bridge)",
                mending: ["ip neighbour replace \(address) lladdr \(mac) dev \(bridge) nud permanent"],
                advice: "Something between bridge and container keeps ARP or neighbour discovery out."
            )
        }
        guard neighbour.mac == mac else {
            return .broken(
                "the host takes \(neighbour.mac.map { "\($0)" } ?? "nobody") for \(address) on \(bridge), but the container "
                    + "has \(mac)",
                mending: ["ip neighbour del \(address) dev \(bridge)"]
            )
        }
        return .whole("the host knows \(address) on \(bridge) as \(mac)")
    }

    func listener() -> Finding? {
        guard let inside, !isDivertedInside else { return nil }
        let port = "\(facts.target.containerPort)/\(facts.target.transport.rawValue)"
        if facts.target.transport == .sctp {
            return .unknown("whether somebody listens at \(port) in the container can't be told of SCTP")
        }
        let sockets = inside.listeners.filter { $0.port == facts.target.containerPort }
        if sockets.contains(where: isReached) { return .whole("somebody listens at \(port) in the container") }
        let bound = sockets.compactMap { IPAddress(bytes: $0.address) }
        guard bound.isEmpty else {
            let ends = bound.map { endpoint($0, facts.target.containerPort) }.joined(separator: ", ")
            return .broken(
                "the server in the container listens at \(ends) alone, where nobody outside gets to",
                mending: [],
                advice:
                    "Let it listen at \(IPAddress(facts.target.family, number: 0)); many take that as --bind or --host."
            )
        }
        let others = Set(inside.listeners.map(\.port)).sorted().map { "\($0)" }.joined(separator: ", ")
        return .broken(
            "nobody listens at \(port) in the container"
                + (others.isEmpty ? "" : "; somebody does at \(others)"),
            mending: [],
            advice: "Start the server in the container, or publish the port that it listens at."
        )
    }

    /// Whether a socket gets what comes to the container's address: one of IPv6 may take IPv4 along, or not.
    private func isReached(_ socket: SocketTable.Listener) -> Bool {
        let wanted = facts.target.address.bytes
        if socket.address.allSatisfy({ $0 == 0 }) {
            return socket.address.count == wanted.count || inside?.isPortHeld == true
        }
        return socket.address.suffix(wanted.count).elementsEqual(wanted)
    }

    func wayBack() -> Finding? {
        guard let inside else { return nil }
        let route = routeBack(inside)
        return route.verdict == .broken ? route : answerInside(inside) ?? route
    }

    private func routeBack(_ inside: SandboxFacts) -> Finding {
        let client = seenClient
        switch inside.routes[client] {
        case .leaves(let index, let gateway, _) where inside.linkNames[index] == answering.containerInterface.name:
            guard let gateway, !isOfHost(gateway) else {
                return .whole("the container's answer to \(client) goes to \(gateway.map { "\($0)" } ?? "the bridge")")
            }
            return astray("sends its answers to \(client) to \(gateway), which is not the host")
        case .leaves:
            return astray("sends its answers to \(client) by another interface than \(eth)")
        case .local:
            return .broken(
                "the container takes \(client) for itself",
                mending: [],
                advice: "Take that address off the container."
            )
        case .refused, nil:
            return astray("has no route back to \(client)")
        }
    }

    private func astray(_ words: String) -> Finding {
        if let rule = inside?.rules[seenClient] {
            return .broken("the container \(words), by the rule \"\(rule)\" in it", by: rule)
        }
        let sandbox = Inside(
            path: inside?.path ?? facts.attachment.sandbox.path,
            interface: eth,
            isDefaultGood: isGood(inside?.defaultRoute, inside?.link)
        )
        return .broken("the container \(words)", mending: [routing(seenClient, via: facts.gateway, in: sandbox)])
    }
}
