import CLibnl
import PlumbAddress

extension Route {
    /// The request that adds the route, as set by an administrator and not a routing daemon.
    func additionRequest() -> Message {
        var header = header
        header.rtm_protocol = UInt8(RTPROT_BOOT)
        header.rtm_flags = isOnlink ? UInt32(RTNH_F_ONLINK) : 0
        header.rtm_scope = UInt8(scope ?? standardScope(gateway: gateway))
        let message = Message(RTM_NEWROUTE, flags: NLM_F_CREATE | NLM_F_EXCL)
        message.append(header: header)
        putIdentity(into: message)
        message.nest(Int(RTA_METRICS.rawValue)) {
            if let mtu { message.put(RTAX_MTU, UInt32(mtu)) }
            if let advertisedMSS { message.put(RTAX_ADVMSS, UInt32(advertisedMSS)) }
        }
        return message
    }

    /// The request that removes the route, whoever set it and in whatever scope unless one is given.
    func removalRequest() -> Message {
        var header = header
        header.rtm_scope = UInt8(scope ?? Int(RT_SCOPE_NOWHERE.rawValue))
        let message = Message(RTM_DELROUTE)
        message.append(header: header)
        putIdentity(into: message)
        return message
    }

    private var header: rtmsg {
        var header = rtmsg()
        header.rtm_family = destination.family.number
        header.rtm_dst_len = UInt8(destination.length)
        header.rtm_type = UInt8(RTN_UNICAST)
        return header
    }

    /// Puts what tells the route from others.
    private func putIdentity(into message: borrowing Message) {
        message.put(Int(RTA_TABLE.rawValue), UInt32(table ?? Int(RT_TABLE_MAIN.rawValue)))
        if destination.length > 0 { message.put(Int(RTA_DST.rawValue), destination.firstAddress) }
        if let gateway { message.put(Int(RTA_GATEWAY.rawValue), gateway) }
        message.put(Int(RTA_OIF.rawValue), UInt32(linkIndex))
        if let source { message.put(Int(RTA_PREFSRC.rawValue), source) }
        if let metric { message.put(Int(RTA_PRIORITY.rawValue), UInt32(metric)) }
    }
}

/// The scope that a route has unless another is given: a gateway is where the rest of the universe begins.
func standardScope(gateway: IPAddress?) -> Int {
    Int((gateway == nil ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE).rawValue)
}

/// The metric that the kernel gives a route without one (`IP6_RT_PRIO_USER`).
func standardMetric(_ family: AddressFamily) -> Int {
    switch family {
    case .ipv4: 0
    case .ipv6: 1024
    }
}
