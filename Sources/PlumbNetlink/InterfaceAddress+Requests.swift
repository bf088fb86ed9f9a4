import CLibnl
import Glibc
import PlumbAddress

extension AddressFamily {
    /// The family's number in the kernel.
    var number: UInt8 {
        switch self {
        case .ipv4: UInt8(AF_INET)
        case .ipv6: UInt8(AF_INET6)
        }
    }
}

extension InterfaceAddress {
    /// The request that adds or removes the address, by the message type.
    func request(_ type: Int, flags: CInt = 0) -> Message {
        var header = ifaddrmsg()
        header.ifa_family = prefix.family.number
        header.ifa_prefixlen = UInt8(prefix.length)
        header.ifa_index = UInt32(linkIndex)
        if skipsDuplicateDetection, prefix.family == .ipv6 { header.ifa_flags = UInt8(IFA_F_NODAD) }
        let message = Message(type, flags: flags)
        message.append(header: header)
        message.put(IFA_LOCAL, prefix.address)
        message.put(IFA_ADDRESS, prefix.address)
        if type == RTM_NEWADDR, let broadcast { message.put(IFA_BROADCAST, broadcast) }
        return message
    }

    /// The subnet's broadcast address, which a subnet of one or two addresses does not have (RFC 3021).
    private var broadcast: IPAddress? {
        prefix.family == .ipv4 && prefix.length <= 30 ? prefix.lastAddress : nil
    }
}
