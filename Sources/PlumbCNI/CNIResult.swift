public import PlumbAddress

/// What an ADD achieved (CNI 1.1.0, section 5), in the shape of the newest version.
public struct CNIResult: Hashable, Sendable {
    /// The interfaces that were made or found, those of the host included.
    public var interfaces: [Interface]

    /// The addresses that were assigned.
    public var ips: [IP]

    /// The routes that were made.
    public var routes: [Route]

    /// How the container resolves names.
    public var dns: DNS

    /// The ports that were published; not of the specification, so that runtimes pass over it, and not read from
    /// results of others.
    public var portMappings: [PortMapping]

    /// Makes a result, by default an empty one.
    public init(
        interfaces: [Interface] = [],
        ips: [IP] = [],
        routes: [Route] = [],
        dns: DNS = DNS(),
        portMappings: [PortMapping] = []
    ) {
        self.interfaces = interfaces
        self.ips = ips
        self.routes = routes
        self.dns = dns
        self.portMappings = portMappings
    }
}

extension CNIResult {
    /// A network interface of the container or the host.
    public struct Interface: Hashable, Sendable {
        /// The name within its network namespace.
        public var name: String

        /// The hardware address.
        public var mac: String?

        /// The MTU in bytes; since 1.1.0.
        public var mtu: Int?

        /// The path of the network namespace; nil for an interface of the host.
        public var sandbox: String?

        /// The path of the socket that stands for the interface; since 1.1.0.
        public var socketPath: String?

        /// The address of the PCI device that stands for the interface; since 1.1.0.
        public var pciID: String?

        /// Makes an interface, by default one of the host.
        public init(
            name: String,
            mac: String? = nil,
            mtu: Int? = nil,
            sandbox: String? = nil,
            socketPath: String? = nil,
            pciID: String? = nil
        ) {
            self.name = name
            self.mac = mac
            self.mtu = mtu
            self.sandbox = sandbox
            self.socketPath = socketPath
            self.pciID = pciID
        }
    }

    /// An address of an interface.
    public struct IP: Hashable, Sendable {
        /// The address with the prefix length of its subnet.
        public var address: Prefix

        /// The default gateway of the subnet.
        public var gateway: IPAddress?

        /// The position in `interfaces` of the interface that has the address; nil in results of IPAM plugins.
        public var interface: Int?

        /// Makes an address, by default of no interface.
        public init(address: Prefix, gateway: IPAddress? = nil, interface: Int? = nil) {
            self.address = address
            self.gateway = gateway
            self.interface = interface
        }
    }

    /// A route of the container.
    public struct Route: Hashable, Sendable {
        /// The subnet that the route leads to; the key `dst`.
        public var destination: Prefix

        /// The next hop, nil for the gateway of the address's subnet; the key `gw`.
        public var gateway: IPAddress?

        /// The MTU along the route in bytes; since 1.1.0.
        public var mtu: Int?

        /// The maximum segment size to announce to peers, in bytes; since 1.1.0.
        public var advmss: Int?

        /// The priority, lower is preferred; since 1.1.0.
        public var priority: Int?

        /// The number of the routing table; since 1.1.0.
        public var table: Int?

        /// The number of the scope (`rtnetlink(7)`, `rtm_scope`); since 1.1.0.
        public var scope: Int?

        /// Makes a route, by default without attributes.
        public init(
            destination: Prefix,
            gateway: IPAddress? = nil,
            mtu: Int? = nil,
            advmss: Int? = nil,
            priority: Int? = nil,
            table: Int? = nil,
            scope: Int? = nil
        ) {
            self.destination = destination
            self.gateway = gateway
            self.mtu = mtu
            self.advmss = advmss
            self.priority = priority
            self.table = table
            self.scope = scope
        }
    }
}
