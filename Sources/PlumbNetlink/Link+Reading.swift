import CLibnl
import PlumbAddress

extension Link {
    /// Reads a `struct rtnl_link`.
    @unsafe init(reading link: OpaquePointer) {
        let flags = unsafe rtnl_link_get_flags(link)
        index = unsafe Int(rtnl_link_get_ifindex(link))
        name = unsafe rtnl_link_get_name(link).map { unsafe String(cString: $0) } ?? ""
        kind = unsafe rtnl_link_get_type(link).map { unsafe String(cString: $0) }
        mac = unsafe MACAddress(bytes: addressBytes(rtnl_link_get_addr(link)))
        mtu = unsafe Int(rtnl_link_get_mtu(link))
        isUp = flags & linkIsUp != 0
        hasCarrier = flags & linkHasCarrier != 0
        isPromiscuous = flags & linkIsPromiscuous != 0
        operationalState = unsafe stateName(rtnl_link_get_operstate(link))
        master = unsafe indexUnlessZero(rtnl_link_get_master(link))
        peerIndex = unsafe indexUnlessZero(rtnl_link_get_link(link))
        var namespace: Int32 = -1
        peerNamespaceID = unsafe rtnl_link_get_link_netnsid(link, &namespace) == 0 ? Int(namespace) : nil
        group = unsafe rtnl_link_get_group(link)
        alias = unsafe rtnl_link_get_ifalias(link).map { unsafe String(cString: $0) }
        var mode: UInt8 = 0
        let hasMode = unsafe rtnl_link_inet6_get_addr_gen_mode(link, &mode) == 0
        ipv6LinkLocal = hasMode ? UInt32(mode) != IN6_ADDR_GEN_MODE_NONE.rawValue : nil
        ipv4RouteLocalnet = unsafe isSet(.routeLocalnet, in: link)
        ipv4Forwarding = unsafe isSet(.forwarding, in: link)
        received = LinkCounters(
            bytes: unsafe rtnl_link_get_stat(link, RTNL_LINK_RX_BYTES),
            packets: unsafe rtnl_link_get_stat(link, RTNL_LINK_RX_PACKETS),
            errors: unsafe rtnl_link_get_stat(link, RTNL_LINK_RX_ERRORS),
            dropped: unsafe rtnl_link_get_stat(link, RTNL_LINK_RX_DROPPED)
        )
        sent = LinkCounters(
            bytes: unsafe rtnl_link_get_stat(link, RTNL_LINK_TX_BYTES),
            packets: unsafe rtnl_link_get_stat(link, RTNL_LINK_TX_PACKETS),
            errors: unsafe rtnl_link_get_stat(link, RTNL_LINK_TX_ERRORS),
            dropped: unsafe rtnl_link_get_stat(link, RTNL_LINK_TX_DROPPED)
        )
    }
}

/// An interface index, for which libnl has 0 when there is none.
private func indexUnlessZero(_ index: CInt) -> Int? {
    index == 0 ? nil : Int(index)
}

/// The name of a state of RFC 2863.
private func stateName(_ state: UInt8) -> String {
    unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 32) { buffer in
        let text = unsafe rtnl_link_operstate2str(state, buffer.baseAddress, buffer.count)
        return unsafe text.map { unsafe String(cString: $0) } ?? "unknown"
    }
}

/// Whether an IPv4 parameter of a `struct rtnl_link` is other than 0.
@unsafe private func isSet(_ setting: IPv4DeviceSetting, in link: OpaquePointer) -> Bool {
    var value: UInt32 = 0
    return unsafe rtnl_link_inet_get_conf(link, UInt32(setting.rawValue), &value) == 0 && value != 0
}
