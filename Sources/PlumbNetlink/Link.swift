package import PlumbAddress

/// A network interface as the kernel reports it.
package struct Link: Hashable, Sendable {
    /// The interface index, from 1.
    package let index: Int

    /// The interface name.
    package let name: String

    /// What the link is: `bridge`, `veth`; nil for hardware and the loopback.
    package let kind: String?

    /// The MAC; nil where a link has none.
    package let mac: MACAddress?

    /// The MTU in bytes.
    package let mtu: Int

    /// Whether the link is administratively up (`IFF_UP`).
    package let isUp: Bool

    /// Whether the link has a carrier (`IFF_LOWER_UP`): for a veth, whether the peer is up as well.
    package let hasCarrier: Bool

    /// The state of RFC 2863 in lower case: `up`, `down`, `lowerlayerdown`, `unknown`.
    package let operationalState: String

    /// Whether the link takes in frames for any MAC because somebody set it so (`IFF_PROMISC`).
    package let isPromiscuous: Bool

    /// The index of the bridge that the link is a port of.
    package let master: Int?

    /// The index of a veth's peer, in the peer's namespace.
    package let peerIndex: Int?

    /// The number that this namespace has for the one of the peer; nil when it is the same.
    package let peerNamespaceID: Int?

    /// The group.
    package let group: UInt32

    /// The alias.
    package let alias: String?

    /// Whether the link makes itself an IPv6 link-local address; nil where it has no IPv6.
    package let ipv6LinkLocal: Bool?

    /// Whether 127.0.0.0/8 is routed by this link (`net/ipv4/conf/LINK/route_localnet`).
    package let ipv4RouteLocalnet: Bool

    /// Whether IPv4 packets that come in by this link are forwarded.
    package let ipv4Forwarding: Bool

    /// What the link received since it exists.
    package let received: LinkCounters

    /// What the link sent since it exists.
    package let sent: LinkCounters
}

/// The traffic of a link in one direction.
package struct LinkCounters: Hashable, Sendable {
    /// The bytes, link-layer headers included.
    package let bytes: UInt64

    /// The frames.
    package let packets: UInt64

    /// The frames that were broken.
    package let errors: UInt64

    /// The frames that there was no room for, or no use.
    package let dropped: UInt64
}
