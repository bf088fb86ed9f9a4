import PlumbTestSupport
import Testing

/// A container that sends under addresses of others, on a network with `macspoofchk` and on one without.
@Suite struct `A container that lies about its source` {
    /// A site whose containers may send as themselves only, unless they are not checked.
    private static func site(_ backend: Backend, isChecked: Bool) throws -> Site {
        try Site(
            backend,
            configure: { configuration in
                configuration["macspoofchk"] = .bool(isChecked)
                configuration["ipMasq"] = false
            }
        )
    }

    @Test(arguments: Family.allCases, Way.allCases)
    func `is served as long as it does not`(family: Family, way: Way) throws {
        let site = try Self.site(way.backend, isChecked: true)
        let neighbour = try site.neighbour()
        #expect(try neighbour.namespace.ask(way.transport, family.container(0), 7777).server == "server")
        #expect(try site.host.lan.ask(way.transport, family.host, 8888).server == "server")
        #expect(try site.container.namespace.ask(way.transport, family.host, 8888).server == "server")
    }

    @Test(arguments: Backend.allCases, [true, false])
    func `can't take another's MAC address`(backend: Backend, isChecked: Bool) throws {
        let site = try Self.site(backend, isChecked: isChecked)
        let neighbour = try site.neighbour()
        let family = Family.ipv4
        #expect(try neighbour.namespace.ask(.tcp, family.container(0), 7777).server == "server")
        try neighbour.namespace.require("ip", "link", "set", "eth0", "address", "02:00:00:00:be:ef")
        let answer = try neighbour.namespace.askInVain(.tcp, family.container(0), 7777)
        #expect(answer.isAnswer == !isChecked)
    }

    @Test(arguments: Family.allCases, Backend.allCases)
    func `can't take another's address`(family: Family, backend: Backend) throws {
        for isChecked in [true, false] {
            let site = try Self.site(backend, isChecked: isChecked)
            let neighbour = try site.neighbour()
            let stolen = family == .ipv4 ? "10.88.0.77" : "fd00:88::77"
            let address = ["ip", "address", "add", "\(stolen)/\(family == .ipv4 ? 24 : 64)", "dev", "eth0"]
            let setting = try Command(address + (family == .ipv6 ? ["nodad"] : [])).run(in: neighbour.namespace)
            #expect(setting.succeeded)
            let server = try Server("host", in: site.host.namespace, port: 80, at: [family.gateway])
            for (target, port): (String, UInt16) in [(family.container(0), 7777), (family.gateway, 80)] {
                let answer = try neighbour.namespace.askInVain(.udp, target, port, from: stolen)
                #expect(answer.isAnswer == !isChecked, "\(target) \(isChecked)")
                #expect(try neighbour.namespace.ask(.udp, target, port, from: family.container(1)).isAnswer)
            }
            withExtendedLifetime(server) {}
        }
    }

    /// Who answers for another's address gets what is sent there.
    @Test(arguments: Backend.allCases, [true, false])
    func `can't announce another's address`(backend: Backend, isChecked: Bool) throws {
        let site = try Self.site(backend, isChecked: isChecked)
        let neighbour = try site.neighbour()
        try neighbour.namespace.require("ip", "address", "add", "10.88.0.77/32", "dev", "lo")
        try neighbour.namespace.setSysctl("ipv4/conf/all/arp_announce", "0")
        let server = try Server("neighbour", in: neighbour.namespace, port: 80, at: ["10.88.0.77"])
        let answer = try site.host.namespace.askInVain(.udp, "10.88.0.77", 80)
        #expect(answer.isAnswer == !isChecked)
        withExtendedLifetime(server) {}
    }

    @Test(arguments: Backend.allCases) func `is heard of no more after DEL`(backend: Backend) throws {
        let site = try Self.site(backend, isChecked: true)
        #expect(try site.host.markedRules().contains { $0.contains("bridge plumb") || $0.contains("macs") })
        try site.host.detach(site.container, site.configuration)
        #expect(try site.host.remains() == [])
    }

    @Test(arguments: Backend.allCases) func `is found by CHECK when the rules are gone`(backend: Backend) throws {
        var site = try Self.site(backend, isChecked: true)
        func check() throws -> PlumbReply {
            var configuration = site.configuration
            configuration["prevResult"] = site.result
            return try site.host.plumb(site.host.call("CHECK", site.container, configuration))
        }
        #expect(try check().succeeded)
        try site.host.namespace.require("nft", "flush", "set", "bridge", "plumb", "macs")
        let reply = try check()
        #expect(reply.code == 107 && reply.message.contains("nft add element bridge plumb macs"), "\(reply)")
        site = try Self.site(backend, isChecked: true)
        try site.host.namespace.require("nft", "delete", "table", "bridge", "plumb")
        #expect(try check().message.contains("the nftables table bridge plumb is missing"))
    }
}
