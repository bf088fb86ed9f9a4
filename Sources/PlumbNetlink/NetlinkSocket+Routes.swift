import CLibnl
import Glibc
package import PlumbAddress

extension NetlinkSocket {
    /// Lists the unicast routes of the main table by one link. Equivalent to: `ip -4 route show dev LINK`
    ///
    /// What a route would have without being asked for (metric, scope, table) is nil, so a route equals the one that
    /// was added.
    ///
    /// - Throws: `NetlinkError`, with ENODEV when there is no such link.
    package borrowing func routes(linkIndex: Int, family: AddressFamily) throws(NetlinkError) -> [Route] {
        var header = rtmsg()
        header.rtm_family = family.number
        header.rtm_table = UInt8(RT_TABLE_MAIN.rawValue)
        let message = Message(RTM_GETROUTE, flags: NLM_F_DUMP)
        message.append(header: header)
        message.put(Int(RTA_OIF.rawValue), UInt32(linkIndex))
        do {
            return try query(message, for: "list routes of link \(linkIndex)") { answer in
                unsafe answer.route { route in unsafe Route(reading: route, linkIndex: linkIndex) }
            }
        } catch {
            // A namespace has no main table before its first route.
            guard error.errno == ENOENT else { throw error }
            return []
        }
    }

    /// Asks which way a packet to an address would go; nil when none leads there. Equivalent to: `ip route get ADDRESS`
    ///
    /// - Returns: The index of the link, and the path MTU in bytes if it is known to be another than the link's.
    /// - Throws: `NetlinkError`
    package borrowing func routeTo(_ address: IPAddress) throws(NetlinkError) -> (linkIndex: Int, mtu: Int?)? {
        var header = rtmsg()
        header.rtm_family = address.family.number
        header.rtm_dst_len = UInt8(address.family.bitWidth)
        let message = Message(RTM_GETROUTE)
        message.append(header: header)
        message.put(Int(RTA_DST.rawValue), address)
        do {
            return try query(message, for: "find the route to \(address)") { answer in
                unsafe answer.route { route in unsafe firstHop(of: route) }
            }.first
        } catch {
            guard [ENETUNREACH, EHOSTUNREACH, EACCES].contains(error.errno) else { throw error }
            return nil
        }
    }
}

extension Route {
    /// Reads a `struct rtnl_route`, or gives nil when it is no unicast route of the main table by the link.
    @unsafe fileprivate init?(reading route: OpaquePointer, linkIndex: Int) {
        guard
            unsafe CInt(rtnl_route_get_type(route)) == CInt(RTN_UNICAST),
            unsafe rtnl_route_get_table(route) == RT_TABLE_MAIN.rawValue,
            let destination = unsafe prefix(rtnl_route_get_dst(route)),
            let hop = unsafe hops(of: route).first(where: { unsafe Int(rtnl_route_nh_get_ifindex($0)) == linkIndex })
        else { return nil }
        let gateway = unsafe prefix(rtnl_route_nh_get_gateway(hop))?.address
        let metric = unsafe Int(rtnl_route_get_priority(route))
        let scope = unsafe Int(rtnl_route_get_scope(route))
        self.init(
            destination: destination,
            gateway: gateway,
            linkIndex: linkIndex,
            source: unsafe prefix(rtnl_route_get_pref_src(route))?.address,
            metric: metric == standardMetric(destination.family) ? nil : metric,
            mtu: unsafe pathMetric(RTAX_MTU, of: route),
            advertisedMSS: unsafe pathMetric(RTAX_ADVMSS, of: route),
            scope: destination.family == .ipv4 && scope != standardScope(gateway: gateway) ? scope : nil,
            isOnlink: unsafe rtnl_route_nh_get_flags(hop) & UInt32(RTNH_F_ONLINK) != 0
        )
    }
}

/// The next hops of a `struct rtnl_route`.
@unsafe private func hops(of route: OpaquePointer) -> [OpaquePointer] {
    let count = unsafe rtnl_route_get_nnexthops(route)
    return unsafe (0..<count).compactMap { unsafe rtnl_route_nexthop_n(route, $0) }
}

/// The link and the MTU of a route that leads somewhere, or nil.
@unsafe private func firstHop(of route: OpaquePointer) -> (linkIndex: Int, mtu: Int?)? {
    let kind = unsafe CInt(rtnl_route_get_type(route))
    let leadsNowhere = [RTN_UNREACHABLE, RTN_BLACKHOLE, RTN_PROHIBIT, RTN_THROW].contains { CInt($0) == kind }
    guard !leadsNowhere, let hop = unsafe hops(of: route).first else { return nil }
    return unsafe (Int(rtnl_route_nh_get_ifindex(hop)), pathMetric(RTAX_MTU, of: route))
}

/// A metric (`RTAX_…`) of a `struct rtnl_route`, or nil when it has none.
@unsafe private func pathMetric(_ number: Int, of route: OpaquePointer) -> Int? {
    var value: UInt32 = 0
    let result = unsafe rtnl_route_get_metric(route, CInt(number), &value)
    return result == 0 && value != 0 ? Int(value) : nil
}
