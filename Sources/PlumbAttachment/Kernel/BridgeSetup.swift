import Glibc
import PlumbAddress
import PlumbCNI
import PlumbLinux
import PlumbNetlink

/// Brings a network's bridge into the state that its description asks for, whoever made it.
struct BridgeSetup: Hashable {
    let bridge: Bridge
    let families: [AddressFamily]

    /// Refuses a link that has the bridge's name but is something else.
    static func verify(_ link: Link?, names: FieldNames = .configuration) throws(CNIError) {
        guard let link, link.kind != "bridge" else { return }
        throw CNIError(
            .invalidConfiguration,
            "\(names["bridge"]): \"\(link.name)\" exists and is not a bridge but \(link.kind.map { "a \($0)" } ?? "a device")",
            details: "Choose another name for the bridge, or remove the link \(link.name)."
        )
    }

    /// Refuses a bridge whose addresses stand against the gateways that a network may get.
    static func verifyAddresses(_ facts: HostFacts, _ network: NetworkSpecification) throws(CNIError) {
        guard network.isGateway, !network.replacesAddresses else { return }
        for gateway in network.addressing.possibleGateways {
            try refuseConflict(of: gateway, with: facts.bridgeAddresses, on: network.bridgeName)
        }
    }

    private static func refuseConflict(
        of gateway: Prefix,
        with present: [Prefix],
        on bridge: String
    ) throws(CNIError) {
        guard !present.contains(gateway), let other = present.first(where: { $0.overlaps(gateway) }) else { return }
        throw CNIError(
            .invalidConfiguration,
            "bridge: \"\(bridge)\" has the address \(other), which is not the gateway \(gateway)",
            details: "Use the bridge's own subnet and gateway, or another bridge, or set forceAddress."
        )
    }

    /// Makes the bridge if it is missing, and adds what it lacks.
    ///
    /// Several processes may do so at once without a lock: each reads what is there and adds what is missing, and what
    /// another has added in the meantime is read again.
    ///
    /// - Throws: `CNIError` or `NetlinkError`.
    func ensure(_ facts: HostFacts, _ socket: borrowing NetlinkSocket) throws -> Link {
        var known = facts.bridge
        var addresses = facts.bridgeAddresses
        for attempt in 0... {
            do {
                if known == nil {
                    try create(socket)
                    known = try socket.link(named: bridge.name)
                    addresses = try known.map { try socket.addresses(linkIndex: $0.index) } ?? []
                }
                guard let link = known else { continue }
                try Self.verify(link)
                try complete(link, addresses, socket)
                return link
            } catch let error as NetlinkError where attempt < 5 && Self.isPassing(error.errno) {
                known = nil
            }
        }
        preconditionFailure("the loop returns or throws")
    }

    /// Errors that another process brings about by working on the same bridge.
    private static func isPassing(_ errno: CInt) -> Bool {
        [EEXIST, ENODEV, EADDRNOTAVAIL].contains(errno)
    }

    /// Makes the bridge, or finds that another process has done so just now.
    ///
    /// Equivalent to: `ip link add NAME address MAC mtu MTU type bridge mcast_snooping 0`
    private func create(_ socket: borrowing NetlinkSocket) throws(NetlinkError) {
        let settings = BridgeSettings(name: bridge.name, mac: bridge.mac, mtu: bridge.mtu, isUp: false)
        do throws(NetlinkError) {
            try socket.apply([.createBridge(settings)])
        } catch {
            guard error.errno == EEXIST else { throw error }
        }
    }

    private func complete(_ link: Link, _ addresses: [Prefix], _ socket: borrowing NetlinkSocket) throws {
        var changes = try addressChanges(link, addresses)
        if !link.isUp {
            try prepareIPv6()
            var settings = LinkSettings()
            if !families.contains(.ipv6) { settings.ipv6LinkLocal = false }
            changes.append(.changeLink(.index(link.index), settings))
            changes.append(.changeLink(.index(link.index), LinkSettings(isUp: true)))
        }
        if bridge.promiscuous { changes.append(.changeLink(.index(link.index), LinkSettings(isPromiscuous: true))) }
        guard !changes.isEmpty else { return }
        try socket.apply(changes)
    }

    /// A bridge is a router: it neither learns routes from advertisements nor waits for duplicates of its addresses.
    private func prepareIPv6() throws {
        let directory = "net/ipv6/conf/\(bridge.name)"
        // A kernel without IPv6 has no such directory.
        guard try Sysctl("\(directory)/accept_ra").read() != nil else { return }
        try Sysctl("\(directory)/accept_ra").write("0")
        guard families.contains(.ipv6) else { return }
        try Sysctl("\(directory)/disable_ipv6").ensure("0")
        try Sysctl("\(directory)/accept_dad").write("0")
    }

    /// Adds the gateway addresses that are missing.
    ///
    /// An address of another subnet may stay; one of the same subnet would make two gateways of one, so it is refused, or
    /// replaced if the configuration says so (`forceAddress`).
    private func addressChanges(_ link: Link, _ present: [Prefix]) throws(CNIError) -> [NetlinkChange] {
        var changes: [NetlinkChange] = []
        for gateway in bridge.gateways where !present.contains(gateway) {
            if !bridge.replacesAddresses {
                try Self.refuseConflict(of: gateway, with: present, on: bridge.name)
            }
            changes += present.filter { $0.overlaps(gateway) }.map { other in
                .removeAddress(InterfaceAddress(linkIndex: link.index, prefix: other))
            }
            changes.append(
                .addAddress(InterfaceAddress(linkIndex: link.index, prefix: gateway, skipsDuplicateDetection: true))
            )
        }
        return changes
    }

    /// Lets connections to 127.0.0.1 be sent on to containers behind this bridge; the raw table keeps strangers out.
    ///
    /// Equivalent to: `sysctl -w net.ipv4.conf.NAME.route_localnet=1`
    func routeLoopback(_ link: Link) throws {
        guard !link.ipv4RouteLocalnet else { return }
        try Sysctl("net/ipv4/conf/\(bridge.name)/route_localnet").write("1")
    }
}
