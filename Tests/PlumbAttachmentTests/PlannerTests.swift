import PlumbAddress
import PlumbCNI
import PlumbFirewall
import PlumbLinux
import PlumbSubnetStore
import Testing

@testable import PlumbAttachment

/// Plans the interface eth0 of container web0 on the network lan.
struct Plan {
    var keys = ""
    var capabilities = "{}"
    var facts = HostFacts(bridge: nil, machineID: "4711")

    func planner(sandboxPath: String = "/run/netns/web") throws -> Planner {
        let request = try request(keys, runtimeConfig: capabilities)
        let values = try RuntimeValues(request)
        return Planner(
            network: try NetworkSpecification(request, values: values, defaults: NetworkDefaults()),
            request: AttachmentRequest(
                containerID: "web0",
                interfaceName: "eth0",
                sandboxPath: sandboxPath,
                values: values
            ),
            facts: facts
        )
    }

    func attachment(_ addresses: Attachment.Address...) throws -> Attachment {
        try planner().attachment(
            addresses: addresses,
            hostInterface: "vethd6385992",
            sandbox: NamespaceIdentity(device: 4, inode: 4_026_532_000)
        )
    }
}

@Suite struct `A plan` {
    @Test func `describes the whole attachment`() throws {
        let attachment = try Plan(
            keys: #"""
                "bridge": "br0", "isDefaultGateway": true, "ipMasq": true, "mtu": 1400, "forceAddress": true,
                "ipam": {"ranges": [[{"subnet": "10.88.0.0/16"}], [{"subnet": "fd00:88::/64"}]]}
                """#,
            capabilities: #"{"portMappings": [{"hostPort": 8888, "containerPort": 7777}]}"#
        ).attachment(attached("10.88.0.2/16", via: "10.88.0.1"), attached("fd00:88::2/64", via: "fd00:88::1"))
        #expect(attachment == (try exampleAttachment()))
        #expect(attachment.families == [.ipv4, .ipv6])
    }

    @Test func `is the same every time`() throws {
        let plan = Plan(keys: #""ipam": {"subnet": "10.88.0.0/16"}"#)
        let address = try attached("10.88.0.2/16", via: "10.88.0.1")
        #expect(try plan.attachment(address) == plan.attachment(address))
    }

    @Test func `of layer 2 has no addresses, gateway and rules`() throws {
        let attachment = try Plan().attachment()
        #expect(attachment.addresses.isEmpty)
        #expect(attachment.families.isEmpty)
        #expect(attachment.routes.isEmpty)
        #expect(attachment.bridge.gateways.isEmpty)
        #expect(attachment.firewall.backend == .none)
    }
}

@Suite struct `The names of an attachment` {
    // Kernels hold them, and DEL finds them again by nothing else.
    @Test func `never change`() throws {
        let names = Planner.hostInterfaceNames(AttachmentKey(network: "lan", container: "web0", interface: "eth0"))
        #expect(names.prefix(3) == ["vethd6385992", "vethe66ba583", "vethe6982518"])
        #expect(Set(names).count == 8)
        #expect(names.allSatisfy { interfaceNameProblem($0) == nil })
        let mark = Planner.mark(
            AttachmentKey(network: "lan", container: "web0", interface: "eth0"),
            stateDirectory: "/run/plumb"
        )
        #expect(mark.comment == "plumb 7df32400-4924d2379f1c8ba5 web0 eth0 lan")
    }

    @Test func `are found without a record`() throws {
        let planner = try Plan(keys: #""bridge": "br0", "isGateway": true"#).planner()
        let planned = try Plan(keys: #""bridge": "br0", "isGateway": true"#).attachment()
        let derived = Planner.derived(planner.key, network: planner.network)
        #expect(derived.key == planned.key)
        #expect(derived.hostInterface == planned.hostInterface)
        #expect(derived.bridge.name == planned.bridge.name)
        #expect(derived.firewall == planned.firewall)
        let renamed = Planner.derived(planner.key, hostInterface: "vethe66ba583", network: planner.network)
        #expect(renamed.hostInterface.name == "vethe66ba583")
    }
}

@Suite struct `The MACs of an attachment` {
    @Test func `follow the container's IPv4 address`() throws {
        let attachment = try Plan().attachment(
            attached("fd00::2/64"),
            attached("10.88.0.2/16"),
            attached("10.89.0.2/16")
        )
        #expect(attachment.containerInterface.mac.description == "02:42:0a:58:00:02")
    }

    @Test func `are those asked for`() throws {
        let attachment = try Plan(capabilities: #"{"mac": "02:00:00:00:00:01"}"#).attachment(attached("10.88.0.2/16"))
        #expect(attachment.containerInterface.mac.description == "02:00:00:00:00:01")
    }

    @Test func `are hashes otherwise, which never change`() throws {
        let attachment = try Plan().attachment(attached("fd00::2/64"))
        #expect(attachment.containerInterface.mac.description == "fe:5b:a9:de:73:91")
        #expect(attachment.hostInterface.mac.description == "66:39:d8:0e:8e:04")
        #expect(attachment.bridge.mac.description == "fe:a2:2e:6a:85:68")
    }

    @Test func `differ between bridges of the same name on two hosts`() throws {
        let other = Plan(facts: HostFacts(bridge: nil, machineID: "4712"))
        #expect(try other.attachment().bridge.mac != Plan().attachment().bridge.mac)
    }
}

@Suite struct `The bridge of a plan` {
    @Test(arguments: [("", 1450), (#""mtu": 1400"#, 1400), (#""mtu": 0"#, 1450)])
    func `has the MTU of the configuration, else of the uplink`(keys: String, mtu: Int) throws {
        let attachment = try Plan(keys: keys, facts: HostFacts(bridge: nil, uplinkMTU: 1450)).attachment()
        #expect(attachment.bridge.mtu == mtu)
        #expect(attachment.link.mtu == mtu)
    }

    @Test(arguments: [("", 9000), (#""mtu": 1400"#, 1400)])
    func `keeps the MAC and MTU that it has`(keys: String, mtu: Int) throws {
        let mac = try #require(MACAddress("02:00:00:00:00:0b"))
        let bridge = link("cni0", kind: "bridge", mac: mac, mtu: 9000)
        let attachment = try Plan(keys: keys, facts: HostFacts(bridge: bridge, uplinkMTU: 1450)).attachment()
        #expect(attachment.bridge.mac == mac)
        #expect(attachment.bridge.mtu == mtu)
    }

    @Test(
        arguments: [
            ("", [("10.88.0.2/16", "10.88.0.1")], []),
            (#""isGateway": true"#, [("10.88.0.2/16", "10.88.0.1")], ["10.88.0.1/16"]),
            (#""isGateway": true"#, [("10.88.0.2/16", "10.88.0.254")], ["10.88.0.254/16"]),
            (#""isGateway": true"#, [("10.88.0.2/16", nil)], ["10.88.0.1/16"]),
            (
                #""isGateway": true"#, [("10.88.0.2/16", nil), ("fd00:88::2/64", nil)],
                ["10.88.0.1/16", "fd00:88::1/64"]
            ),
            (#""isGateway": true"#, [("10.88.0.1/16", nil)], []),
            (#""isGateway": true"#, [("10.88.0.2/32", nil)], []),
            (#""isGateway": true"#, [], []),
        ] as [(String, [(String, String?)], [String])]
    )
    func `is the gateway when asked`(keys: String, addresses: [(String, String?)], gateways: [String]) throws {
        let planned = try Plan(keys: keys).planner().attachment(
            addresses: addresses.map { try attached($0.0, via: $0.1) },
            hostInterface: "vethd6385992",
            sandbox: NamespaceIdentity(device: 4, inode: 4_026_532_000)
        )
        #expect(planned.bridge.gateways.map(\.description) == gateways)
    }

    @Test func `passes its switches on`() throws {
        let bridge = try Plan(keys: #""forceAddress": true, "promiscMode": true, "removeWhenEmpty": true"#)
            .attachment().bridge
        #expect(bridge.replacesAddresses && bridge.promiscuous && bridge.removedWhenEmpty)
        let plain = try Plan().attachment().bridge
        #expect(!plain.replacesAddresses && !plain.promiscuous && !plain.removedWhenEmpty)
    }
}

@Suite struct `The link of a plan` {
    private static let ports = #"{"portMappings": [{"hostPort": 80, "containerPort": 80}]}"#

    @Test(arguments: [
        ("", "{}", false), ("", ports, true), (#""hairpinMode": false"#, ports, false),
        (#""hairpinMode": true"#, "{}", true),
    ])
    func `lets frames back for published ports`(keys: String, capabilities: String, hairpin: Bool) throws {
        #expect(try Plan(keys: keys, capabilities: capabilities).attachment().link.hairpin == hairpin)
    }

    @Test(arguments: [
        ("", false), (#""portIsolation": true"#, true), (#""ingressPolicy": "isolated""#, true),
        (#""ingressPolicy": "protected""#, false),
    ])
    func `is kept from its neighbours when asked`(keys: String, isolated: Bool) throws {
        #expect(try Plan(keys: keys).attachment().link.isolated == isolated)
    }

    @Test func `looks for duplicates when asked`() throws {
        #expect(try Plan(keys: #""enabledad": true"#).attachment().link.detectsDuplicates)
        #expect(try !Plan().attachment().link.detectsDuplicates)
    }
}

@Suite struct `The firewall of a plan` {
    private static let ports = #"{"portMappings": [{"hostPort": 80, "containerPort": 80}]}"#

    @Test(
        arguments: [
            ("", "{}", .none, false), (#""isGateway": true"#, "{}", .auto, false), ("", ports, .auto, true),
            (#""firewallBackend": "iptables", "isGateway": true, "ipMasq": true"#, "{}", .iptables, true),
            (#""firewallBackend": "none", "isGateway": true, "ipMasq": true"#, "{}", .none, true),
            (#""isGateway": true, "ingressPolicy": "protected""#, "{}", .auto, true),
            (#""internal": true"#, "{}", .auto, true), (#""macspoofchk": true"#, "{}", .auto, true),
        ] as [(String, String, FirewallBackend, Bool)]
    )
    func `is there where packets are forwarded`(
        keys: String,
        capabilities: String,
        backend: FirewallBackend,
        isRequired: Bool
    ) throws {
        let planner = try Plan(keys: keys, capabilities: capabilities).planner()
        #expect(planner.firewallBackend == backend)
        #expect(planner.requiresFirewall == isRequired)
    }

    @Test func `knows the network's subnets`() throws {
        let plan = Plan(keys: #""bridge": "br0", "snat": false, "chainPrefix": "LAN", "ingressPolicy": "protected""#)
        let attachment = try plan.attachment(attached("10.88.0.2/16"), attached("fd00:88::2/64"))
        let policy = NetworkPolicy(
            bridge: "br0",
            subnets: [try prefix("10.88.0.0/16"), try prefix("fd00:88::/64")],
            masquerade: false,
            hairpin: false,
            ingressPolicy: .protected,
            chainPrefix: "LAN",
            userChain: "LAN-USER"
        )
        #expect(attachment.firewall.network == policy)
    }
}
