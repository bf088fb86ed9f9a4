import CLibnl
import Glibc

/// A socket that hears of every change of links and addresses in the network namespace that it was opened in.
///
/// It says that something changed, not what: whoever shows the present state asks for that anew. Equivalent to:
/// `ip monitor link address`
package struct NetlinkListener: ~Copyable {
    private let socket: NetlinkSocket

    /// Where `poll(2)` reports a change.
    package var descriptor: CInt { socket.descriptor }

    /// Listens in the namespace that the calling thread is in.
    ///
    /// - Throws: `NetlinkError`
    package static func open() throws(NetlinkError) -> NetlinkListener {
        let kind = CInt(SOCK_RAW.rawValue) | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
        let descriptor = Glibc.socket(AF_NETLINK, kind, NETLINK_ROUTE)
        guard descriptor >= 0 else { throw NetlinkError(operation: "open a netlink socket") }
        let listener = NetlinkListener(socket: NetlinkSocket(adopting: descriptor))
        var address = sockaddr_nl()
        address.nl_family = UInt16(AF_NETLINK)
        address.nl_groups = UInt32(RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR)
        let size = socklen_t(MemoryLayout<sockaddr_nl>.size)
        let result = unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(descriptor, $0, size) }
        }
        guard result == 0 else { throw NetlinkError(operation: "listen for changes of links and addresses") }
        return listener
    }

    /// Takes the notifications that wait; that there were too many for the socket (ENOBUFS) is just another change.
    package func drain() {
        unsafe withUnsafeTemporaryAllocation(byteCount: 32_768, alignment: 16) { buffer in
            while true {
                let count = unsafe recv(descriptor, buffer.baseAddress, buffer.count, 0)
                if count <= 0, errno != EINTR, errno != ENOBUFS { return }
            }
        }
    }
}
