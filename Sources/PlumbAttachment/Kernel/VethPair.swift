import Glibc
import PlumbCNI
import PlumbFirewall
import PlumbLinux
import PlumbNetlink

/// The veth pair of an attachment.
struct VethPair {
    let attachment: Attachment

    /// What the host end is known by: the same text that marks the attachment's rules.
    var alias: String { attachment.firewall.mark.comment }

    /// Makes the pair, with the container's end born in the sandbox under its final name.
    ///
    /// The host end takes no part in IPv6 itself, or every new container's neighbour discovery would flood all ports.
    func create(bridge: Link, sandbox: borrowing Sandbox, host: Host) throws {
        let pair = VethSettings(
            name: attachment.hostInterface.name,
            mac: attachment.hostInterface.mac,
            mtu: attachment.link.mtu,
            master: bridge.index,
            peerName: attachment.containerInterface.name,
            peerMAC: attachment.containerInterface.mac,
            peerNamespace: sandbox.namespace.descriptor
        )
        do {
            try host.socket.apply([.createVeth(pair)])
        } catch  where error.errno == EXFULL {
            throw Self.bridgeFull(bridge.name)
        } catch  where error.errno == EEXIST {
            // A pair whose record was lost with its store keeps the name; nobody else can claim it.
            guard try remove(from: host, onlyMarked: true) else { throw error }
            try host.socket.apply([.createVeth(pair)])
        }
        // Not in one batch with the creation: had that failed, these would change a link of somebody else's.
        try host.socket.apply(hostEndChanges)
    }

    /// What stands for the making of a pair that was lost, with its ends set up.
    ///
    /// Addresses and routes go without saying: they are parts of the sandbox's setup.
    var remedies: [Remedy] {
        let host = attachment.hostInterface
        let peer = attachment.containerInterface
        let creation =
            "ip link add \(host.name) address \(host.mac) mtu \(attachment.link.mtu) master \(attachment.bridge.name)"
            + " type veth peer name \(peer.name) address \(peer.mac) netns \(attachment.sandbox.path)"
        return [Remedy(command: creation, change: .pair)]
    }

    private var hostEndChanges: [NetlinkChange] {
        let name = LinkSelector.name(attachment.hostInterface.name)
        var changes: [NetlinkChange] = [.changeLink(name, LinkSettings(alias: alias, ipv6LinkLocal: false))]
        let port = attachment.link.portSettings
        if !port.isPlain { changes.append(.changeBridgePort(name, port)) }
        return changes + [.changeLink(name, LinkSettings(isUp: true))]
    }

    /// Removes the pair, whichever end is left, without waiting for the kernel to free its memory.
    ///
    /// A link of the same name that belongs to somebody else is left alone, and with `onlyMarked` a link without any mark
    /// as well. Returns whether there was one.
    @discardableResult
    func remove(from host: Host, onlyMarked: Bool = false) throws -> Bool {
        guard let link = try hostEnd(host, onlyMarked: onlyMarked) else { return false }
        return try host.socket.removeLinkWithoutWaiting(named: link.name)
    }

    /// The host end, unless the link of its name belongs to somebody else.
    func hostEnd(_ host: Host, onlyMarked: Bool = false) throws -> Link? {
        guard let link = try host.socket.link(named: attachment.hostInterface.name), link.kind == "veth" else {
            return nil
        }
        let isOurs = link.alias == alias || (!onlyMarked && (link.alias ?? "").isEmpty)
        return isOurs ? link : nil
    }

    /// The kernel numbers a bridge's ports from 1 (`BR_MAX_PORTS`, net/bridge/br_private.h).
    static let mostPorts = 1023

    static func bridgeFull(_ bridge: String) -> CNIError {
        CNIError(
            .bridgeFull,
            "bridge: \"\(bridge)\" has \(mostPorts) ports already, the most that the kernel allows",
            details: "Attach new containers to a second network with a bridge of its own."
        )
    }
}
