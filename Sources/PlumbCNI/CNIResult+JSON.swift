import PlumbAddress

extension CNIResult {
    /// The JSON text that goes to standard output, in the shape of the version and with its keys sorted.
    ///
    /// What a version has no key for is left out.
    ///
    /// - Throws: `CNIError` with code 1 for a version that is not spoken, and for a result without addresses in 0.1.0
    ///   and 0.2.0, which have no other content.
    public func json(version: SpecVersion) throws(CNIError) -> String {
        _ = try StatedVersion(cniVersion: version.description).supported(orElse: version)
        guard version.supportsInterfaces || !ips.isEmpty else {
            throw CNIError(.incompatibleVersion, "a result of cniVersion \(version) needs an address, but has none")
        }
        return encodeJSON(ResultDocument(self, version: version))
    }
}

/// A result with the keys that a version has; those that are nil are not printed.
private struct ResultDocument: Encodable {
    struct Interface: Encodable {
        var name: String
        var mac: String?
        var mtu: Int?
        var sandbox: String?
        var socketPath: String?
        var pciID: String?
    }

    struct IP: Encodable {
        var version: String?
        var interface: Int?
        var address: Prefix
        var gateway: IPAddress?
    }

    struct Route: Encodable {
        var dst: Prefix
        var gw: IPAddress?
        var mtu: Int?
        var advmss: Int?
        var priority: Int?
        var table: Int?
        var scope: Int?
    }

    /// The address of a family in 0.1.0 and 0.2.0.
    struct Family: Encodable {
        var ip: Prefix
        var gateway: IPAddress?
        var routes: [Route]?
    }

    struct Resolver: Encodable {
        var nameservers: [String]?
        var domain: String?
        var search: [String]?
        var options: [String]?
    }

    var cniVersion: String
    var interfaces: [Interface]?
    var ips: [IP]?
    var routes: [Route]?
    var ip4: Family?
    var ip6: Family?
    var dns: Resolver
    var portMappings: [PortMapping]?

    init(_ result: CNIResult, version: SpecVersion) {
        cniVersion = version.description
        dns = Resolver(result.dns)
        portMappings = result.portMappings.unlessEmpty
        if version.supportsInterfaces {
            interfaces = result.interfaces.map { Interface($0, version: version) }.unlessEmpty
            ips = result.ips.map { IP($0, version: version) }.unlessEmpty
            routes = result.routes.map { Route($0, version: version) }.unlessEmpty
        } else {
            ip4 = Family(.ipv4, of: result, version: version)
            ip6 = Family(.ipv6, of: result, version: version)
        }
    }
}

extension ResultDocument.Interface {
    init(_ interface: CNIResult.Interface, version: SpecVersion) {
        name = interface.name
        mac = interface.mac
        sandbox = interface.sandbox
        guard version.supportsLinkDetails else { return }
        mtu = interface.mtu
        socketPath = interface.socketPath
        pciID = interface.pciID
    }
}

extension ResultDocument.IP {
    init(_ ip: CNIResult.IP, version: SpecVersion) {
        self.version = version.marksAddressFamily ? (ip.address.family == .ipv4 ? "4" : "6") : nil
        interface = ip.interface
        address = ip.address
        gateway = ip.gateway
    }
}

extension ResultDocument.Route {
    init(_ route: CNIResult.Route, version: SpecVersion) {
        dst = route.destination
        gw = route.gateway
        guard version.supportsLinkDetails else { return }
        mtu = route.mtu
        advmss = route.advmss
        priority = route.priority
        table = route.table
        scope = route.scope
    }
}

extension ResultDocument.Family {
    /// Takes the first address of a family and the routes of the family.
    init?(_ family: AddressFamily, of result: CNIResult, version: SpecVersion) {
        guard let first = result.ips.first(where: { $0.address.family == family }) else { return nil }
        ip = first.address
        gateway = first.gateway
        routes =
            result.routes.filter { $0.destination.family == family }
            .map { ResultDocument.Route($0, version: version) }.unlessEmpty
    }
}

extension ResultDocument.Resolver {
    init(_ dns: DNS) {
        nameservers = dns.nameservers.unlessEmpty
        domain = dns.domain
        search = dns.search.unlessEmpty
        options = dns.options.unlessEmpty
    }
}

extension Array {
    /// The list, or nil for an empty one, which is not printed.
    fileprivate var unlessEmpty: [Element]? { isEmpty ? nil : self }
}
