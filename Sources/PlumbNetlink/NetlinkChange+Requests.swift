import CLibnl
import Glibc
import PlumbAddress

extension NetlinkChange {
    /// Appends the requests that make up the change: two where the kernel would take settings in the wrong order.
    func append(to batch: inout RequestBatch, owner: Int) {
        switch self {
        case .createBridge(let bridge):
            batch.append(bridge.request(), for: owner)
        case .createVeth(let veth):
            batch.append(veth.request(), for: owner)
        case .changeLink(let link, let settings):
            if settings.hasFamilySettings { batch.append(settings.familyRequest(link), for: owner) }
            if settings.hasLinkSettings { batch.append(settings.linkRequest(link), for: owner) }
        case .changeBridgePort(let link, let settings):
            batch.append(settings.request(link), for: owner)
        case .removeLink(let link):
            batch.append(link.removalRequest(), for: owner)
        case .removeLinks(let group):
            batch.append(Self.removalRequest(group: group), for: owner)
        case .addAddress(let address):
            batch.append(address.request(RTM_NEWADDR, flags: NLM_F_CREATE | NLM_F_EXCL), for: owner)
        case .removeAddress(let address):
            batch.append(address.request(RTM_DELADDR), for: owner)
        case .addRoute(let route):
            batch.append(route.additionRequest(), for: owner)
        case .removeRoute(let route):
            batch.append(route.removalRequest(), for: owner)
        }
    }

    private static func removalRequest(group: UInt32) -> Message {
        precondition(group != 0, "group 0 is every link that has no group of its own")
        let message = Message(RTM_DELLINK)
        message.append(header: ifinfomsg())
        message.put(IFLA_GROUP, group)
        return message
    }
}

extension LinkSelector {
    /// Starts a request about the link.
    ///
    /// Only a zero index makes the kernel look at the name.
    func request(_ type: Int, flags: UInt32 = 0, mask: UInt32 = 0) -> Message {
        var header = ifinfomsg()
        header.ifi_flags = flags
        header.ifi_change = mask
        if case .index(let index) = self {
            precondition(index > 0, "interface indices begin at 1")
            header.ifi_index = CInt(index)
        }
        let message = Message(type)
        message.append(header: header)
        if case .name(let name) = self { message.put(IFLA_IFNAME, name) }
        return message
    }

    /// The request that removes the link.
    func removalRequest() -> Message {
        request(RTM_DELLINK)
    }
}

extension LinkSettings {
    /// Whether there is something to change in an address family's view of the link.
    var hasFamilySettings: Bool { ipv6LinkLocal != nil || !ipv4.isEmpty }

    /// Whether there is something to change in the link itself; a change of nothing still finds out whether it exists.
    var hasLinkSettings: Bool {
        var others = self
        others.ipv6LinkLocal = nil
        others.ipv4 = [:]
        return !hasFamilySettings || others != LinkSettings()
    }

    /// The request for the address families' settings.
    ///
    /// In one request with the flags they would come after these, when a link that is set up may have its link-local
    /// address already (`do_setlink`).
    func familyRequest(_ link: LinkSelector) -> Message {
        let message = link.request(RTM_SETLINK)
        message.nest(IFLA_AF_SPEC) {
            message.nest(Int(AF_INET)) {
                message.nest(IFLA_INET_CONF) {
                    for (setting, value) in ipv4 { message.put(setting.rawValue, UInt32(bitPattern: Int32(value))) }
                }
            }
            if let ipv6LinkLocal {
                let mode = ipv6LinkLocal ? IN6_ADDR_GEN_MODE_EUI64 : IN6_ADDR_GEN_MODE_NONE
                message.nest(Int(AF_INET6)) { message.put(IFLA_INET6_ADDR_GEN_MODE, UInt8(mode.rawValue)) }
            }
        }
        return message
    }

    /// The request for everything else.
    func linkRequest(_ link: LinkSelector) -> Message {
        let (flags, mask) = interfaceFlags
        let message = link.request(RTM_SETLINK, flags: flags, mask: mask)
        if let mac { message.put(IFLA_ADDRESS, mac) }
        if let mtu { message.put(IFLA_MTU, UInt32(mtu)) }
        if let alias { message.put(IFLA_IFALIAS, alias) }
        if let group { message.put(IFLA_GROUP, group) }
        switch master {
        case .index(let index): message.put(IFLA_MASTER, UInt32(index))
        case .nobody: message.put(IFLA_MASTER, UInt32(0))
        case nil: break
        }
        return message
    }

    private var interfaceFlags: (flags: UInt32, mask: UInt32) {
        var flags: UInt32 = 0
        var mask: UInt32 = 0
        for (wanted, bit) in [(isUp, linkIsUp), (isPromiscuous, linkIsPromiscuous)] {
            guard let wanted else { continue }
            mask |= bit
            if wanted { flags |= bit }
        }
        return (flags, mask)
    }
}

extension BridgePortSettings {
    /// The request that changes the port; the kernel takes the bridge's part in an RTM_NEWLINK alone.
    func request(_ link: LinkSelector) -> Message {
        let message = link.request(RTM_NEWLINK)
        message.nest(IFLA_LINKINFO) {
            message.put(IFLA_INFO_SLAVE_KIND, "bridge")
            message.nest(IFLA_INFO_SLAVE_DATA) {
                if let hairpin { message.put(IFLA_BRPORT_MODE, UInt8(hairpin ? 1 : 0)) }
                if let isolated { message.put(IFLA_BRPORT_ISOLATED, UInt8(isolated ? 1 : 0)) }
            }
        }
        return message
    }
}
