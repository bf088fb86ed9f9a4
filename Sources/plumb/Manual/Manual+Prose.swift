/// What no help text says.
extension Manual {
    static let description = """
        plumb gives a container its network: it makes the bridge and the veth pair, moves one end into the container's \
        network namespace, takes addresses from a subnet store, and has the host's firewall lead published ports there.

        A container runtime calls it as a CNI plugin, with its parameters in environment variables and the network \
        configuration on standard input. Without a configuration, environment variables describe the network. With a \
        subcommand it is for people.

        What it did is kept as one record for each attachment, from which everything follows: what DEL removes, what \
        CHECK compares with the kernel, and what show tells.
        """

    static let configurationKeys: [(String, String)] = [
        ("bridge", "name of the bridge; made if missing, adopted if there (default: cni0)"),
        ("isGateway", "the bridge gets the gateway address, and forwarding is switched on"),
        ("isDefaultGateway", "the same, and containers get a default route"),
        ("forceAddress", "replace an address of the bridge that stands in the way"),
        ("ipMasq", "what leaves the host takes the host's address"),
        ("ipMasqRandomFully", "and with random source ports, so that no two connections race for one (default: true)"),
        ("mtu", "in bytes; 0 takes the bridge's, or that of the default route's link"),
        ("hairpinMode", "frames may leave by the port that they came in by (default: with published ports)"),
        ("promiscMode", "the bridge passes every frame to the host"),
        ("portIsolation", "the bridge keeps containers apart"),
        ("macspoofchk", "frames with a source MAC or IP address of others are dropped; needs nftables"),
        ("enabledad", "the kernel checks IPv6 addresses for duplicates before it uses them"),
        ("mac", "the container's MAC address"),
        ("snat", "published ports also answer at 127.0.0.1 and to containers of the network (default: true)"),
        ("defaultHostIP", "host address of published ports that name none (default: every address)"),
        ("ingressPolicy", "open, same-bridge, isolated, or protected: only published ports are let in (default: open)"),
        ("internal", "only the network's containers and the host reach each other"),
        ("chainPrefix", "how the names of the chains begin (default: PLUMB)"),
        ("iptablesAdminChainName", "name of the user chain (default: PLUMB-USER)"),
        ("firewallBackend", "what keeps the rules, or none (default: auto)"),
        ("removeWhenEmpty", "bridge and rules go with the last attachment"),
        ("ipam.type", "plumb, or another IPAM plugin, which is then called"),
        ("ipam.ranges, ipam.subnet", "range sets as in host-local; one address of each"),
        ("ipam.addresses", "fixed addresses as in static"),
        ("ipam.routes, ipam.resolvConf", "as in host-local"),
        ("ipam.dataDir", "the directory of the subnet store"),
    ]

    static let protocolVariables: [(String, String)] = [
        ("CNI_COMMAND", "what to do: ADD, DEL, CHECK, GC, STATUS or VERSION"),
        ("CNI_CONTAINERID", "the container"),
        ("CNI_NETNS", "its network namespace; without a configuration also a name under /run/netns or a process"),
        ("CNI_IFNAME", "the interface to make there (without a configuration: eth0)"),
        ("CNI_ARGS", "further parameters, as KEY=VALUE with semicolons between"),
        ("CNI_PATH", "where other IPAM plugins are looked for"),
        ("CNI_NETNS_OVERRIDE", "1 to attach the host's own namespace, which only tests want"),
    ]

    static let otherVariables: [(String, String)] = [
        ("XTABLES_LOCKFILE", "the lock that iptables(8) takes too (default: /run/xtables.lock)")
    ]

    static let files: [(String, String)] = [
        ("/run/plumb", "the subnet store: leases, published ports and records of this boot"),
        ("/etc/cni/net.d", "where runtimes look for network configurations"),
        ("/opt/cni/bin/plumb", "where runtimes look for the plugin"),
        ("/run/xtables.lock", "the lock that orders changes of the firewall"),
    ]

    static let exitStatus = """
        0 on success, 64 for a command line that can't be understood, and 1 otherwise. As a CNI plugin it prints the \
        error as JSON, with one of these codes:
        """

    static let errorCodes: [(String, String)] = [
        ("1 to 8, 11", "as in the specification; 11 means that the same call may succeed later"),
        ("50, 51", "STATUS: not ready for ADD; 51 if containers may be cut off too"),
        ("100", "no address is free"),
        ("101", "the host port is taken"),
        ("102", "the address is taken"),
        ("103", "the kernel refused a change of links, addresses or routes"),
        ("104", "the firewall can't be used"),
        ("105", "the subnet store can't be used"),
        ("106", "the bridge has no port left"),
        ("107", "CHECK found differences"),
    ]

    static let examples = """
        Give the namespace web a network, look at it, and take it down:

          ip netns add web
          export CNI_CONTAINERID=web CNI_NETNS=web PLUMB_PUBLISH=8888:7777
          CNI_COMMAND=ADD plumb </dev/null
          plumb show
          CNI_COMMAND=DEL plumb </dev/null

        Draw a picture of the host's networks:

          plumb show --graph >networks.svg
        """
}
