/// The keys of a network configuration that are plumb's own, as they were written; `NetworkSpecification` gives them sense.
///
/// The names are those of the reference plugins `bridge`, `host-local`, `static`, `portmap`, `firewall` and `tuning`, so
/// that a chain of them can be taken over by changing the type.
package struct NetworkSettings: Decodable, Sendable {
    package var bridge: String?
    package var isGateway: Bool?
    package var isDefaultGateway: Bool?
    package var forceAddress: Bool?
    package var ipMasq: Bool?
    package var ipMasqRandomFully: Bool?
    package var mtu: Int?
    package var hairpinMode: Bool?
    package var promiscMode: Bool?
    package var enabledad: Bool?
    package var portIsolation: Bool?
    package var macspoofchk: Bool?
    package var `internal`: Bool?
    package var mac: String?
    package var ipam: AddressSettings?
    package var snat: Bool?
    package var defaultHostIP: String?
    package var ingressPolicy: String?
    package var iptablesAdminChainName: String?
    package var chainPrefix: String?
    package var firewallBackend: String?
    package var removeWhenEmpty: Bool?

    // Keys that change what a container may do. They are read so that they are refused, not ignored.
    package var vlan: Int?
    package var vlanTrunk: [Ignored]?
    package var disableContainerInterface: Bool?
    package var masqAll: Bool?
    package var externalSetMarkChain: String?
    package var conditionsV4: [String]?
    package var conditionsV6: [String]?
    package var sysctl: [String: String]?
    package var allmulti: Bool?
    package var txQLen: Int?
    package var ingressRate: Int?
    package var egressRate: Int?

    package init() {}
}

/// A value that only matters by being there.
package struct Ignored: Decodable, Sendable {
    package init(from decoder: any Decoder) {}
}

/// The `ipam` block: the keys of `host-local` and `static`.
package struct AddressSettings: Decodable, Sendable {
    package var type: String?
    package var ranges: [[RangeSettings]]?
    package var subnet: String?
    package var rangeStart: String?
    package var rangeEnd: String?
    package var gateway: String?
    package var addresses: [StaticAddressSettings]?
    package var routes: [RouteSettings]?
    package var dataDir: String?
    package var resolvConf: String?

    package init() {}
}

/// A range of a range set.
package struct RangeSettings: Decodable, Sendable {
    package var subnet: String?
    package var rangeStart: String?
    package var rangeEnd: String?
    package var gateway: String?
}

/// An address that the configuration gives to whoever comes.
package struct StaticAddressSettings: Decodable, Sendable {
    package var address: String?
    package var gateway: String?
}

/// A route for the container.
package struct RouteSettings: Decodable, Sendable {
    package var dst: String?
    package var gw: String?
    package var mtu: Int?
    package var advmss: Int?
    package var priority: Int?
    package var table: Int?
    package var scope: Int?
}
