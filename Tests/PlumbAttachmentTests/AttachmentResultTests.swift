import PlumbAddress
import PlumbCNI
import PlumbSubnetStore
import Testing

@testable import PlumbAttachment

@Suite struct `The result of ADD` {
    @Test func `names bridge, host end and container's end in that order`() throws {
        let dns = DNS(nameservers: ["10.88.0.1"])
        let result = try exampleAttachment().result(dns: dns, for: RuntimeValues())
        #expect(result.interfaces.map(\.name) == ["br0", "vethd6385992", "eth0"])
        #expect(result.interfaces.map(\.sandbox) == [nil, nil, "/run/netns/web"])
        #expect(result.interfaces.map(\.mtu) == [1400, 1400, 1400])
        #expect(result.interfaces.last?.mac == "02:42:0a:58:00:02")
        #expect(result.ips.map(\.interface) == [2, 2])
        #expect(result.ips.map(\.address.description) == ["10.88.0.2/16", "fd00:88::2/64"])
        #expect(result.ips.map(\.gateway?.description) == ["10.88.0.1", "fd00:88::1"])
        #expect(result.dns == dns)
    }

    @Test(arguments: [("8888:7777", nil), ("8888-8890:7777", 8888), ("7777", 8888)])
    func `holds the published ports if one was chosen`(request: String, hostPort: Int?) throws {
        var values = RuntimeValues()
        values.ports = try PortRequest.list(request, variable: "PLUMB_PUBLISH")
        let mappings = try exampleAttachment().result(dns: DNS(), for: values).portMappings
        let expected = hostPort.map { [PortMapping(hostPort: $0, containerPort: 7777, protocol: "tcp")] }
        #expect(mappings == expected ?? [])
    }

    @Test func `holds all of a route`() throws {
        let list = #"""
            {"dst": "10.0.0.0/8", "gw": "10.88.0.9", "mtu": 1400, "advmss": 1360, "priority": 7, "table": 100,
             "scope": 253}
            """#
        let keys = #""ipam": {"subnet": "10.88.0.0/16", "routes": [\#(list)]}"#
        let result = try Plan(keys: keys).attachment(attached("10.88.0.2/16", via: "10.88.0.1")).result(
            dns: DNS(),
            for: RuntimeValues()
        )
        let route = try #require(result.routes.first)
        #expect(result.routes.count == 1)
        #expect(route.destination.description == "10.0.0.0/8")
        #expect(route.gateway?.description == "10.88.0.9")
        #expect([route.mtu, route.advmss, route.priority, route.table, route.scope] == [1400, 1360, 7, 100, 253])
    }

    @Test func `can be said in every version`() throws {
        let result = try exampleAttachment().result(dns: DNS(), for: RuntimeValues())
        for version in ["0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"] {
            let text = try result.json(version: #require(SpecVersion(version)))
            #expect(text.contains("\"cniVersion\":\"\(version)\""))
            #expect(text.contains("10.88.0.2/16"))
        }
    }
}
