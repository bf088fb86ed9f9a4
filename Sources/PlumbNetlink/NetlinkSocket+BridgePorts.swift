import CLibnl
import Glibc

extension NetlinkSocket {
    /// Reads how a bridge treats one of its ports; nil when no bridge has a port of that name.
    ///
    /// libnl-route leaves this part of a link out. Equivalent to: `bridge -d link show dev NAME`
    ///
    /// - Throws: `NetlinkError`
    package borrowing func bridgePort(named name: String) throws(NetlinkError) -> BridgePortSettings? {
        try bridgePort(named: name) { $0.bridgePort }
    }

    /// Reads what a bridge does with the frames of a port; nil when no bridge has a port of that name.
    ///
    /// Equivalent to: `bridge -d link show dev NAME`
    ///
    /// - Throws: `NetlinkError`
    package borrowing func bridgePortState(named name: String) throws(NetlinkError) -> BridgePortState? {
        try bridgePort(named: name) { $0.bridgePortState }
    }

    private func bridgePort<Value>(
        named name: String,
        _ read: (Answer) -> Value?
    ) throws(NetlinkError) -> Value? {
        do {
            let message = LinkSelector.name(name).request(RTM_GETLINK)
            return try query(message, for: "find bridge port \(name)", read: read).first
        } catch {
            guard error.errno == ENODEV else { throw error }
            return nil
        }
    }
}

extension NetlinkSocket {
    /// Reads how bridges treat their ports, by the index of the port. Equivalent to: `bridge -d link show`
    ///
    /// - Throws: `NetlinkError`
    package borrowing func bridgePorts() throws(NetlinkError) -> [Int: BridgePortSettings] {
        let message = Message(RTM_GETLINK, flags: NLM_F_DUMP)
        message.append(header: ifinfomsg())
        let ports = try query(message, for: "list bridge ports") { answer in
            answer.bridgePort.flatMap { port in answer.linkIndex.map { ($0, port) } }
        }
        return Dictionary(ports) { first, _ in first }
    }
}

extension Answer {
    /// The index of the link that the message is about.
    fileprivate var linkIndex: Int? {
        guard unsafe nlmsg_datalen(header) >= MemoryLayout<ifinfomsg>.size, let data = unsafe nlmsg_data(header) else {
            return nil
        }
        return unsafe Int(data.load(as: ifinfomsg.self).ifi_index)
    }
}

/// What a bridge does with the frames of a port (`BR_STATE_…` of `linux/if_bridge.h`); only `forwarding` lets them pass.
package enum BridgePortState: UInt8, Sendable {
    case disabled
    case listening
    case learning
    case forwarding
    case blocking
}

extension Answer {
    /// How the bridge treats the link, if a bridge has it.
    fileprivate var bridgePort: BridgePortSettings? {
        guard let data = unsafe bridgePortData else { return nil }
        return BridgePortSettings(
            hairpin: unsafe attribute(IFLA_BRPORT_MODE, in: data).map { unsafe nla_get_u8($0) != 0 },
            isolated: unsafe attribute(IFLA_BRPORT_ISOLATED, in: data).map { unsafe nla_get_u8($0) != 0 }
        )
    }

    /// The state of the link as a port, if a bridge has it.
    fileprivate var bridgePortState: BridgePortState? {
        guard
            let data = unsafe bridgePortData,
            let state = unsafe attribute(IFLA_BRPORT_STATE, in: data)
        else { return nil }
        return BridgePortState(rawValue: unsafe nla_get_u8(state))
    }

    /// The bridge's part of a link: `IFLA_LINKINFO`, in it `IFLA_INFO_SLAVE_DATA`.
    @unsafe private var bridgePortData: UnsafeMutablePointer<nlattr>? {
        let size = CInt(MemoryLayout<ifinfomsg>.size)
        guard
            let info = unsafe nlmsg_find_attr(header, size, CInt(IFLA_LINKINFO)),
            let kind = unsafe attribute(IFLA_INFO_SLAVE_KIND, in: info),
            unsafe nla_strcmp(kind, "bridge") == 0
        else { return nil }
        return unsafe attribute(IFLA_INFO_SLAVE_DATA, in: info)
    }

    @unsafe private func attribute(_ type: Int, in parent: UnsafeMutablePointer<nlattr>) -> UnsafeMutablePointer<
        nlattr
    >? {
        unsafe nla_find(nla_data(parent)?.assumingMemoryBound(to: nlattr.self), nla_len(parent), CInt(type))
    }
}
