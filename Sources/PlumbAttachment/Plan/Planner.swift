import PlumbAddress
package import PlumbFirewall
package import PlumbLinux
import PlumbNetlink
package import PlumbSubnetStore

/// Turns a specification, a request and what was found on the host into the one description of an attachment.
///
/// Nothing here touches the kernel or the store: the same input gives the same plan.
package struct Planner: Sendable {
    /// The network to attach to.
    package let network: NetworkSpecification

    /// Who is to be attached.
    package let request: AttachmentRequest

    /// What was found on the host.
    package let facts: HostFacts

    package init(network: NetworkSpecification, request: AttachmentRequest, facts: HostFacts) {
        self.network = network
        self.request = request
        self.facts = facts
    }

    /// What names the attachment.
    package var key: AttachmentKey {
        AttachmentKey(network: network.name, container: request.containerID, interface: request.interfaceName)
    }

    /// Describes the attachment, given the addresses that it got, the name that its host interface may have, and the
    /// first port of each that was left open.
    package func attachment(
        addresses: [Attachment.Address],
        hostInterface: String,
        sandbox: NamespaceIdentity,
        chosenPorts: [UInt16] = []
    ) -> Attachment {
        let addresses = addresses.map(routed)
        let bridge = bridge(for: addresses)
        let ports = request.values.ports.published(chosen: chosenPorts)
        return Attachment(
            key: key,
            sandbox: Attachment.Sandbox(
                path: request.sandboxPath,
                identity: sandbox,
                cookie: facts.sandboxCookie
            ),
            bridge: bridge,
            hostInterface: Attachment.Interface(name: hostInterface, mac: mac(of: "host interface")),
            containerInterface: Attachment.Interface(name: request.interfaceName, mac: containerMAC(addresses)),
            link: Attachment.Link(
                mtu: bridge.mtu,
                hairpin: network.hairpin ?? !ports.isEmpty,
                isolated: network.isolatesPorts || network.ingressPolicy == .isolated,
                refusesOtherMACs: network.refusesOtherMACs,
                detectsDuplicates: network.detectsDuplicates
            ),
            addresses: addresses,
            routes: routes(for: addresses),
            publishedPorts: ports,
            firewall: firewall(for: addresses),
            defaultHostAddress: network.defaultHostAddress
        )
    }

    /// The names that the host interface may have, in the order of preference.
    ///
    /// The first can be found again by whoever knows the attachment's key, without any record. Others are for the rare
    /// case that two keys have the same hash.
    package static func hostInterfaceNames(_ key: AttachmentKey) -> [String] {
        (0..<8).map { attempt in
            let parts = [key.network, key.container, key.interface] + (attempt == 0 ? [] : [String(attempt)])
            let hash = stableHash(parts)
            return "veth" + hexadecimal(UInt32(truncatingIfNeeded: hash ^ hash >> 32), digits: 8)
        }
    }

    /// The address with its gateway named where the bridge is to be it, so that routes and results know it too.
    private func routed(_ address: Attachment.Address) -> Attachment.Address {
        guard network.isGateway else { return address }
        return Attachment.Address(prefix: address.prefix, gateway: address.gatewayPrefix?.address)
    }

    /// The addresses that make the bridge a gateway: one for each subnet, with the subnet's prefix length.
    private func gateways(for addresses: [Attachment.Address]) -> [Prefix] {
        network.isGateway ? addresses.compactMap(\.gatewayPrefix) : []
    }

    private func bridge(for addresses: [Attachment.Address]) -> Bridge {
        Bridge(
            name: network.bridgeName,
            mac: facts.bridge?.mac
                ?? Self.bridgeMAC(network: network.name, bridge: network.bridgeName, machineID: facts.machineID),
            mtu: network.mtu ?? facts.bridge?.mtu ?? facts.uplinkMTU,
            gateways: gateways(for: addresses),
            replacesAddresses: network.replacesAddresses,
            promiscuous: network.promiscuous,
            removedWhenEmpty: network.removedWhenEmpty
        )
    }

    /// The MAC of a bridge that plumb makes: one that was there before has another.
    static func bridgeMAC(network: String, bridge: String, machineID: String) -> MACAddress {
        MACAddress(locallyAdministered: stableHash(["bridge", machineID, network, bridge]))
    }

    private func mac(of end: String) -> MACAddress {
        MACAddress(locallyAdministered: stableHash([end, key.network, key.container, key.interface]))
    }

    private func containerMAC(_ addresses: [Attachment.Address]) -> MACAddress {
        if let wanted = request.values.mac { return wanted }
        for case .v4(let address) in addresses.map(\.prefix.address) { return MACAddress(derivedFrom: address) }
        return mac(of: "container interface")
    }

    /// The network's own routes, then a default route for each family that has a gateway and none yet.
    ///
    /// A route without a gateway goes through the gateway of its family. An internal network leads nowhere, so that the
    /// default route of a container's other network is not hidden.
    private func routes(for addresses: [Attachment.Address]) -> [Attachment.Route] {
        func gateway(_ family: AddressFamily) -> IPAddress? {
            addresses.first { $0.prefix.family == family && $0.gateway != nil }?.gateway
        }
        var routes = network.routes.map { route in
            Attachment.Route(
                destination: route.destination,
                gateway: route.gateway ?? gateway(route.destination.family),
                mtu: route.mtu,
                advertisedMSS: route.advertisedMSS,
                metric: route.metric,
                table: route.table,
                scope: route.scope
            )
        }
        guard network.isDefaultGateway, !network.isInternal else { return routes }
        for family in AddressFamily.allCases {
            guard let gateway = gateway(family) else { continue }
            let everything = Prefix(wholeOf: family)
            guard !routes.contains(where: { $0.destination == everything && $0.table == nil }) else { continue }
            routes.append(Attachment.Route(destination: everything, gateway: gateway))
        }
        return routes
    }

    private func firewall(for addresses: [Attachment.Address]) -> FirewallPlan {
        let policy = NetworkPolicy(
            bridge: network.bridgeName,
            subnets: addresses.map(\.prefix.subnet),
            masquerade: network.masquerade,
            hairpin: network.translatesHairpins,
            ingressPolicy: network.ingressPolicy,
            isInternal: network.isInternal,
            randomizesPorts: network.randomizesPorts,
            chainPrefix: network.chainPrefix,
            userChain: network.userChain
        )
        return FirewallPlan(
            backend: firewallBackend,
            network: policy,
            mark: Self.mark(key, stateDirectory: network.stateDirectory)
        )
    }

    /// The backend that the attachment's rules go to: none on a network of layer 2 only, whose packets nobody forwards.
    ///
    /// What `auto` stands for is recorded, as the host may offer something else when the rules have to be found again.
    var firewallBackend: FirewallBackend {
        guard network.isGateway || requiresFirewall else { return .none }
        return network.firewallBackend == .auto ? facts.firewallBackend ?? .auto : network.firewallBackend
    }

    /// Whether the attachment would be something else than asked without a firewall.
    var requiresFirewall: Bool {
        network.masquerade || network.isInternal || network.refusesOtherMACs || network.ingressPolicy != .open
            || !request.values.ports.isEmpty
    }

    /// The mark that finds the attachment's rules again.
    package static func mark(_ key: AttachmentKey, stateDirectory: String) -> RuleMark {
        RuleMark(
            storeDirectory: stateDirectory,
            network: key.network,
            container: key.container,
            interface: key.interface
        )
    }
}
