import PlumbTestSupport
import Testing

@Suite struct `The result of ADD` {
    private static let gateways = Family.allCases.map(\.gateway)

    /// A network with a route of its own, whose attributes only the newest version can tell.
    private func configuration(_ version: String) -> JSON {
        var configuration = JSON.network(Family.allCases, version: version)
        configuration["ipam"]["routes"] = [
            ["dst": "198.51.100.0/24", "gw": "10.88.0.1", "mtu": 1400, "advmss": 1000, "priority": 50]
        ]
        configuration["dns"] = ["nameservers": ["192.0.2.53"], "domain": "example.org", "search": ["example.org"]]
        return configuration
    }

    @Test(arguments: ["0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"])
    func `lists interfaces, addresses and routes in the shape of its version`(version: String) throws {
        let host = try TestHost()
        let container = try host.container("web")
        let result = try host.attach(container, configuration(version))

        let bridge = try host.namespace.ip("link", "show", "web0")[0]
        let veth = try host.namespace.ip("link", "show", "type", "veth", "master", "web0")[0]
        let inside = try container.namespace.ip("link", "show", "eth0")[0]
        let tellsLinks = version == "1.1.0"
        func interface(_ link: JSON, sandbox: JSON) -> JSON {
            var interface: JSON = ["name": link["ifname"], "mac": link["address"]]
            if tellsLinks { interface["mtu"] = link["mtu"] }
            interface["sandbox"] = sandbox
            return interface
        }
        var route: JSON = ["dst": "198.51.100.0/24", "gw": "10.88.0.1"]
        if tellsLinks {
            for (key, value) in [("mtu", 1400), ("advmss", 1000), ("priority", 50)] {
                route[key] = .number(Double(value))
            }
        }
        let ips = Family.allCases.map { family in
            var ip: JSON = [
                "address": "\(family.container(0))/\(family.prefixLength)", "gateway": .string(family.gateway),
                "interface": 2,
            ]
            if version < "1.0.0" { ip["version"] = family == .ipv4 ? "4" : "6" }
            return ip
        }
        let expected: JSON = [
            "cniVersion": .string(version),
            "interfaces": [
                interface(bridge, sandbox: nil), interface(veth, sandbox: nil),
                interface(inside, sandbox: .string(container.namespace.path)),
            ],
            "ips": .array(ips),
            "routes": .array(
                [route] + Family.allCases.map { ["dst": .string($0.everything), "gw": .string($0.gateway)] }
            ),
            "dns": ["nameservers": ["192.0.2.53"], "domain": "example.org", "search": ["example.org"]],
        ]
        #expect(result == expected, "\(result)\nis not\n\(expected)")
    }

    @Test(arguments: ["0.1.0", "0.2.0", ""])
    func `has one address of each family in the oldest versions`(version: String) throws {
        let host = try TestHost()
        var configuration = configuration(version)
        if version.isEmpty { configuration["cniVersion"] = nil }
        let result = try host.attach(try host.container("web"), configuration)
        let expected: JSON = [
            "cniVersion": .string(version.isEmpty ? "0.1.0" : version),
            "ip4": [
                "ip": "10.88.0.2/24", "gateway": "10.88.0.1",
                "routes": [["dst": "198.51.100.0/24", "gw": "10.88.0.1"], ["dst": "0.0.0.0/0", "gw": "10.88.0.1"]],
            ],
            "ip6": [
                "ip": "fd00:88::2/64", "gateway": "fd00:88::1", "routes": [["dst": "::/0", "gw": "fd00:88::1"]],
            ],
            "dns": ["nameservers": ["192.0.2.53"], "domain": "example.org", "search": ["example.org"]],
        ]
        #expect(result == expected, "\(result)\nis not\n\(expected)")
    }

    @Test func `is one line of text and nothing else`() throws {
        let host = try TestHost()
        let reply = try host.add(try host.container("web"), .network())
        #expect(reply.result.output.hasSuffix("}\n"))
        #expect(reply.result.output.split(separator: "\n").count == 1)
        #expect(reply.result.errors == "")
    }
}

@Suite struct `The answer to VERSION` {
    private static let supported: JSON = ["0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"]

    @Test(arguments: [
        ("", "1.1.0"), ("{}", "1.1.0"), (#"{"cniVersion":"1.0.0"}"#, "1.0.0"), (#"{"cniVersion":"0.3.1"}"#, "0.3.1"),
    ])
    func `lists all versions`(input: String, version: String) throws {
        let host = try TestHost()
        let reply = try host.plumb(PlumbCall("VERSION", configuration: input))
        #expect(reply.succeeded, "\(reply)")
        #expect(reply.json["supportedVersions"] == Self.supported)
        #expect(reply.json["cniVersion"].string == version)
        #expect(TemporaryFolder.names(in: host.stateDirectory) == [])
    }
}
