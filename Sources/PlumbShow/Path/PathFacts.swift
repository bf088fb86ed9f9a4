package import PlumbAddress
package import PlumbAttachment
package import PlumbFirewall
package import PlumbLinux
package import PlumbNetlink
import PlumbSubnetStore

/// What the kernel answered, or why it could not be asked.
package enum Fact<Value: Sendable>: Sendable {
    case known(Value)
    case hidden(String)

    /// The value, or nil when it is hidden.
    package var value: Value? {
        if case .known(let value) = self { value } else { nil }
    }
}

/// Who calls, and whom.
package struct PathEnds: Hashable, Sendable {
    /// The words for the client: `the LAN (192.0.2.1)`.
    package let name: String

    /// The address that the client calls from.
    package let client: IPAddress

    /// The address of the host that it calls.
    package let called: IPAddress

    /// The interface that its packets come in by; nil for the host itself.
    package let input: String?

    /// The client's attachment, when it is a container.
    package let attachment: Attachment?
}

/// What the kernel says of the host.
package struct HostFacts: Sendable {
    /// The processes that hold the host's port, such as `sshd (process 411)`.
    package var holders: Fact<[String]>

    /// How many connections are tracked, and the most that the kernel tracks; nil where it tracks none.
    package var conntrack: Fact<(count: Int, most: Int)?>

    package var localAddresses: Set<IPAddress>

    /// The sysctls that have to do with the path, by their names below `/proc/sys`.
    package var sysctls: [String: String]

    /// The link that packets of the client come in by; nil for the host itself.
    package var input: Link?

    /// The links that the frames of this one go in and out by: the ports of a bridge, or the members of a bond.
    package var ports: [String]

    package var bridge: Link?
    package var bridgeAddresses: [Prefix]
    package var hostVeth: Link?
    package var hostVethState: BridgePortState?
    package var hostVethPort: BridgePortSettings?

    /// The port of the bridge that a client container is at.
    package var clientPort: BridgePortSettings?

    /// Where a packet of the client goes when it has been translated.
    package var route: RouteAnswer

    /// Where the answer goes that comes in by the bridge.
    package var answerRoute: RouteAnswer

    /// The rules that decide on these routes before the main table is asked.
    package var rules: RouteRules

    package var neighbour: Neighbour?

    /// The names of links by their indexes.
    package var linkNames: [Int: String]
}

/// The rules of routing that come before the main table for the packets of a path; nil where none does.
package struct RouteRules: Sendable {
    /// For the client's packet to the container.
    package var route: PolicyRule?

    /// For the answer.
    package var answer: PolicyRule?

    /// For the way back that the reverse path filter looks at.
    package var reverse: PolicyRule?
}

/// What the kernel says of the container's sandbox.
package struct SandboxFacts: Sendable {
    /// A path that leads to it.
    package var path: String
    package var link: Link?

    /// The names of all links by their indexes.
    package var linkNames: [Int: String]
    package var addresses: [Prefix]

    /// Where answers go, by the address that the container saw the packet come from.
    package var routes: [IPAddress: RouteAnswer]

    /// The rules that decide on these before the main table is asked.
    package var rules: [IPAddress: PolicyRule]
    package var defaultRoute: DefaultRoute?
    package var listeners: [SocketTable.Listener]

    /// Whether a socket holds the container's port at its address.
    package var isPortHeld: Bool

    /// The rules that the sandbox has of its own.
    package var firewall: Fact<FirewallSnapshot>

    package var localAddresses: Set<IPAddress>
}

/// What the kernel says of the sandbox of a client that is another container.
package struct ClientFacts: Sendable {
    package var link: Link?

    /// Where packets to the host go.
    package var route: RouteAnswer

    /// The rule that decides on that before the main table is asked.
    package var rule: PolicyRule?

    package var defaultRoute: DefaultRoute?
}

/// All that a trace judges.
package struct PathFacts: Sendable {
    package var target: PathTarget
    package var ends: PathEnds

    /// The attachment of the container by which its answers to the client leave.
    package var answering: Attachment
    package var host: HostFacts
    package var firewall: Fact<FirewallSnapshot>

    /// The commands that put back what is missing of plumb's own rules.
    package var missingRules: [String]

    /// The command that makes anew what is gone, or cleans up behind a container that is gone itself.
    package var repairCommand: String

    /// Nil when no path leads to the sandbox.
    package var sandbox: Fact<SandboxFacts>?

    /// Nil unless the client is another container.
    package var client: Fact<ClientFacts>?
}

extension PathFacts {
    var attachment: Attachment { target.attachment }
    var bridgeName: String { attachment.bridge.name }

    /// Whether the packets between two containers of the bridge go through the firewall (`br_netfilter`).
    var bridgesThroughFirewall: Bool {
        let name = target.family == .ipv4 ? "bridge-nf-call-iptables" : "bridge-nf-call-ip6tables"
        return host.sysctls["net/bridge/\(name)"] == "1"
    }

    /// Whether the client is a container on the same bridge, or the container itself.
    var isNeighbour: Bool { ends.attachment?.bridge.name == bridgeName }

    /// Whether the container calls itself.
    var isItself: Bool { ends.attachment?.key.container == target.container }

    /// The bridge's address that the container sees when the host masquerades.
    var gateway: IPAddress? {
        let addresses = host.bridgeAddresses.map(\.address).filter { $0.family == target.family && !$0.isLinkLocal }
        return host.bridgeAddresses.first { $0.contains(target.address) }?.address ?? addresses.first
    }

    func linkName(_ index: Int) -> String { host.linkNames[index] ?? "link \(index)" }
}
