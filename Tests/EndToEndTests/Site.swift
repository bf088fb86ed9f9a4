import PlumbTestSupport

/// A host with a container that serves at port 7777, attached to a network of both families.
final class Site {
    let host: TestHost
    let container: Container
    let server: Server
    let configuration: JSON
    let result: JSON

    /// Attaches the container, which publishes 8888 of the host unless other ports are given.
    init(
        _ backend: Backend = .iptables,
        ports: [JSON] = JSON.ports(8888, 7777),
        prepare: (TestHost) throws -> Void = { _ in },
        configure: (inout JSON) -> Void = { _ in }
    ) throws {
        host = try TestHost()
        try prepare(host)
        container = try host.container("server")
        var configuration = JSON.network(Family.allCases, ports: ports)
        configuration["firewallBackend"] = .string(backend.rawValue)
        configure(&configuration)
        self.configuration = configuration
        result = try host.attach(container, configuration)
        server = try Server("server", in: container.namespace, port: 7777)
    }

    /// Attaches another container to the same network, which publishes nothing.
    func neighbour(_ id: String = "neighbour") throws -> Container {
        let neighbour = try host.container(id)
        var configuration = configuration
        configuration["runtimeConfig"] = .null
        try host.attach(neighbour, configuration)
        return neighbour
    }
}
