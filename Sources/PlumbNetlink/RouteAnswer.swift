import CLibnl
import Glibc
package import PlumbAddress

/// What the kernel's routing says of one packet.
package enum RouteAnswer: Hashable, Sendable {
    /// The packet goes out by a link, with a gateway as its next hop or without one; the source is what the kernel would
    /// choose.
    case leaves(linkIndex: Int, gateway: IPAddress?, source: IPAddress?)
    /// The packet is for the namespace itself.
    case local
    /// The packet is dropped, with the reason as `errno(3)` has it: EINVAL for a source that may not come in by the link.
    case refused(errno: CInt)
}

/// A default route of the main table.
package struct DefaultRoute: Hashable, Sendable {
    package let linkIndex: Int
    package let gateway: IPAddress?
    package let metric: Int
}

extension NetlinkSocket {
    /// Asks what becomes of a packet, which the namespace sends itself or which comes in by a link.
    ///
    /// For a packet that comes in this includes what the kernel thinks of its source (`rp_filter`) and whether IPv4
    /// packets are forwarded. Equivalent to: `ip route get DESTINATION from SOURCE iif LINK`
    ///
    /// - Throws: `NetlinkError`
    package borrowing func route(
        to destination: IPAddress,
        from source: IPAddress? = nil,
        input: Int? = nil
    ) throws(NetlinkError) -> RouteAnswer {
        var header = rtmsg()
        header.rtm_family = destination.family.number
        header.rtm_dst_len = UInt8(destination.family.bitWidth)
        if source != nil { header.rtm_src_len = UInt8(destination.family.bitWidth) }
        let message = Message(RTM_GETROUTE)
        message.append(header: header)
        message.put(Int(RTA_DST.rawValue), destination)
        if let source { message.put(Int(RTA_SRC.rawValue), source) }
        if let input { message.put(Int(RTA_IIF.rawValue), UInt32(input)) }
        do {
            let answers = try query(message, for: "find the route to \(destination)") { answer in
                unsafe answer.route { route in unsafe RouteAnswer(reading: route) }
            }
            return answers.first ?? .refused(errno: ENETUNREACH)
        } catch {
            guard [ENETUNREACH, EHOSTUNREACH, EACCES, EINVAL, EXDEV, ENETDOWN].contains(error.errno) else {
                throw error
            }
            return .refused(errno: error.errno)
        }
    }

    /// The default route of a family that wins, if there is one. Equivalent to: `ip -4 route show default`
    ///
    /// - Throws: `NetlinkError`
    package borrowing func defaultRoute(_ family: AddressFamily) throws(NetlinkError) -> DefaultRoute? {
        var header = rtmsg()
        header.rtm_family = family.number
        header.rtm_table = UInt8(RT_TABLE_MAIN.rawValue)
        let message = Message(RTM_GETROUTE, flags: NLM_F_DUMP)
        message.append(header: header)
        do {
            let routes = try query(message, for: "list the default routes") { answer in
                unsafe answer.route { route in unsafe DefaultRoute(reading: route) }
            }
            return routes.min { $0.metric < $1.metric }
        } catch {
            // A namespace has no main table before its first route.
            guard error.errno == ENOENT else { throw error }
            return nil
        }
    }
}

extension RouteAnswer {
    /// Reads a `struct rtnl_route` that answers a question.
    @unsafe fileprivate init(reading route: OpaquePointer) {
        switch unsafe CInt(rtnl_route_get_type(route)) {
        case CInt(RTN_LOCAL):
            self = .local
        case CInt(RTN_UNICAST):
            guard let hop = unsafe rtnl_route_nexthop_n(route, 0) else { fallthrough }
            self = .leaves(
                linkIndex: unsafe Int(rtnl_route_nh_get_ifindex(hop)),
                gateway: unsafe prefix(rtnl_route_nh_get_gateway(hop))?.address,
                source: unsafe prefix(rtnl_route_get_pref_src(route))?.address
            )
        default:
            self = .refused(errno: EHOSTUNREACH)
        }
    }
}

extension DefaultRoute {
    /// Reads a `struct rtnl_route`, or gives nil when it is no default route of the main table.
    @unsafe fileprivate init?(reading route: OpaquePointer) {
        guard
            unsafe CInt(rtnl_route_get_type(route)) == CInt(RTN_UNICAST),
            unsafe rtnl_route_get_table(route) == RT_TABLE_MAIN.rawValue,
            unsafe prefix(rtnl_route_get_dst(route))?.length == 0,
            let hop = unsafe rtnl_route_nexthop_n(route, 0)
        else { return nil }
        self.init(
            linkIndex: unsafe Int(rtnl_route_nh_get_ifindex(hop)),
            gateway: unsafe prefix(rtnl_route_nh_get_gateway(hop))?.address,
            metric: unsafe Int(rtnl_route_get_priority(route))
        )
    }
}
