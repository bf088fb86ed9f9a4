import CLibnl
import Glibc
package import PlumbAddress

extension NetlinkSocket {
    /// Makes the kernel ask for a neighbour's MAC as a packet to it would, unless it is known.
    ///
    /// Equivalent to: `ip neighbour replace ADDRESS dev LINK use`
    ///
    /// - Throws: `NetlinkError`
    package borrowing func resolveNeighbour(_ address: IPAddress, linkIndex: Int) throws(NetlinkError) {
        var header = ndmsg()
        header.ndm_family = address.family.number
        header.ndm_ifindex = CInt(linkIndex)
        header.ndm_flags = UInt8(NTF_USE)
        let message = Message(RTM_NEWNEIGH, flags: NLM_F_CREATE | NLM_F_REPLACE | NLM_F_ACK)
        message.append(header: header)
        message.put(Int(NDA_DST), address)
        _ = try query(message, for: "ask for the neighbour \(address)") { _ -> Neighbour? in nil }
    }
}
