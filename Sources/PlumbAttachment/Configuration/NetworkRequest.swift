package import PlumbCNI

extension NetworkSpecification {
    /// The network of a request with a configuration.
    ///
    /// - Throws: `CNIError` naming field and value.
    package init(
        _ request: Request<NetworkSettings>,
        values: RuntimeValues,
        defaults: NetworkDefaults
    ) throws(CNIError) {
        let configuration = request.configuration
        try self.init(
            name: configuration.name,
            settings: configuration.settings,
            request: values,
            dns: try Self.dns(configuration),
            defaults: defaults,
            names: .configuration
        )
    }

    /// What the runtime says wins over the network's own, and that over the resolver file that ipam names.
    private static func dns(_ configuration: NetworkConfiguration<NetworkSettings>) throws(CNIError) -> DNS {
        if let dns = configuration.runtimeConfig?.dns, !dns.isEmpty { return dns }
        if let dns = configuration.dns, !dns.isEmpty { return dns }
        guard let path = configuration.settings.ipam?.resolvConf, !path.isEmpty else { return DNS() }
        return try ResolverFile.read(path)
    }
}
