import PlumbAddress
package import PlumbCNI
import PlumbFirewall

extension Attachment {
    /// What ADD answers: bridge, host end and container's end, in the order of the reference plugin.
    ///
    /// The published ports are part of it if plumb has chosen one for the request.
    package func result(dns: DNS, for request: RuntimeValues) -> CNIResult {
        CNIResult(
            interfaces: [
                CNIResult.Interface(name: bridge.name, mac: bridge.mac.description, mtu: bridge.mtu),
                CNIResult.Interface(name: hostInterface.name, mac: hostInterface.mac.description, mtu: link.mtu),
                CNIResult.Interface(
                    name: containerInterface.name,
                    mac: containerInterface.mac.description,
                    mtu: link.mtu,
                    sandbox: sandbox.path
                ),
            ],
            ips: addresses.map { CNIResult.IP(address: $0.prefix, gateway: $0.gateway, interface: 2) },
            routes: routes.map { route in
                CNIResult.Route(
                    destination: route.destination,
                    gateway: route.gateway,
                    mtu: route.mtu,
                    advmss: route.advertisedMSS,
                    priority: route.metric,
                    table: route.table,
                    scope: route.scope
                )
            },
            dns: dns,
            portMappings: request.ports.contains(where: \.isOpen) ? publishedPorts.map(PortMapping.init) : []
        )
    }
}

extension PortMapping {
    fileprivate init(_ port: PublishedPort) {
        self.init(
            hostPort: Int(port.hostPort),
            containerPort: Int(port.containerPort),
            protocol: port.transport.rawValue,
            hostIP: port.hostAddress?.description,
            range: Int(port.count)
        )
    }
}
