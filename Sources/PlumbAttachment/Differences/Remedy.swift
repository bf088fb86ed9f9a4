import Glibc
import PlumbAddress
import PlumbLinux
import PlumbNetlink

/// A step that mends a difference, as data: `show` names it, repair takes it.
package struct Remedy: Hashable, Sendable {
    /// What a person would type for it.
    package let command: String

    /// What is to be done; several commands may stand for parts of one change.
    let change: Change

    /// A change in one namespace.
    ///
    /// Links go by their names, since one that another step makes has no index yet.
    enum Change: Hashable, Sendable {
        /// The bridge is made, or gets what it lacks.
        case bridge(BridgeSetup)
        /// The veth pair is made anew, with all that the sandbox needs of it.
        case pair
        /// The link is made a port of a bridge.
        case plug(link: String, bridge: String)
        case link(String, LinkSettings)
        case port(String, BridgePortSettings)
        case address(Prefix, link: String, skipsDuplicateDetection: Bool)
        case route(Attachment.Route, link: String)
        case forwarding(AddressFamily)
        case sysctl(Sysctl, String)
    }
}

extension Remedy {
    static func link(_ name: String, _ settings: LinkSettings) -> Remedy {
        Remedy(command: settings.command(for: name), change: .link(name, settings))
    }

    static func port(_ name: String, _ settings: BridgePortSettings) -> Remedy {
        Remedy(command: settings.command(for: name), change: .port(name, settings))
    }

    static func plug(_ name: String, into bridge: String) -> Remedy {
        Remedy(command: "ip link set dev \(name) master \(bridge)", change: .plug(link: name, bridge: bridge))
    }

    static func address(_ prefix: Prefix, on name: String, skipsDuplicateDetection: Bool) -> Remedy {
        let unchecked = skipsDuplicateDetection && prefix.family == .ipv6 ? " nodad" : ""
        return Remedy(
            command: "ip address add \(prefix)\(prefix.family == .ipv4 ? " broadcast +" : "") dev \(name)\(unchecked)",
            change: .address(prefix, link: name, skipsDuplicateDetection: skipsDuplicateDetection)
        )
    }

    static func route(_ route: Attachment.Route, by name: String) -> Remedy {
        Remedy(command: route.command(by: name), change: .route(route, link: name))
    }

    static func sysctl(_ sysctl: Sysctl, _ value: String) -> Remedy {
        Remedy(command: "sysctl -w \(sysctl)=\(value)", change: .sysctl(sysctl, value))
    }

    static func forwarding(_ family: AddressFamily) -> Remedy {
        Remedy(command: "sysctl -w \(HostForwarding.sysctl(family))=1", change: .forwarding(family))
    }

    /// A part of what has to be done for a bridge.
    static func bridge(_ setup: BridgeSetup, _ command: String) -> Remedy {
        Remedy(command: command, change: .bridge(setup))
    }

    /// The same step inside a sandbox, for a person on the host.
    func inside(_ sandbox: String) -> Remedy {
        Remedy(command: "nsenter --net=\(sandbox) \(command)", change: change)
    }
}

extension LinkSettings {
    /// Equivalent of the settings that remedies have.
    fileprivate func command(for name: String) -> String {
        var words = ["ip link set dev \(name)"]
        if let mac { words.append("address \(mac)") }
        if let mtu { words.append("mtu \(mtu)") }
        if let alias { words.append("alias '\(alias)'") }
        if let isUp { words.append(isUp ? "up" : "down") }
        return words.joined(separator: " ")
    }
}

extension BridgePortSettings {
    fileprivate func command(for name: String) -> String {
        var words = ["ip link set dev \(name) type bridge_slave"]
        if let hairpin { words.append("hairpin \(hairpin ? "on" : "off")") }
        if let isolated { words.append("isolated \(isolated ? "on" : "off")") }
        return words.joined(separator: " ")
    }
}

extension Attachment.Route {
    fileprivate func command(by name: String) -> String {
        let numbers = [("metric", metric), ("table", table), ("scope", scope), ("mtu", mtu), ("advmss", advertisedMSS)]
        var words = ["ip route add \(destination)"]
        if let gateway { words.append("via \(gateway)") }
        words.append("dev \(name)")
        for case (let word, let number?) in numbers { words.append("\(word) \(number)") }
        return words.joined(separator: " ")
    }
}

extension Remedy.Change {
    /// Makes the change in the namespace that thread and socket are in; a pair, which lies in two, is not made here.
    func apply(_ socket: borrowing NetlinkSocket) throws {
        switch self {
        case .bridge(let setup):
            _ = try setup.ensure(HostFacts(bridge: nil), socket)
        case .pair:
            preconditionFailure("a pair takes two namespaces")
        case .plug(let link, let bridge):
            let master = LinkMaster.index(try Self.index(of: bridge, socket))
            do throws(NetlinkError) {
                try socket.apply([.changeLink(.name(link), LinkSettings(master: master))])
            } catch  where error.errno == EXFULL {
                throw VethPair.bridgeFull(bridge)
            }
        case .link(let link, let settings):
            try socket.apply([.changeLink(.name(link), settings)])
        case .port(let link, let settings):
            try socket.apply([.changeBridgePort(.name(link), settings)])
        case .address(let prefix, let link, let skipsDuplicateDetection):
            let address = InterfaceAddress(
                linkIndex: try Self.index(of: link, socket),
                prefix: prefix,
                skipsDuplicateDetection: skipsDuplicateDetection
            )
            try socket.apply([.addAddress(address)])
        case .route(let route, let link):
            try route.add(linkIndex: Self.index(of: link, socket), socket)
        case .forwarding(let family):
            try HostForwarding.ensure([family])
        case .sysctl(let sysctl, let value):
            try sysctl.ensure(value)
        }
    }

    private static func index(of link: String, _ socket: borrowing NetlinkSocket) throws(NetlinkError) -> Int {
        guard let index = try socket.linkIndex(named: link) else {
            throw NetlinkError(operation: "find link \(link)", errno: ENODEV)
        }
        return index
    }
}
