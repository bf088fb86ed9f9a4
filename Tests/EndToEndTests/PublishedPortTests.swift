import PlumbTestSupport
import Testing

@Suite struct `A published port` {
    @Test(arguments: Family.allCases, Way.allCases)
    func `answers the LAN and lets the container see who asks`(family: Family, way: Way) throws {
        let site = try Site(way.backend)
        let answer = try site.host.lan.ask(way.transport, family.host, 8888)
        #expect(answer == .from("server", sawPeer: family.lan))
        #expect(try site.host.lan.ask(way.transport, family.secondHost, 8888).server == "server")
        #expect(try !site.host.lan.askInVain(way.transport, family.host, 8889).isAnswer)
        #expect(try !site.host.lan.askInVain(way.transport, family.host, 7777).isAnswer)
    }

    @Test(arguments: Family.allCases, Way.allCases)
    func `answers the host at its own addresses`(family: Family, way: Way) throws {
        let site = try Site(way.backend)
        for address in [family.host, family.secondHost, family.gateway] {
            #expect(try site.host.namespace.ask(way.transport, address, 8888).server == "server", "\(address)")
        }
    }

    @Test(arguments: Way.allCases)
    func `answers the host at 127-0-0-1 and refuses it at once at the loopback address of IPv6`(
        way: Way
    ) throws {
        let site = try Site(way.backend)
        #expect(try site.host.namespace.ask(way.transport, "127.0.0.1", 8888).server == "server")
        #expect(try site.host.namespace.askInVain(way.transport, "::1", 8888) == .refused)
    }

    @Test(arguments: Family.allCases, Way.allCases)
    func `answers at the host address that it is bound to and at no other`(family: Family, way: Way) throws {
        let site = try Site(way.backend, ports: JSON.ports(8888, 7777, at: family.secondHost))
        #expect(try site.host.lan.ask(way.transport, family.secondHost, 8888).server == "server")
        #expect(try site.host.namespace.ask(way.transport, family.secondHost, 8888).server == "server")
        #expect(try !site.host.lan.askInVain(way.transport, family.host, 8888).isAnswer)
        #expect(try !site.host.namespace.askInVain(way.transport, family.loopback, 8888).isAnswer)
        let other: Family = family == .ipv4 ? .ipv6 : .ipv4
        #expect(try !site.host.lan.askInVain(way.transport, other.secondHost, 8888).isAnswer)
    }

    @Test(arguments: Family.allCases, Way.allCases)
    func `may be bound to all addresses of a family`(family: Family, way: Way) throws {
        let site = try Site(way.backend, ports: JSON.ports(8888, 7777, at: family.unspecified))
        #expect(try site.host.lan.ask(way.transport, family.host, 8888).server == "server")
        let other: Family = family == .ipv4 ? .ipv6 : .ipv4
        #expect(try !site.host.lan.askInVain(way.transport, other.host, 8888).isAnswer)
    }

    @Test(arguments: Way.allCases)
    func `bound to 127-0-0-1 answers the host and nobody else`(way: Way) throws {
        let site = try Site(way.backend, ports: JSON.ports(8888, 7777, at: "127.0.0.1"))
        let neighbour = try site.neighbour()
        #expect(try site.host.namespace.ask(way.transport, "127.0.0.1", 8888).server == "server")
        #expect(try !site.host.lan.askInVain(way.transport, Family.ipv4.host, 8888).isAnswer)
        #expect(try !neighbour.namespace.askInVain(way.transport, Family.ipv4.host, 8888).isAnswer)
        #expect(try !neighbour.namespace.askInVain(way.transport, Family.ipv4.gateway, 8888).isAnswer)
    }

    @Test(arguments: Family.allCases, Way.allCases)
    func `answers another container at the host's address`(family: Family, way: Way) throws {
        let site = try Site(way.backend)
        let neighbour = try site.neighbour()
        #expect(try neighbour.namespace.ask(way.transport, family.host, 8888).server == "server")
    }

    @Test(arguments: Family.allCases, Way.allCases)
    func `answers a container of another network at the host's address`(family: Family, way: Way) throws {
        let site = try Site(way.backend)
        let stranger = try site.host.container("stranger")
        try site.host.attach(stranger, site.otherNetwork)
        #expect(try stranger.namespace.ask(way.transport, family.host, 8888).server == "server")
    }

    @Test(arguments: Family.allCases, Way.allCases)
    func `answers its own container`(family: Family, way: Way) throws {
        let site = try Site(way.backend)
        #expect(try site.container.namespace.ask(way.transport, family.host, 8888).server == "server")
    }

    @Test(arguments: Family.allCases, Way.allCases)
    func `is closed after DEL`(family: Family, way: Way) throws {
        let site = try Site(way.backend)
        // A flow that is under way must not go on to an address that somebody else may get.
        #expect(try site.host.lan.ask(way.transport, family.host, 8888).server == "server")
        try site.host.detach(site.container, site.configuration)
        for asker in [site.host.lan, site.host.namespace] {
            #expect(try !asker.askInVain(way.transport, family.host, 8888).isAnswer)
        }
        #expect(try !site.host.namespace.askInVain(way.transport, family.loopback, 8888).isAnswer)
        #expect(try site.host.remains() == [])
    }

    @Test(arguments: Family.allCases, Way.allCases)
    func `leads to its new container after the old one is gone`(family: Family, way: Way) throws {
        let site = try Site(way.backend)
        #expect(try site.host.lan.ask(way.transport, family.host, 8888).server == "server")
        try site.host.detach(site.container, site.configuration)
        let successor = try site.host.container("successor")
        try site.host.attach(successor, site.configuration)
        let server = try Server("successor", in: successor.namespace, port: 7777)
        #expect(try site.host.lan.ask(way.transport, family.host, 8888).server == server.name)
    }

    /// As podman's are when it connects a network to a running container.
    @Test(arguments: Family.allCases, Way.allCases)
    func `may be kept bound by the monitor of its container`(family: Family, way: Way) throws {
        var keeper: PortKeeper?
        let site = try Site(
            way.backend,
            prepare: { host in
                keeper = try PortKeeper(
                    way.transport,
                    family.unspecified,
                    8888,
                    in: host.namespace,
                    arguments: ["-c", "server"]
                )
            }
        )
        #expect(try site.host.lan.ask(way.transport, family.host, 8888).server == "server")
        withExtendedLifetime(keeper) {}
    }

    @Test(arguments: Family.allCases, Way.allCases)
    func `may be published on two networks, and outlives the first of them`(
        family: Family,
        way: Way
    ) throws {
        let site = try Site(way.backend)
        var configuration = site.otherNetwork
        configuration["runtimeConfig"] = site.configuration["runtimeConfig"]
        try site.host.attach(site.container, configuration, interface: "eth1")
        #expect(try site.host.lan.ask(way.transport, family.host, 8888).server == "server")
        let other = try site.host.container("other")
        #expect(try site.host.add(other, site.configuration).code == 101)

        try site.host.detach(site.container, site.configuration)
        #expect(try site.host.lan.ask(way.transport, family.host, 8888).server == "server")
        #expect(try site.host.add(other, site.configuration).code == 101)
        try site.host.detach(site.container, configuration, interface: "eth1")
        #expect(try site.host.remains() == [])
    }

    @Test(arguments: Backend.allCases)
    func `may be published on a third network with iptables, and is refused there with nftables`(
        backend: Backend
    ) throws {
        let site = try Site(backend)
        var second = site.otherNetwork
        second["runtimeConfig"] = site.configuration["runtimeConfig"]
        var third = second
        third["name"] = "third"
        third["bridge"] = "third0"
        third["ipam"]["ranges"] = [[["subnet": "10.98.0.0/24"]], [["subnet": "fd00:98::/64"]]]
        try site.host.attach(site.container, second, interface: "eth1")
        let before = try site.host.state(with: [site.container])
        let reply = try site.host.add(site.container, third, interface: "eth2")
        switch backend {
        case .iptables:
            try site.host.detach(site.container, second, interface: "eth1")
            try site.host.detach(site.container, site.configuration)
            #expect(try site.host.lan.ask(.tcp, Family.ipv4.host, 8888).server == "server")
            try site.host.detach(site.container, third, interface: "eth2")
            #expect(try site.host.remains() == [])
        case .nftables:
            #expect(reply.code == 104 && reply.message.contains("8888/"), "\(reply)")
            #expect(reply.message.contains("the attachment server eth1 other has it"), "\(reply)")
            #expect(reply.details.contains("two of its networks at most"), "\(reply)")
            let changes = try site.host.state(with: [site.container]).changes(since: before)
            #expect(changes.filter { !$0.contains("file: ") && !$0.contains("third0") } == [])
            #expect(try site.host.repair() == [])
        }
        #expect(try site.host.show()["problems"] == [])
    }

    @Test(arguments: Family.allCases, Transport.allCases)
    func `does not depend on the policy of FORWARD`(family: Family, transport: Transport) throws {
        let site = try Site(
            prepare: { host in
                try host.namespace.require("iptables-legacy", "-P", "FORWARD", "DROP")
                try host.namespace.require("ip6tables-legacy", "-P", "FORWARD", "DROP")
            }
        )
        #expect(try site.host.lan.ask(transport, family.host, 8888).server == "server")
        let outside = try Server("outside", in: site.host.lan, port: 80, at: [family.lan])
        #expect(try site.container.namespace.ask(transport, family.lan, 80).server == outside.name)
    }
}

extension Site {
    /// A second network of both families beside the site's, with the same backend.
    var otherNetwork: JSON {
        var configuration = JSON.otherNetwork
        configuration["firewallBackend"] = self.configuration["firewallBackend"]
        return configuration
    }
}

extension JSON {
    /// A second network of both families beside the usual one.
    static var otherNetwork: JSON {
        var configuration = JSON.network(Family.allCases)
        configuration["name"] = "other"
        configuration["bridge"] = "other0"
        configuration["ipam"]["ranges"] = [[["subnet": "10.99.0.0/24"]], [["subnet": "fd00:99::/64"]]]
        return configuration
    }
}
