import PlumbAddress
package import PlumbCNI

extension Attachment {
    /// What ADD answers: bridge, host end and container's end, in the order of the reference plugin.
    package func result(dns: DNS) -> CNIResult {
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
            dns: dns
        )
    }
}
