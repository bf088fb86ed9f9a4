import CLibnl
package import PlumbAddress

extension NetlinkSocket {
    /// Lists the addresses of a link, IPv4 first. Equivalent to: `ip address show dev LINK`
    ///
    /// - Throws: `NetlinkError`, with ENODEV when there is no such link.
    package borrowing func addresses(linkIndex: Int) throws(NetlinkError) -> [Prefix] {
        try assignedAddresses(linkIndex: linkIndex).map(\.prefix)
    }

    /// Lists the addresses of a link with their states, IPv4 first. Equivalent to: `ip address show dev LINK`
    ///
    /// - Throws: `NetlinkError`, with ENODEV when there is no such link.
    package borrowing func assignedAddresses(linkIndex: Int) throws(NetlinkError) -> [AssignedAddress] {
        var header = ifaddrmsg()
        header.ifa_index = UInt32(linkIndex)
        let message = Message(RTM_GETADDR, flags: NLM_F_DUMP)
        message.append(header: header)
        return try query(message, for: "list addresses of link \(linkIndex)") { answer in
            unsafe answer.object { address in
                guard unsafe Int(rtnl_addr_get_ifindex(address)) == linkIndex else { return nil }
                return unsafe AssignedAddress(reading: address)
            }
        }
    }
}

extension NetlinkSocket {
    /// Lists the addresses of all links, IPv4 first, by the index of the link. Equivalent to: `ip address show`
    ///
    /// - Throws: `NetlinkError`
    package borrowing func addresses() throws(NetlinkError) -> [Int: [Prefix]] {
        let message = Message(RTM_GETADDR, flags: NLM_F_DUMP)
        message.append(header: ifaddrmsg())
        let found: [(index: Int, prefix: Prefix)] = try query(message, for: "list addresses") { answer in
            unsafe answer.object { address in
                let prefix = unsafe AssignedAddress(reading: address)?.prefix
                return prefix.map { unsafe (Int(rtnl_addr_get_ifindex(address)), $0) }
            }
        }
        return Dictionary(grouping: found, by: \.index).mapValues { $0.map(\.prefix) }
    }
}

extension AssignedAddress {
    /// Reads a `struct rtnl_addr`, or gives nil when it is of neither family.
    @unsafe fileprivate init?(reading address: OpaquePointer) {
        guard let local = unsafe PlumbNetlink.prefix(rtnl_addr_get_local(address)) else { return nil }
        guard let prefix = unsafe Prefix(local.address, length: Int(rtnl_addr_get_prefixlen(address))) else {
            return nil
        }
        let flags = unsafe rtnl_addr_get_flags(address)
        self.prefix = prefix
        isTentative = flags & UInt32(IFA_F_TENTATIVE) != 0
        isDuplicate = flags & UInt32(IFA_F_DADFAILED) != 0
    }
}
