import PlumbTestSupport
import Testing

@Suite struct `An attached container` {
    @Test func `has its addresses, routes, MAC address and MTU, and a loopback interface that is up`() throws {
        let site = try Site()
        let space = site.container.namespace
        let link = try space.ip("address", "show", "eth0")[0]
        #expect(link["address"] == "02:42:0a:58:00:02")
        #expect(link["mtu"] == 1500)
        #expect(link["operstate"] == "UP")
        let addresses = link["addr_info"].elements.filter { $0["scope"] == "global" }
        for (family, address) in zip(Family.allCases, addresses) {
            #expect(address["local"].string == family.container(0))
            #expect(address["prefixlen"].int == family.prefixLength)
            #expect(address["tentative"] == nil)
        }
        #expect(addresses.count == 2)

        for (family, option) in zip(Family.allCases, ["-4", "-6"]) {
            let routes = try space.ip(option, "route", "show", "default").elements
            #expect(routes.count == 1)
            #expect(routes.first?["gateway"].string == family.gateway)
            #expect(try space.ask(.tcp, family.loopback, 7777).server == "server")
        }
    }

    @Test func `has nothing of IPv6 on a network of IPv4 only`() throws {
        let host = try TestHost()
        let container = try host.container("web")
        try host.attach(container, .network([.ipv4]))
        #expect(try container.namespace.ip("-6", "address", "show", "eth0").elements == [])
        #expect(try host.namespace.ip("-6", "address", "show", "web0").elements == [])
        #expect(try host.namespace.sysctl("ipv6/conf/all/forwarding") == "0")
    }

    @Test func `has nothing of IPv4 on a network of IPv6 only`() throws {
        let host = try TestHost()
        let container = try host.container("web")
        try host.attach(container, .network([.ipv6], ports: [.port(8888, 7777)]))
        let server = try Server("web", in: container.namespace, port: 7777)
        #expect(try host.lan.ask(.tcp, Family.ipv6.host, 8888).server == server.name)
        #expect(try container.namespace.ip("-4", "address", "show", "eth0").elements == [])
        #expect(try host.namespace.sysctl("ipv4/ip_forward") == "0")
        #expect(try host.firewallRules().filter { $0.hasPrefix("ipv4") } == [])
    }

    @Test func `takes the MTU of the host's way out, or the one that is asked for`() throws {
        let host = try TestHost()
        try host.namespace.require("ip", "link", "set", "uplink0", "mtu", "1400")
        let first = try host.container("first")
        try host.attach(first, .network())
        #expect(try first.namespace.ip("link", "show", "eth0")[0]["mtu"] == 1400)

        let second = try host.container("second")
        var configuration = JSON.otherNetwork
        configuration["mtu"] = 1300
        try host.attach(second, configuration)
        #expect(try second.namespace.ip("link", "show", "eth0")[0]["mtu"] == 1300)
        #expect(try host.namespace.ip("link", "show", "other0")[0]["mtu"] == 1300)
    }

    @Test(arguments: [
        ("runtimeConfig", ["mac": "02:00:00:00:00:01"] as JSON, ""),
        ("args", ["cni": ["mac": "02:00:00:00:00:01"]] as JSON, ""),
        ("", JSON.null, "MAC=02:00:00:00:00:01;IgnoreUnknown=1"),
    ])
    func `gets the MAC address that is asked for`(key: String, value: JSON, arguments: String) throws {
        let host = try TestHost()
        let container = try host.container("web")
        var configuration = JSON.network()
        if !key.isEmpty { configuration[key] = value }
        var call = host.call("ADD", container, configuration)
        call.environment["CNI_ARGS"] = arguments
        let reply = try host.plumb(call)
        #expect(reply.json["interfaces"][2]["mac"] == "02:00:00:00:00:01", "\(reply)")
        #expect(try container.namespace.ip("link", "show", "eth0")[0]["address"] == "02:00:00:00:00:01")
    }

    @Test(arguments: [
        ("runtimeConfig", ["ips": ["10.88.0.77/24"]] as JSON, ""),
        ("args", ["cni": ["ips": ["10.88.0.77"]]] as JSON, ""),
        ("", JSON.null, "IP=10.88.0.77"),
    ])
    func `gets the address that is asked for`(key: String, value: JSON, arguments: String) throws {
        let host = try TestHost()
        let container = try host.container("web")
        var configuration = JSON.network()
        if !key.isEmpty { configuration[key] = value }
        var call = host.call("ADD", container, configuration)
        call.environment["CNI_ARGS"] = arguments
        let reply = try host.plumb(call)
        #expect(reply.json["ips"][0]["address"] == "10.88.0.77/24", "\(reply)")
        let other = try host.add(try host.container("other"), configuration)
        if !key.isEmpty {
            #expect(other.code == 102)
            #expect(other.message.contains("10.88.0.77") && other.message.contains("web"), "\(other)")
        }
    }

    @Test func `may have several interfaces`() throws {
        let host = try TestHost()
        let container = try host.container("web")
        try host.attach(container, .network(), interface: "eth0")
        try host.attach(container, .network(), interface: "eth1")
        try host.attach(container, .otherNetwork, interface: "eth2")
        try host.detach(container, .network(), interface: "eth0")
        let links = try container.namespace.ip("link").elements.compactMap { $0["ifname"].string }
        #expect(links == ["lo", "eth1", "eth2"])
        try host.detach(container, .network(), interface: "eth1")
        try host.detach(container, .otherNetwork, interface: "eth2")
        #expect(try host.remains() == [])
    }

    @Test func `gets an interface without addresses on a network of layer 2 only`() throws {
        let host = try TestHost()
        let containers = try ["a", "b"].map(host.container)
        let configuration: JSON = ["cniVersion": "1.0.0", "name": "wire", "type": "plumb", "bridge": "wire0"]
        for (index, container) in containers.enumerated() {
            let result = try host.attach(container, configuration)
            #expect(result["ips"] == nil && result["interfaces"].elements.count == 3)
            try container.namespace.require("ip", "address", "add", "10.1.1.\(index + 1)/24", "dev", "eth0")
        }
        let server = try Server("b", in: containers[1].namespace, port: 80)
        #expect(try containers[0].namespace.ask(.udp, "10.1.1.2", 80).server == server.name)
        #expect(try host.firewallRules() == [])
        for container in containers { try host.detach(container, configuration) }
        #expect(try host.remains() == [])
    }
}
