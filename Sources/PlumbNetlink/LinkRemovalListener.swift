import CLibnl
import Glibc

/// A socket that hears of the removal of one link and of nothing else.
///
/// Without the filter every listener would wake up for every link that anybody removes, which in a crowd costs the
/// square of their number.
struct LinkRemovalListener: ~Copyable {
    private let socket: NetlinkSocket

    /// Where `poll(2)` reports that the link is gone.
    var descriptor: CInt { socket.descriptor }

    /// Listens in the namespace that the calling thread is in.
    static func open(linkIndex: Int) throws(NetlinkError) -> LinkRemovalListener {
        let descriptor = Glibc.socket(
            AF_NETLINK,
            CInt(SOCK_RAW.rawValue) | CInt(SOCK_CLOEXEC.rawValue),
            NETLINK_ROUTE
        )
        guard descriptor >= 0 else { throw NetlinkError(operation: "open a netlink socket") }
        let listener = LinkRemovalListener(socket: NetlinkSocket(adopting: descriptor))
        // The filter comes first, so that nothing slips in before it.
        try listener.attachFilter(linkIndex: linkIndex)
        try listener.joinLinkGroup()
        return listener
    }

    private func attachFilter(linkIndex: Int) throws(NetlinkError) {
        var filter = removalFilter(linkIndex: linkIndex)
        let count = UInt16(filter.count)
        let result = unsafe filter.withUnsafeMutableBufferPointer { instructions in
            var program = unsafe sock_fprog(len: count, filter: instructions.baseAddress)
            let size = unsafe socklen_t(MemoryLayout<sock_fprog>.size)
            return unsafe setsockopt(socket.descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, size)
        }
        guard result == 0 else { throw NetlinkError(operation: "filter notifications of link \(linkIndex)") }
    }

    private func joinLinkGroup() throws(NetlinkError) {
        var address = sockaddr_nl()
        address.nl_family = UInt16(AF_NETLINK)
        address.nl_groups = UInt32(RTMGRP_LINK)
        let size = socklen_t(MemoryLayout<sockaddr_nl>.size)
        let result = unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(descriptor, $0, size) }
        }
        guard result == 0 else { throw NetlinkError(operation: "listen for changes of links") }
    }
}

/// The socket filter (`socket(7)`, SO_ATTACH_FILTER) that lets through the RTM_DELLINK of one link.
///
/// A filter loads numbers in network byte order, and netlink has them in the host's. A bridge announces that it lost a
/// port by an RTM_DELLINK as well, in the family AF_BRIDGE and earlier.
private func removalFilter(linkIndex: Int) -> [sock_filter] {
    func load(_ size: CInt, offset: Int) -> sock_filter {
        sock_filter(code: UInt16(BPF_LD | BPF_ABS | size), jt: 0, jf: 0, k: UInt32(offset))
    }
    func rejectUnless(_ value: UInt32, skipping count: UInt8) -> sock_filter {
        sock_filter(code: UInt16(BPF_JMP | BPF_JEQ | BPF_K), jt: 0, jf: count, k: value)
    }
    func accept(_ length: UInt32) -> sock_filter {
        sock_filter(code: UInt16(BPF_RET | BPF_K), jt: 0, jf: 0, k: length)
    }
    let headerSize = MemoryLayout<nlmsghdr>.size
    return [
        load(BPF_H, offset: 4),
        rejectUnless(UInt32(UInt16(RTM_DELLINK).bigEndian), skipping: 5),
        load(BPF_B, offset: headerSize),
        rejectUnless(UInt32(AF_UNSPEC), skipping: 3),
        load(BPF_W, offset: headerSize + 4),
        rejectUnless(UInt32(linkIndex).bigEndian, skipping: 1),
        accept(.max),
        accept(0),
    ]
}
