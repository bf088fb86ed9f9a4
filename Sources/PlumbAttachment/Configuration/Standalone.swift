import PlumbAddress
package import PlumbCNI
import PlumbFirewall

/// A network described by environment variables, for a person at a shell: no JSON, no runtime, defaults that work.
package struct Standalone: Sendable {
    /// The network.
    package let specification: NetworkSpecification

    /// What is asked for this container.
    package let values: RuntimeValues

    /// What each variable stands for in the JSON configuration; the help text is made of it.
    package static let variables: [(name: String, meaning: String)] = [
        ("PLUMB_PUBLISH", "ports as for docker run -p: 8888:7777/tcp,127.0.0.1:53:53/udp,5000-5003:6000-6003,80"),
        ("PLUMB_HOST_IP", "host address of published ports that name none (default: all of them)"),
        ("PLUMB_SUBNET", "subnets, one of a family: 10.87.0.0/16 (default),fd00:87::/64"),
        ("PLUMB_GATEWAY", "gateways in the subnets, in the same order (default: the first address)"),
        ("PLUMB_IP", "addresses wanted for the container, at most one of a subnet"),
        ("PLUMB_MAC", "MAC address for the container (default: 02:42 and the IPv4 address)"),
        ("PLUMB_MTU", "MTU in bytes (default: that of the default route's link)"),
        ("PLUMB_NETWORK", "name of the network (default: plumb)"),
        ("PLUMB_BRIDGE", "name of its bridge (default: plumb0)"),
        ("PLUMB_MASQUERADE", "take the host's address on the way out: true (default) or false"),
        ("PLUMB_RANDOM_PORTS", "and a random source port with it: true (default) or false"),
        ("PLUMB_INTERNAL", "cut the network off from everything but the host: true or false (default)"),
        ("PLUMB_INGRESS_POLICY", "protected (default), open, same-bridge or isolated"),
        ("PLUMB_CHAIN_PREFIX", "how the names of the iptables chains begin (default: PLUMB)"),
        ("PLUMB_FIREWALL", "auto (default), iptables, nftables or none"),
        ("PLUMB_STATE_DIR", "where leases are kept (default: /run/plumb)"),
        ("PLUMB_TRACE", "1 for the steps and their times on standard error, or a file to append them to"),
        ("PLUMB_CONFIG", "a file with a network configuration to use in place of all these"),
    ]

    private static let names = FieldNames(aliases: [
        "mtu": "PLUMB_MTU", "bridge": "PLUMB_BRIDGE", "ingressPolicy": "PLUMB_INGRESS_POLICY",
        "chainPrefix": "PLUMB_CHAIN_PREFIX", "firewallBackend": "PLUMB_FIREWALL", "mac": "PLUMB_MAC",
        "internal": "PLUMB_INTERNAL", "ipam.ranges": "PLUMB_SUBNET", "ips": "PLUMB_IP",
        "defaultHostIP": "PLUMB_HOST_IP",
    ])

    /// Reads the variables that begin with `PLUMB_`.
    ///
    /// - Throws: `CNIError` 4 for a variable that does not exist, 7 naming the variable and its value otherwise.
    package init(_ environment: [String: String]) throws(CNIError) {
        try Self.refuseUnknown(environment)
        let text = { (name: String) in environment[name].flatMap { $0.isEmpty ? nil : $0 } }

        var settings = NetworkSettings()
        settings.isDefaultGateway = true
        settings.bridge = text("PLUMB_BRIDGE")
        settings.chainPrefix = text("PLUMB_CHAIN_PREFIX")
        settings.defaultHostIP = text("PLUMB_HOST_IP")
        settings.firewallBackend = text("PLUMB_FIREWALL")
        settings.ingressPolicy = text("PLUMB_INGRESS_POLICY")
        settings.ipMasq = try Self.truth("PLUMB_MASQUERADE", text("PLUMB_MASQUERADE")) ?? true
        settings.ipMasqRandomFully = try Self.truth("PLUMB_RANDOM_PORTS", text("PLUMB_RANDOM_PORTS"))
        settings.internal = try Self.truth("PLUMB_INTERNAL", text("PLUMB_INTERNAL"))
        settings.mtu = try Self.number("PLUMB_MTU", text("PLUMB_MTU"))

        var addresses = AddressSettings()
        addresses.ranges = try Self.ranges(
            subnets: text("PLUMB_SUBNET") ?? "10.87.0.0/16",
            gateways: text("PLUMB_GATEWAY")
        )
        settings.ipam = addresses

        var values = RuntimeValues()
        values.mac = try text("PLUMB_MAC").map { text throws(CNIError) in try Self.names.mac("mac", text) }
        values.addresses = try RuntimeValues.addresses(Self.list(text("PLUMB_IP")), path: "PLUMB_IP")
        values.ports = try PortRequest.list(
            text("PLUMB_PUBLISH") ?? "",
            variable: "PLUMB_PUBLISH",
            defaultAddress: try Self.names.address("defaultHostIP", ifGiven: settings.defaultHostIP)
        )
        self.values = values

        let network = text("PLUMB_NETWORK") ?? "plumb"
        guard isValidName(network) else {
            throw CNIError(
                .invalidConfiguration,
                "PLUMB_NETWORK: \"\(network)\" is not a letter or digit followed by letters, digits, dots, hyphens or _"
            )
        }
        var defaults = try NetworkDefaults(environment)
        defaults.bridgeName = "plumb0"
        defaults.ingressPolicy = .protected
        defaults.removedWhenEmpty = true
        specification = try NetworkSpecification(
            name: network,
            settings: settings,
            request: values,
            dns: DNS(),
            defaults: defaults,
            names: Self.rangeNames(count: addresses.ranges?.count ?? 0)
        )
    }

    private static func list(_ text: String?) -> [String] {
        (text ?? "").split(separator: ",", omittingEmptySubsequences: false).filter { !$0.isEmpty }.map(String.init)
    }

    private static func ranges(subnets: String, gateways: String?) throws(CNIError) -> [[RangeSettings]] {
        let subnets = list(subnets)
        let gateways = list(gateways)
        guard gateways.count <= subnets.count else {
            throw names.invalid("PLUMB_GATEWAY", gateways[subnets.count], "has no subnet in PLUMB_SUBNET to go with")
        }
        return subnets.enumerated().map { index, subnet in
            [RangeSettings(subnet: subnet, gateway: index < gateways.count ? gateways[index] : nil)]
        }
    }

    private static func rangeNames(count: Int) -> FieldNames {
        var names = names
        for index in 0..<count {
            names = names.adding([
                "ipam.ranges[\(index)][0].subnet": "PLUMB_SUBNET",
                "ipam.ranges[\(index)][0].gateway": "PLUMB_GATEWAY",
            ])
        }
        return names
    }

    private static func truth(_ name: String, _ text: String?) throws(CNIError) -> Bool? {
        switch text {
        case nil: return nil
        case "true", "1": return true
        case "false", "0": return false
        case .some(let text): throw names.invalid(name, text, "is neither true nor false")
        }
    }

    private static func number(_ name: String, _ text: String?) throws(CNIError) -> Int? {
        guard let text else { return nil }
        guard let number = Int(text) else { throw names.invalid(name, text, "is not a whole number") }
        return number
    }

    /// A misspelt variable would otherwise be a setting that silently has no effect.
    private static func refuseUnknown(_ environment: [String: String]) throws(CNIError) {
        let known = Set(variables.map(\.name))
        let unknown = environment.keys.filter { $0.hasPrefix("PLUMB_") && !known.contains($0) }.sorted()
        guard let first = unknown.first else { return }
        throw CNIError(
            .invalidEnvironment,
            "\(first): plumb knows no such variable (its value is \"\(environment[first] ?? "")\")",
            details: "There are \(variables.map(\.name).joined(separator: ", "))."
        )
    }
}

extension NetworkDefaults {
    /// The defaults with what the environment changes for configurations as well: the place of the store.
    ///
    /// - Throws: `CNIError` 7 for a directory that would be another one in every working directory.
    package init(_ environment: [String: String]) throws(CNIError) {
        self.init()
        guard let directory = environment["PLUMB_STATE_DIR"], !directory.isEmpty else { return }
        guard directory.hasPrefix("/") else {
            throw FieldNames.configuration.invalid("PLUMB_STATE_DIR", directory, "is not an absolute path")
        }
        stateDirectory = directory
    }

    /// The place of the store for a command: what its option says, else the environment.
    ///
    /// - Throws: `CNIError` 7 as the initializer does, when there is no option.
    package static func stateDirectory(
        option: String?,
        _ environment: [String: String]
    ) throws(CNIError) -> String {
        if let option, !option.isEmpty {
            guard option.hasPrefix("/") else {
                throw FieldNames.configuration.invalid("--state-dir", option, "is not an absolute path")
            }
            return option
        }
        return try NetworkDefaults(environment).stateDirectory
    }
}
