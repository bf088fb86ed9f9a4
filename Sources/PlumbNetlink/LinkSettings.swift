package import PlumbAddress

/// What to change of a link; nil leaves a property as it is.
package struct LinkSettings: Hashable, Sendable {
    /// Whether the link is administratively up.
    package var isUp: Bool?

    /// The MAC.
    package var mac: MACAddress?

    /// The MTU in bytes.
    package var mtu: Int?

    /// The bridge that the link is a port of.
    package var master: LinkMaster?

    /// The alias, at most 255 bytes; empty removes it.
    package var alias: String?

    /// The group.
    package var group: UInt32?

    /// Whether the link takes in frames for any MAC.
    package var isPromiscuous: Bool?

    /// Whether the link gives itself an IPv6 link-local address from its MAC when it comes up.
    ///
    /// Takes effect before `isUp` of the same change. Refused with EAFNOSUPPORT where the link has no IPv6 at all: in a
    /// kernel that was booted without, or with an MTU below 1280.
    package var ipv6LinkLocal: Bool?

    /// Parameters from `/proc/sys/net/ipv4/conf/LINK`, which need no other namespace to be entered this way.
    package var ipv4: [IPv4DeviceSetting: Int]

    package init(
        isUp: Bool? = nil,
        mac: MACAddress? = nil,
        mtu: Int? = nil,
        master: LinkMaster? = nil,
        alias: String? = nil,
        group: UInt32? = nil,
        isPromiscuous: Bool? = nil,
        ipv6LinkLocal: Bool? = nil,
        ipv4: [IPv4DeviceSetting: Int] = [:]
    ) {
        self.isUp = isUp
        self.mac = mac
        self.mtu = mtu
        self.master = master
        self.alias = alias
        self.group = group
        self.isPromiscuous = isPromiscuous
        self.ipv6LinkLocal = ipv6LinkLocal
        self.ipv4 = ipv4
    }
}

/// The bridge that a link is, or no longer is, a port of.
package enum LinkMaster: Hashable, Sendable {
    /// The bridge with this interface index.
    case index(Int)
    /// No bridge.
    case nobody
}

/// An IPv4 parameter of one link, by its number in `linux/ip.h` (`IPV4_DEVCONF_…`).
///
/// The numbers stand here because that header's `struct iphdr` and the one of glibc can't be in one program.
package enum IPv4DeviceSetting: Int, Sendable, CaseIterable {
    case forwarding = 1
    case proxyARP = 3
    case reversePathFilter = 8
    case arpNotify = 22
    case acceptLocal = 23
    case routeLocalnet = 26
}

/// What to change of a bridge port; nil leaves a property as it is.
package struct BridgePortSettings: Hashable, Sendable {
    /// Whether a frame may leave through the port it came in by, which a container needs to reach its own published
    /// port.
    package var hairpin: Bool?

    /// Whether the port exchanges no frames with other isolated ports.
    package var isolated: Bool?

    package init(hairpin: Bool? = nil, isolated: Bool? = nil) {
        self.hairpin = hairpin
        self.isolated = isolated
    }
}
