import PlumbAddress
package import PlumbCNI

/// Addresses from another IPAM plugin, such as a real `host-local` or `dhcp` (CNI 1.1.0, section 4).
package struct DelegatedAddresses<Settings: Decodable & Sendable> {
    private let delegate: Delegate
    private let request: Request<Settings>

    /// Nil when the addresses are plumb's own.
    ///
    /// - Throws: `CNIError` when the plugin can't be found.
    package init?(_ request: Request<Settings>) throws(CNIError) {
        guard let type = request.configuration.ipamType, !type.isEmpty, type != "plumb" else { return nil }
        do throws(CNIError) {
            self.delegate = try Delegate.find(type, in: request.environment.path)
        } catch {
            throw CNIError(error.code, "ipam.type: \"\(type)\": \(error.message)", details: error.details)
        }
        self.request = request
    }

    /// Takes addresses, runs a step with a network that has them, and gives them back if it fails.
    package func add(
        to network: NetworkSpecification,
        _ attach: (NetworkSpecification) throws(CNIError) -> CNIResult
    ) throws(CNIError) -> CNIResult {
        let result = try delegate.add(request)
        do throws(CNIError) {
            return try attach(try network.with(result, of: delegate.type))
        } catch {
            do throws(CNIError) {
                try delegate.del(request)
            } catch let second {
                throw CNIError(error.code, error.message, details: "\(error.details) DEL of ipam failed too: \(second)")
            }
            throw error
        }
    }

    /// Gives the addresses back.
    package func release() throws(CNIError) { try delegate.del(request) }

    /// Asks the plugin whether the addresses are still reserved.
    package func check() throws(CNIError) { try delegate.check(request) }

    /// Lets the plugin collect what is stale.
    package func collect() throws(CNIError) { try delegate.gc(request) }

    /// Asks the plugin whether it is ready.
    package func status() throws(CNIError) { try delegate.status(request) }
}

extension NetworkSpecification {
    /// The network with the addresses, routes and name servers that a plugin gave.
    fileprivate func with(_ result: CNIResult, of type: String) throws(CNIError) -> NetworkSpecification {
        guard !result.ips.isEmpty else {
            throw CNIError(.invalidConfiguration, "ipam.type: \"\(type)\" gave no address")
        }
        var network = self
        network.addressing = .fixed(result.ips.map { Attachment.Address(prefix: $0.address, gateway: $0.gateway) })
        network.routes = result.routes.map { route in
            Attachment.Route(
                destination: route.destination,
                gateway: route.gateway,
                mtu: route.mtu,
                advertisedMSS: route.advmss,
                metric: route.priority,
                table: route.table,
                scope: route.scope
            )
        }
        if network.dns.isEmpty { network.dns = result.dns }
        return network
    }
}
