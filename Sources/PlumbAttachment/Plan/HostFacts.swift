package import PlumbAddress
package import PlumbFirewall
package import PlumbLinux
package import PlumbNetlink

/// What planning has to know of the host, read before anything is changed.
package struct HostFacts: Sendable {
    /// The bridge, if it is there already.
    package var bridge: Link?

    /// The addresses of the bridge, with the prefix lengths of their subnets.
    package var bridgeAddresses: [Prefix] = []

    /// In bytes: what the default route's link carries.
    package var uplinkMTU: Int

    /// What tells this host from others that have a network of the same name.
    package var machineID: String

    /// What tells the sandbox from later ones; nil before Linux 5.14.
    package var sandboxCookie: UInt64?

    /// Where plumb chooses ports of the host; read only for a request that leaves a choice.
    package var localPorts = LocalPorts(range: 32768...60999, reserved: [])

    /// The backend that `auto` stands for on this host; nil while nobody has asked, or if there is none.
    package var firewallBackend: FirewallBackend?

    package init(bridge: Link?, uplinkMTU: Int = 1500, machineID: String = "") {
        self.bridge = bridge
        self.uplinkMTU = uplinkMTU
        self.machineID = machineID
    }

    /// Asks the kernel for what the network's plan needs; with the bridge in place that is one request.
    package static func gather(
        _ network: NetworkSpecification,
        _ socket: borrowing NetlinkSocket
    ) throws -> HostFacts {
        var facts = HostFacts(bridge: nil)
        try facts.readBridge(network, socket)
        guard facts.bridge == nil else { return facts }
        facts.uplinkMTU = try uplinkMTU(socket)
        facts.machineID = machineID()
        return facts
    }

    /// Looks at the bridge, again where it may have gone since.
    mutating func readBridge(_ network: NetworkSpecification, _ socket: borrowing NetlinkSocket) throws {
        bridge = try socket.link(named: network.bridgeName)
        bridgeAddresses = []
        guard let bridge, network.isGateway else { return }
        bridgeAddresses = try socket.addresses(linkIndex: bridge.index)
    }

    /// Addresses that routes to nobody in particular lead to.
    ///
    /// They are of the blocks for documentation (RFC 5737, RFC 3849): nobody else's route leads there.
    static let elsewhere = ["192.0.2.1", "2001:db8::1"].compactMap { IPAddress($0) }

    /// The MTU towards the Internet; 1500 on a host without a default route.
    private static func uplinkMTU(_ socket: borrowing NetlinkSocket) throws -> Int {
        for address in elsewhere {
            guard
                let route = try socket.routeTo(address),
                let link = try socket.link(index: route.linkIndex)
            else { continue }
            // The loopback interface (ifinfo flag aside, always index 1 of a namespace) is no way out.
            if link.index == 1 { continue }
            return min(route.mtu ?? link.mtu, link.mtu)
        }
        return 1500
    }

    /// Hosts without a machine id are rare and only risk that two of them choose the same MAC for a bridge.
    static func machineID() -> String {
        do throws(SystemError) {
            return try readText("/etc/machine-id")
        } catch {
            return ""
        }
    }
}
