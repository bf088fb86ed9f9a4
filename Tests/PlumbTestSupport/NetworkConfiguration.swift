extension JSON {
    /// A network as most people want it: a bridge with a gateway address, a default route, masquerading.
    package static func network(
        _ families: [Family] = [.ipv4],
        version: String = "1.0.0",
        ports: [JSON] = []
    ) -> JSON {
        var configuration: JSON = [
            "cniVersion": .string(version),
            "name": "web",
            "type": "plumb",
            "bridge": "web0",
            "isDefaultGateway": true,
            "ipMasq": true,
            "ipam": ["type": "plumb", "ranges": .array(families.map { [["subnet": .string($0.subnet)]] })],
        ]
        if !ports.isEmpty { configuration["runtimeConfig"]["portMappings"] = .array(ports) }
        return configuration
    }

    /// A port for the capability `portMappings`.
    package static func port(
        _ hostPort: Int,
        _ containerPort: Int,
        _ transport: Transport = .tcp,
        at hostIP: String? = nil,
        range: Int = 1
    ) -> JSON {
        var port: JSON = [
            "hostPort": .number(Double(hostPort)),
            "containerPort": .number(Double(containerPort)),
            "protocol": .string(transport.rawValue),
        ]
        if let hostIP { port["hostIP"] = .string(hostIP) }
        if range != 1 { port["range"] = .number(Double(range)) }
        return port
    }

    /// A port for each transport protocol.
    package static func ports(_ hostPort: Int, _ containerPort: Int, at hostIP: String? = nil) -> [JSON] {
        Transport.allCases.map { port(hostPort, containerPort, $0, at: hostIP) }
    }
}
