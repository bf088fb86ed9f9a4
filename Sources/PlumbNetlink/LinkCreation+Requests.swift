import CLibnl
import Glibc
import PlumbAddress

extension BridgeSettings {
    /// The request that creates the bridge.
    func request() -> Message {
        let message = creationRequest(isUp: isUp)
        message.put(IFLA_IFNAME, name)
        message.put(IFLA_ADDRESS, mac)
        if let mtu { message.put(IFLA_MTU, UInt32(mtu)) }
        message.nest(IFLA_LINKINFO) {
            message.put(IFLA_INFO_KIND, "bridge")
            message.nest(IFLA_INFO_DATA) {
                message.put(IFLA_BR_MCAST_SNOOPING, UInt8(multicastSnooping ? 1 : 0))
            }
        }
        return message
    }
}

extension VethSettings {
    /// The request that creates the pair.
    func request() -> Message {
        let message = creationRequest(isUp: isUp)
        message.put(IFLA_IFNAME, name)
        message.put(IFLA_ADDRESS, mac)
        message.put(IFLA_MTU, UInt32(mtu))
        if group != 0 { message.put(IFLA_GROUP, group) }
        if let master { message.put(IFLA_MASTER, UInt32(master)) }
        message.nest(IFLA_LINKINFO) {
            message.put(IFLA_INFO_KIND, "veth")
            message.nest(IFLA_INFO_DATA) {
                message.nest(VETH_INFO_PEER) { putPeer(into: message) }
            }
        }
        return message
    }

    private func putPeer(into message: borrowing Message) {
        message.append(header: ifinfomsg())
        message.put(IFLA_IFNAME, peerName)
        message.put(IFLA_ADDRESS, peerMAC)
        message.put(IFLA_MTU, UInt32(mtu))
        message.put(IFLA_NET_NS_FD, UInt32(bitPattern: peerNamespace))
    }
}

/// Starts the request that creates a link, and fails when there is one of that name.
private func creationRequest(isUp: Bool) -> Message {
    let message = Message(RTM_NEWLINK, flags: NLM_F_CREATE | NLM_F_EXCL)
    var header = ifinfomsg()
    header.ifi_flags = isUp ? linkIsUp : 0
    header.ifi_change = header.ifi_flags
    message.append(header: header)
    return message
}

/// The flag of a link that is administratively up.
let linkIsUp = UInt32(IFF_UP)

/// The flag of a link that takes in frames for any MAC.
let linkIsPromiscuous = UInt32(IFF_PROMISC)

/// The flag of a link that has a carrier.
let linkHasCarrier = UInt32(IFF_LOWER_UP.rawValue)
