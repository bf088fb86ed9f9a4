import CLibnl
package import PlumbAddress

/// A unicast route by one link.
package struct Route: Hashable, Sendable {
    /// The subnet that the route leads to; length 0 is the default route.
    package var destination: Prefix

    /// The next hop, of the destination's family; nil when the subnet is on the link.
    package var gateway: IPAddress?

    /// The index of the link.
    package var linkIndex: Int

    /// The source address to prefer.
    package var source: IPAddress?

    /// The route's rank among routes to the same subnet, lower first; nil is 0 for IPv4 and 1024 for IPv6.
    package var metric: Int?

    /// The path MTU in bytes.
    package var mtu: Int?

    /// The largest TCP segment to advertise, in bytes.
    package var advertisedMSS: Int?

    /// The routing table; nil is the main table.
    package var table: Int?

    /// The scope (`RT_SCOPE_…` of `linux/rtnetlink.h`, IPv4 only); nil is link without a gateway, universe with one.
    package var scope: Int?

    /// Whether the gateway is taken to be on the link although no subnet of the link holds it.
    package var isOnlink: Bool

    package init(
        destination: Prefix,
        gateway: IPAddress? = nil,
        linkIndex: Int,
        source: IPAddress? = nil,
        metric: Int? = nil,
        mtu: Int? = nil,
        advertisedMSS: Int? = nil,
        table: Int? = nil,
        scope: Int? = nil,
        isOnlink: Bool = false
    ) {
        precondition(gateway.map { $0.family == destination.family } ?? true, "the gateway is of another family")
        self.destination = destination
        self.gateway = gateway
        self.linkIndex = linkIndex
        self.source = source
        self.metric = metric
        self.mtu = mtu
        self.advertisedMSS = advertisedMSS
        self.table = table
        self.scope = scope
        self.isOnlink = isOnlink
    }
}

extension Route: CustomStringConvertible {
    /// The route without its metrics: `0.0.0.0/0 via 10.9.9.9 on link 3`.
    package var description: String {
        let via = gateway.map { " via \($0)" } ?? ""
        return "\(destination)\(via) on link \(linkIndex)"
    }
}
