import CLibnl
import Glibc
import PlumbAddress

extension NetlinkSocket {
    /// Lists the neighbours on a link, without those that are only the kernel's own entries for groups and broadcasts.
    ///
    /// Equivalent to: `ip neighbour show dev LINK`
    ///
    /// - Throws: `NetlinkError`, with ENODEV when there is no such link.
    package borrowing func neighbours(linkIndex: Int) throws(NetlinkError) -> [Neighbour] {
        let message = Message(RTM_GETNEIGH, flags: NLM_F_DUMP)
        message.append(header: ndmsg())
        message.put(NDA_IFINDEX, UInt32(linkIndex))
        return try query(message, for: "list neighbours of link \(linkIndex)") { answer in
            unsafe answer.object { neighbour in
                let found = unsafe Neighbour(reading: neighbour)
                return found?.linkIndex == linkIndex ? found : nil
            }
        }
    }
}

extension Neighbour {
    /// Reads a `struct rtnl_neigh`, or gives nil when it is of neither family or needs no asking (`NUD_NOARP`).
    @unsafe fileprivate init?(reading neighbour: OpaquePointer) {
        let number = unsafe rtnl_neigh_get_state(neighbour)
        guard number & NUD_NOARP == 0 else { return nil }
        guard let address = unsafe IPAddress(bytes: addressBytes(rtnl_neigh_get_dst(neighbour))) else { return nil }
        linkIndex = unsafe Int(rtnl_neigh_get_ifindex(neighbour))
        self.address = address
        mac = unsafe MACAddress(bytes: addressBytes(rtnl_neigh_get_lladdr(neighbour)))
        state = neighbourStateName(number)
    }
}

/// The name of a state, such as `stale`.
private func neighbourStateName(_ state: CInt) -> String {
    unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
        let text = unsafe rtnl_neigh_state2str(state, buffer.baseAddress, buffer.count)
        return unsafe text.map { unsafe String(cString: $0) } ?? "unknown"
    }
}
