package import PlumbAddress
package import PlumbFirewall
package import PlumbLinux
package import PlumbSubnetStore

/// One interface of one container on one network: everything there is to know to build, verify, show and remove it.
///
/// The value is planned before anything is changed, kept in the subnet store as the attachment's record, and read again by
/// DEL, CHECK, GC and `show`, which need neither the request nor the configuration nor the sandbox for their work.
package struct Attachment: Hashable, Sendable {
    /// An end of the veth pair.
    package struct Interface: Hashable, Sendable {
        /// The name, at most 15 bytes (`IFNAMSIZ`).
        package let name: String

        /// The address that it is made with.
        package let mac: MACAddress
    }

    /// Where the container's end lives.
    package struct Sandbox: Hashable, Sendable {
        /// The path that the runtime named, such as `/run/netns/web`.
        package let path: String

        /// The namespace that was behind the path at ADD.
        package let identity: NamespaceIdentity

        /// A number that the kernel gives to no other namespace of this boot (`SO_NETNS_COOKIE`), where it knows such.
        ///
        /// An inode number, in contrast, goes to the next namespace once its own is gone.
        package var cookie: UInt64?
    }

    /// An address of the container's end.
    package struct Address: Hashable, Sendable {
        /// The address with the prefix length of its subnet.
        package let prefix: Prefix

        /// The router of the subnet, if there is one.
        package let gateway: IPAddress?

        /// The address that the bridge has as the router of the subnet: its first one unless it is named.
        ///
        /// A subnet of a single address has no room for another, and no address is its own router.
        package var gatewayPrefix: Prefix? {
            let first = prefix.firstAddress.advanced(by: 1).flatMap { first in
                prefix.contains(first) && first != prefix.address ? first : nil
            }
            return (gateway ?? first).flatMap { Prefix($0, length: prefix.length) }
        }
    }

    /// A route inside the sandbox, as `Route` of PlumbNetlink without the interface.
    package struct Route: Hashable, Sendable {
        /// Where the route leads.
        package let destination: Prefix

        /// The next hop; nil where the destination is on the link.
        package let gateway: IPAddress?

        /// In bytes (`RTAX_MTU`); nil to take the link's.
        package var mtu: Int?

        /// The largest TCP segment to tell peers of, in bytes (`RTAX_ADVMSS`).
        package var advertisedMSS: Int?

        /// The priority among routes to the same destination: the lowest wins (`RTA_PRIORITY`).
        package var metric: Int?

        /// The number of the routing table; nil for the main one.
        package var table: Int?

        /// The distance of the destination (`rtm_scope`): 0 anywhere, 253 on the link, 254 this host.
        package var scope: Int?
    }

    /// How the container's end is set up beyond addresses and routes.
    package struct Link: Hashable, Sendable {
        /// In bytes.
        package let mtu: Int
        /// Whether a frame may leave through the bridge port that it came in by.
        package var hairpin: Bool
        /// Whether the bridge keeps this port apart from other isolated ports.
        package let isolated: Bool
        /// Whether frames from the container with another source MAC than its own are dropped.
        package let refusesOtherMACs: Bool
        /// Whether the kernel checks IPv6 addresses for duplicates before it uses them.
        package let detectsDuplicates: Bool
    }

    /// What names the attachment.
    package let key: AttachmentKey

    /// Where the container's end is.
    package let sandbox: Sandbox

    /// The bridge that the host end is a port of.
    package let bridge: Bridge

    /// The end on the host.
    package let hostInterface: Interface

    /// The end in the sandbox.
    package let containerInterface: Interface

    /// How the ends are set up.
    package var link: Link

    /// The addresses of the container's end; none on a network of layer 2 only.
    package let addresses: [Address]

    /// The routes in the sandbox beside those that the kernel adds for the addresses.
    package let routes: [Route]

    /// The ports of the host that lead to the container.
    package var publishedPorts: [PublishedPort]

    /// The rules of the attachment and its network.
    package let firewall: FirewallPlan

    /// The host address of ports that are published later and name none; nil for every address.
    package var defaultHostAddress: IPAddress?

    /// The attachment with other published ports.
    ///
    /// The port of the bridge keeps its hairpin mode when the last goes, as the network may have asked for it.
    func publishing(_ ports: [PublishedPort]) -> Attachment {
        var attachment = self
        attachment.publishedPorts = ports
        attachment.link.hairpin = link.hairpin || !ports.isEmpty
        return attachment
    }

    /// The families that the attachment has addresses of, IPv4 first.
    package var families: [AddressFamily] {
        AddressFamily.allCases.filter { family in addresses.contains { $0.prefix.family == family } }
    }
}

/// The bridge of a network.
package struct Bridge: Hashable, Sendable {
    /// The name, at most 15 bytes (`IFNAMSIZ`).
    package let name: String

    /// Set when the bridge is made, so that it does not follow its ports.
    package let mac: MACAddress

    /// In bytes.
    package let mtu: Int

    /// The addresses that make the bridge the containers' gateway; none on a network of layer 2 only.
    package let gateways: [Prefix]

    /// Whether another address of the same subnet makes way for a gateway address.
    package let replacesAddresses: Bool

    /// Whether the bridge passes every frame to the host.
    package let promiscuous: Bool

    /// Whether bridge and rules go with the network's last attachment.
    package let removedWhenEmpty: Bool
}

/// What the firewall does for an attachment.
package struct FirewallPlan: Hashable, Sendable {
    /// What keeps the rules.
    package let backend: FirewallBackend

    /// The rules of the network.
    package let network: NetworkPolicy

    /// What the rules of the attachment are found again by.
    package let mark: RuleMark
}
