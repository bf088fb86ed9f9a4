package import PlumbAddress
package import PlumbCNI
package import PlumbFirewall
package import PlumbSubnetStore

/// A network as the user wants it, proved to make sense.
package struct NetworkSpecification: Hashable, Sendable {
    /// Where the addresses of attachments come from.
    package enum Addressing: Hashable, Sendable {
        /// Nowhere: the network is of layer 2 only.
        case none
        /// From plumb's own store: one address of each range set.
        case ranges([RangeSet])
        /// From the configuration or the request, the same for whoever comes.
        case fixed([Attachment.Address])
        /// From another IPAM plugin of this name.
        case delegated(type: String)
    }

    /// The network's name, by which its attachments are found again.
    package var name: String

    /// The name of the bridge on the host.
    package var bridgeName: String

    /// Whether the bridge has the gateway addresses of the subnets.
    package var isGateway: Bool

    /// Whether containers send to the bridge what nobody else is the route for.
    package var isDefaultGateway: Bool

    /// Whether another address of a subnet makes way for the gateway address on the bridge.
    package var replacesAddresses: Bool
    /// In bytes; nil to take the bridge's, or that of the default route's link.
    package var mtu: Int?
    /// Nil to decide by whether the attachment publishes ports.
    package var hairpin: Bool?

    /// Whether the bridge passes every frame to the host.
    package var promiscuous: Bool

    /// Whether containers can't reach each other through the bridge.
    package var isolatesPorts: Bool

    /// Whether the kernel checks IPv6 addresses for duplicates before it uses them.
    package var detectsDuplicates: Bool

    /// Where addresses come from.
    package var addressing: Addressing

    /// The routes of each container, beside the default routes of `isDefaultGateway`.
    package var routes: [Attachment.Route]

    /// How containers resolve names: for the result only, since plumb writes no files of theirs.
    package var dns: DNS

    /// Whether what leaves the network takes the host's address.
    package var masquerade: Bool

    /// Whether masqueraded connections get fully random source ports.
    package var randomizesPorts: Bool

    /// Whether the network is cut off from everything but the host.
    package var isInternal: Bool

    /// Whether frames from containers with another source MAC than their own are dropped.
    package var refusesOtherMACs: Bool

    /// Whether containers, and the host at 127.0.0.1, reach published ports through the host.
    package var translatesHairpins: Bool

    /// The host's address of published ports that name none; nil for every address of every family.
    package var defaultHostAddress: IPAddress?

    /// Who may open connections to containers.
    package var ingressPolicy: IngressPolicy

    /// What keeps the rules.
    package var firewallBackend: FirewallBackend

    /// How the names of the chains begin.
    package var chainPrefix: String

    /// The chain for rules of the administrator.
    package var userChain: String

    /// The directory of the store: an absolute path.
    package var stateDirectory: String

    /// Whether bridge and rules go with the network's last attachment.
    package var removedWhenEmpty: Bool

    /// Where the store is unless the configuration or `PLUMB_STATE_DIR` says otherwise.
    package static let defaultStateDirectory = "/run/plumb"
}

/// What a configuration leaves open and the moment decides.
package struct NetworkDefaults: Sendable {
    /// The bridge where none is named.
    package var bridgeName = "cni0"

    /// The policy where none is named.
    package var ingressPolicy = IngressPolicy.open

    /// Whether bridge and rules go with the last attachment where nothing is said of it.
    package var removedWhenEmpty = false

    /// The directory of the store where `ipam.dataDir` names none.
    package var stateDirectory = NetworkSpecification.defaultStateDirectory

    package init() {}
}

extension NetworkSpecification {
    /// Checks the settings of a network and fills in what they leave out.
    ///
    /// - Throws: `CNIError` 7 naming field and value, or 2 for a key whose meaning plumb does not provide.
    package init(
        name: String,
        settings: NetworkSettings,
        request: RuntimeValues,
        dns: DNS,
        defaults: NetworkDefaults,
        names: FieldNames
    ) throws(CNIError) {
        try settings.refuseUnsupported(names)
        let addressing = try Self.addressing(settings.ipam, request: request, names: names)
        let families = addressing.families

        self.name = name
        self.bridgeName = try Self.bridgeName(settings.bridge ?? defaults.bridgeName, names: names)
        self.isDefaultGateway = settings.isDefaultGateway ?? false
        self.isGateway = self.isDefaultGateway || settings.isGateway ?? false
        self.replacesAddresses = settings.forceAddress ?? false
        self.mtu = try names.mtu("mtu", settings.mtu, families: families)
        self.hairpin = settings.hairpinMode
        self.promiscuous = settings.promiscMode ?? false
        if promiscuous, settings.hairpinMode == true {
            throw names.invalid("promiscMode", true, "does not go with hairpinMode: frames would arrive twice")
        }
        let policy = settings.ingressPolicy
        self.firewallBackend = try names.choice("firewallBackend", settings.firewallBackend, otherwise: .auto)
        let usualPolicy = firewallBackend == .none ? .open : defaults.ingressPolicy
        self.ingressPolicy = try names.choice("ingressPolicy", policy, otherwise: usualPolicy)
        self.isolatesPorts = settings.portIsolation ?? false
        self.detectsDuplicates = settings.enabledad ?? false
        self.addressing = addressing
        self.routes = try (settings.ipam?.routes ?? []).enumerated().map { index, route throws(CNIError) in
            try Self.route(route, path: "ipam.routes[\(index)]", names: names)
        }
        self.dns = dns
        self.masquerade = settings.ipMasq ?? false
        self.randomizesPorts = settings.ipMasqRandomFully ?? true
        self.isInternal = settings.internal ?? false
        self.refusesOtherMACs = settings.macspoofchk ?? false
        self.translatesHairpins = settings.snat ?? true
        self.defaultHostAddress = try names.address("defaultHostIP", ifGiven: settings.defaultHostIP)
        self.chainPrefix = try Self.chainPrefix(settings.chainPrefix ?? "PLUMB", names: names)
        self.userChain = try Self.userChain(settings.iptablesAdminChainName, prefix: chainPrefix, names: names)
        self.stateDirectory = try Self.stateDirectory(settings.ipam?.dataDir, defaults: defaults, names: names)
        self.removedWhenEmpty = settings.removeWhenEmpty ?? defaults.removedWhenEmpty
        if firewallBackend == .none { try refuseWithoutFirewall(request, names) }
    }

    /// Refuses what takes a firewall on a network that is to have none.
    private func refuseWithoutFirewall(_ request: RuntimeValues, _ names: FieldNames) throws(CNIError) {
        let problem = "does not go with firewallBackend none: there are no rules then"
        if isInternal { throw names.invalid("internal", true, problem) }
        if refusesOtherMACs { throw names.invalid("macspoofchk", true, problem) }
        if ingressPolicy != .open { throw names.invalid("ingressPolicy", ingressPolicy.rawValue, problem) }
        guard let port = request.ports.first else { return }
        throw names.invalid("portMappings", port, problem)
    }

    private static func bridgeName(_ name: String, names: FieldNames) throws(CNIError) -> String {
        if let problem = interfaceNameProblem(name) { throw names.invalid("bridge", name, problem) }
        return name
    }

    private static func stateDirectory(
        _ path: String?,
        defaults: NetworkDefaults,
        names: FieldNames
    ) throws(CNIError) -> String {
        guard let path, !path.isEmpty else { return defaults.stateDirectory }
        guard path.hasPrefix("/") else { throw names.invalid("ipam.dataDir", path, "is not an absolute path") }
        return path
    }

    private static func chainPrefix(_ prefix: String, names: FieldNames) throws(CNIError) -> String {
        guard ChainNames.isValidPrefix(prefix) else {
            let form = "1 to 10 letters, digits, hyphens or underscores that begin with a letter"
            throw names.invalid("chainPrefix", prefix, "is not \(form)")
        }
        return prefix
    }

    private static func userChain(_ name: String?, prefix: String, names: FieldNames) throws(CNIError) -> String {
        guard let name, !name.isEmpty else { return "\(prefix)-USER" }
        guard ChainNames.isValidChain(name) else {
            let form = "a chain of one's own: 1 to 28 letters, digits, hyphens or underscores"
            throw names.invalid("iptablesAdminChainName", name, "is not the name of \(form)")
        }
        return name
    }

    private static func route(
        _ settings: RouteSettings,
        path: String,
        names: FieldNames
    ) throws(CNIError) -> Attachment.Route {
        guard let destination = settings.dst else {
            throw CNIError(.invalidConfiguration, "\(names["\(path).dst"]): missing; a route needs a destination")
        }
        let prefix = try names.prefix("\(path).dst", destination)
        guard prefix.isSubnet else {
            throw names.invalid("\(path).dst", destination, "has bits set beyond its length; use \(prefix.subnet)")
        }
        let gateway = try names.address("\(path).gw", ifGiven: settings.gw)
        if let gateway, gateway.family != prefix.family {
            throw names.invalid("\(path).gw", gateway, "is of another family than the destination \(prefix)")
        }
        for (field, value) in [
            ("mtu", settings.mtu), ("advmss", settings.advmss), ("priority", settings.priority),
            ("table", settings.table), ("scope", settings.scope),
        ] {
            guard let value, !(0...(field == "scope" ? 255 : Int(UInt32.max))).contains(value) else { continue }
            throw names.invalid("\(path).\(field)", value, "is out of range")
        }
        return Attachment.Route(
            destination: prefix,
            gateway: gateway,
            mtu: settings.mtu,
            advertisedMSS: settings.advmss,
            metric: settings.priority,
            table: settings.table,
            scope: settings.scope
        )
    }
}

extension NetworkSpecification.Addressing {
    /// The families that attachments will have addresses of; unknown, so none, when another plugin gives them.
    package var families: [AddressFamily] {
        let all: [AddressFamily]
        switch self {
        case .none, .delegated: all = []
        case .ranges(let sets): all = sets.compactMap(\.first?.subnet.family)
        case .fixed(let addresses): all = addresses.map(\.prefix.family)
        }
        return AddressFamily.allCases.filter(all.contains)
    }
}

extension NetworkSpecification.Addressing {
    /// The gateways that attachments may get, with the prefix lengths of their subnets.
    var possibleGateways: [Prefix] {
        switch self {
        case .none, .delegated: []
        case .ranges(let sets):
            sets.joined().compactMap { range in range.gateway.flatMap { Prefix($0, length: range.subnet.length) } }
        case .fixed(let addresses): addresses.compactMap(\.gatewayPrefix)
        }
    }
}

extension NetworkSettings {
    /// Refuses keys that would be wrong to ignore, since a container would be more open or otherwise than asked.
    fileprivate func refuseUnsupported(_ names: FieldNames) throws(CNIError) {
        let asked: [(String, String?)] = [
            ("vlan", vlan.flatMap { $0 == 0 ? nil : "\($0)" }),
            ("vlanTrunk", vlanTrunk.flatMap { $0.isEmpty ? nil : "\($0.count) entries" }),
            ("disableContainerInterface", disableContainerInterface == true ? "true" : nil),
            ("masqAll", masqAll == true ? "true" : nil),
            ("externalSetMarkChain", externalSetMarkChain.flatMap { $0.isEmpty ? nil : $0 }),
            ("conditionsV4", conditionsV4.flatMap { $0.isEmpty ? nil : $0.joined(separator: " ") }),
            ("conditionsV6", conditionsV6.flatMap { $0.isEmpty ? nil : $0.joined(separator: " ") }),
            ("sysctl", sysctl.flatMap { $0.isEmpty ? nil : $0.keys.sorted().joined(separator: ", ") }),
            ("allmulti", allmulti == true ? "true" : nil),
            ("txQLen", txQLen.flatMap { $0 == 0 ? nil : "\($0)" }),
            ("ingressRate", ingressRate.flatMap { $0 == 0 ? nil : "\($0)" }),
            ("egressRate", egressRate.flatMap { $0 == 0 ? nil : "\($0)" }),
        ]
        for case (let key, let value?) in asked {
            throw CNIError(
                .unsupportedField,
                "\(names[key]): \"\(value)\" is not supported",
                details: "Take the key out of the configuration, or chain a plugin that provides it after plumb."
            )
        }
    }
}
