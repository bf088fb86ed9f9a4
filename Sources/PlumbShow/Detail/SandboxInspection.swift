import PlumbAddress
import PlumbAttachment
import PlumbFirewall
import PlumbLinux
import PlumbNetlink

/// What is in the sandbox of an attachment.
struct SandboxInspection {
    /// Whether it was entered, so that what is not listed here is not there.
    var isEntered = false
    /// What owns the namespace; nil where that can't be told.
    var userNamespace: UserNamespace?
    var processes: [NamespaceProcess] = []
    /// The container's end of the pair.
    var link: Link?
    var addresses: [AssignedAddress] = []
    var routes: [Route] = []
    var neighbours: [Neighbour] = []
    var sysctls: [InspectedSysctl] = []
    var listeners: [SocketTable.Listener] = []

    /// The processes that listen with a socket.
    func holders(of listener: SocketTable.Listener) -> [NamespaceProcess] {
        processes.filter { $0.sockets.contains(listener.inode) }
    }

    /// The listeners that packets for a published port reach in the container, and those that are deaf to them.
    func listeners(for port: PublishedPort, at addresses: [IPAddress]) -> (reached: [Listener], deaf: [Listener]) {
        let there = listeners.filter { listener in
            port.containerPorts.contains(listener.port) && listener.transport.name == port.transport.rawValue
        }
        let reached = there.filter { listener in addresses.contains { listener.accepts($0) } }
        return (reached, there.filter { listener in !reached.contains(listener) })
    }

    typealias Listener = SocketTable.Listener
}

extension SocketTable.Listener {
    /// Whether a packet to an address of the sandbox reaches the socket: one of IPv6 at any address takes IPv4 along,
    /// unless told otherwise, which the table does not say.
    func accepts(_ target: IPAddress) -> Bool {
        let isAny = address.allSatisfy { $0 == 0 }
        return isAny ? address.count >= target.bytes.count : address == target.bytes || boundAddress == target
    }

    /// Where the socket is bound; one of IPv6 may be bound at an address of IPv4 (RFC 4291 section 2.5.5.2).
    var boundAddress: IPAddress? {
        let mapped = [UInt8](repeating: 0, count: 10) + [0xff, 0xff]
        return IPAddress(
            bytes: address.count == 16 && address.starts(with: mapped) ? Array(address.suffix(4)) : address
        )
    }

    /// The place as `ss` prints it: `0.0.0.0:7777`, `[::]:7777`.
    var place: String {
        switch boundAddress {
        case .v4(let address): "\(address):\(port)"
        case .v6(let address): "[\(address)]:\(port)"
        case nil: "?:\(port)"
        }
    }
}

extension HostPortProbe.Transport {
    /// The name of the protocol.
    var name: String {
        switch self {
        case .tcp: "tcp"
        case .udp: "udp"
        }
    }
}
