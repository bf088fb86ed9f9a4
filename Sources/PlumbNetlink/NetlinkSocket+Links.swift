import CLibnl
import Glibc

extension NetlinkSocket {
    /// Looks a link up by its name; nil when there is none. Equivalent to: `ip -d -s link show NAME`
    ///
    /// - Throws: `NetlinkError`
    package borrowing func link(named name: String) throws(NetlinkError) -> Link? {
        try link(.name(name))
    }

    /// Looks a link up by its interface index; nil when there is none. Equivalent to: `ip -d -s link show`
    ///
    /// - Throws: `NetlinkError`
    package borrowing func link(index: Int) throws(NetlinkError) -> Link? {
        try link(.index(index))
    }

    /// Lists all links. Equivalent to: `ip -d -s link show`
    ///
    /// - Throws: `NetlinkError`
    package borrowing func links() throws(NetlinkError) -> [Link] {
        try links(for: "list links") { _ in }
    }

    /// Lists the ports of a bridge by its interface index. Equivalent to: `ip link show master BRIDGE`
    ///
    /// - Throws: `NetlinkError`
    package borrowing func links(master: Int) throws(NetlinkError) -> [Link] {
        let links = try links(for: "list ports of link \(master)") { $0.put(IFLA_MASTER, UInt32(master)) }
        return links.filter { $0.master == master }
    }

    /// Lists the links of a kind, such as `bridge` or `veth`. Equivalent to: `ip link show type KIND`
    ///
    /// - Throws: `NetlinkError`
    package borrowing func links(kind: String) throws(NetlinkError) -> [Link] {
        let links = try links(for: "list links of kind \(kind)") { message in
            message.nest(IFLA_LINKINFO) { message.put(IFLA_INFO_KIND, kind) }
        }
        // The kernel gives every link when it does not know the kind.
        return links.filter { $0.kind == kind }
    }

    /// Finds the interface index of a name in the socket's namespace, or nil when there is none.
    ///
    /// Goes by SIOCGIFINDEX of `netdevice(7)`, which unlike a request does not wait for changes that others make.
    /// Equivalent to: `cat /sys/class/net/NAME/ifindex`
    ///
    /// - Throws: `NetlinkError`
    package borrowing func linkIndex(named name: String) throws(NetlinkError) -> Int? {
        let bytes = Array(name.utf8)
        guard !bytes.isEmpty, bytes.count < Int(CLibnl.IFNAMSIZ) else { return nil }
        // A struct ifreq: the name, then a union of 24 bytes that begins with the index.
        var request = [UInt8](repeating: 0, count: Int(CLibnl.IFNAMSIZ) + 24)
        request.replaceSubrange(..<bytes.count, with: bytes)
        guard unsafe ioctl(descriptor, UInt(SIOCGIFINDEX), &request) == 0 else {
            if errno == ENODEV { return nil }
            throw NetlinkError(operation: "find link \(name)", errno: errno)
        }
        return unsafe request.withUnsafeBytes {
            unsafe Int($0.loadUnaligned(fromByteOffset: Int(CLibnl.IFNAMSIZ), as: CInt.self))
        }
    }

    private func link(_ selector: LinkSelector) throws(NetlinkError) -> Link? {
        do {
            let message = selector.request(RTM_GETLINK)
            return try query(message, for: "find link \(selector)", read: readLink).first
        } catch {
            guard error.errno == ENODEV else { throw error }
            return nil
        }
    }

    private func links(
        for operation: @autoclosure () -> String,
        filter: (borrowing Message) -> Void
    ) throws(NetlinkError) -> [Link] {
        let message = Message(RTM_GETLINK, flags: NLM_F_DUMP)
        message.append(header: ifinfomsg())
        filter(message)
        return try query(message, for: operation(), read: readLink)
    }
}

/// Reads the link of an answer.
private func readLink(_ answer: Answer) -> Link? {
    unsafe answer.object { object in unsafe Link(reading: object) }
}
