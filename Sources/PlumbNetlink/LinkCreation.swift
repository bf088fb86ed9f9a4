package import PlumbAddress

/// A bridge to create.
package struct BridgeSettings: Hashable, Sendable {
    /// The interface name, at most 15 bytes.
    package var name: String

    /// The bridge's own MAC; without one it would follow its ports.
    package var mac: MACAddress

    /// The MTU in bytes until ports come; after that the kernel takes the smallest of the ports' (`br_mtu_min`).
    package var mtu: Int?

    /// Whether the bridge learns multicast groups; off, since that costs a walk over all ports for each new one.
    package var multicastSnooping: Bool

    /// Whether the bridge is set up at once.
    package var isUp: Bool

    package init(
        name: String,
        mac: MACAddress,
        mtu: Int? = nil,
        multicastSnooping: Bool = false,
        isUp: Bool = true
    ) {
        self.name = name
        self.mac = mac
        self.mtu = mtu
        self.multicastSnooping = multicastSnooping
        self.isUp = isUp
    }
}

/// A veth pair to create in one message, with the peer born in the sandbox under its final name.
///
/// The peer is always down: the kernel refuses to open it before the two are paired (ENOTCONN). It refuses address
/// family settings (`IFLA_AF_SPEC`) of either end in a creation as well (EAFNOSUPPORT), so `LinkSettings.ipv6LinkLocal`
/// of the host end belongs in a change between this one and the one that sets the peer up; until then the host end has
/// no carrier, and so no IPv6 address.
package struct VethSettings: Hashable, Sendable {
    /// The name of the end on the host, at most 15 bytes.
    package var name: String

    /// The MAC of the end on the host.
    package var mac: MACAddress

    /// The MTU of both ends in bytes.
    package var mtu: Int

    /// The index of the bridge that takes the host end as a port.
    package var master: Int?

    /// The group of the host end, by which `NetlinkChange.removeLinks(group:)` finds it.
    package var group: UInt32

    /// Whether the host end is set up at once.
    package var isUp: Bool

    /// The name of the end in the sandbox, at most 15 bytes.
    package var peerName: String

    /// The MAC of the end in the sandbox.
    package var peerMAC: MACAddress

    /// An open descriptor of the sandbox's network namespace.
    package var peerNamespace: CInt

    package init(
        name: String,
        mac: MACAddress,
        mtu: Int,
        master: Int? = nil,
        group: UInt32 = 0,
        isUp: Bool = true,
        peerName: String,
        peerMAC: MACAddress,
        peerNamespace: CInt
    ) {
        self.name = name
        self.mac = mac
        self.mtu = mtu
        self.master = master
        self.group = group
        self.isUp = isUp
        self.peerName = peerName
        self.peerMAC = peerMAC
        self.peerNamespace = peerNamespace
    }
}
