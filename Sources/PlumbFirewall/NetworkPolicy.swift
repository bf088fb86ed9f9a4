package import PlumbAddress

/// Who may open connections to the containers of a network.
package enum IngressPolicy: String, Codable, Hashable, Sendable, CaseIterable {
    /// Anybody who has a route, as far as the host's other firewalls let them; networks are kept apart.
    case open
    /// The name of the `firewall` plugin for keeping networks apart, which `open` does as well.
    case sameBridge = "same-bridge"
    /// As `open`, but the containers of the network can't reach each other (Docker's `enable_icc=false`).
    case isolated
    /// From other interfaces only through published ports.
    case protected
}

/// What the firewall has to know of a network.
package struct NetworkPolicy: Hashable, Sendable, Codable {
    /// The name of the bridge's interface.
    package let bridge: String

    /// The subnets of the network; their families are the families that get rules.
    package let subnets: [Prefix]

    /// Whether what leaves the network for elsewhere takes the host's address.
    package let masquerade: Bool

    /// Whether the host reaches published ports at `127.0.0.1`, and containers those of their own network at the host.
    ///
    /// The first also takes `route_localnet` on the bridge, which outsiders can't use: the rules guard 127.0.0.0/8.
    package let hairpin: Bool

    package let ingressPolicy: IngressPolicy

    /// Whether the network is cut off from everything but the host, both ways; then it has neither masquerade nor hairpin.
    package let isInternal: Bool

    /// Whether masqueraded connections get fully random source ports, so that two that start at once don't race for one
    /// (`NF_NAT_RANGE_PROTO_RANDOM_FULLY`).
    package let randomizesPorts: Bool

    /// The beginning of the chains' names, which obeys `ChainNames.isValidPrefix`.
    package let chainPrefix: String

    /// The chain for rules of the administrator, never flushed, and not removed while it holds such rules.
    package let userChain: String

    /// The families in which the user chain exists.
    package let userChainFamilies: Set<AddressFamily>

    /// Makes a policy; without a name the user chain is the prefix and `-USER`.
    ///
    /// A prefix or a chain name that the kernel can't hold traps, so it has to be validated before.
    package init(
        bridge: String,
        subnets: [Prefix],
        masquerade: Bool,
        hairpin: Bool,
        ingressPolicy: IngressPolicy,
        isInternal: Bool = false,
        randomizesPorts: Bool = true,
        chainPrefix: String = ChainNames.defaultPrefix,
        userChain: String? = nil,
        userChainFamilies: Set<AddressFamily> = Set(AddressFamily.allCases)
    ) {
        let userChain = userChain ?? "\(chainPrefix)-USER"
        precondition(ChainNames.isValidPrefix(chainPrefix), "\(chainPrefix) is not a prefix of chain names")
        precondition(ChainNames.isValidChain(userChain), "\(userChain) is not a chain's name")
        self.bridge = bridge
        self.subnets = subnets
        self.masquerade = masquerade && !isInternal
        self.hairpin = hairpin && !isInternal
        self.ingressPolicy = ingressPolicy
        self.isInternal = isInternal
        self.randomizesPorts = randomizesPorts
        self.chainPrefix = chainPrefix
        self.userChain = userChain
        self.userChainFamilies = userChainFamilies
    }

    /// The families of the subnets, IPv4 first.
    var families: [AddressFamily] {
        AddressFamily.allCases.filter { family in subnets.contains { $0.family == family } }
    }
}
