import PlumbAddress
import PlumbCNI
import PlumbFirewall
import PlumbSubnetStore
import PlumbTestSupport
import Testing

@testable import PlumbAttachment

@Suite struct `A network specification` {
    @Test func `has the defaults of the reference plugins`() throws {
        let network = try specification()
        #expect(network.name == "lan")
        #expect(network.bridgeName == "cni0")
        #expect(!network.isGateway)
        #expect(!network.isDefaultGateway)
        #expect(!network.replacesAddresses)
        #expect(network.mtu == nil)
        #expect(network.hairpin == nil)
        #expect(!network.promiscuous)
        #expect(!network.isolatesPorts)
        #expect(!network.detectsDuplicates)
        #expect(network.addressing == .none)
        #expect(network.routes.isEmpty)
        #expect(network.dns.isEmpty)
        #expect(!network.masquerade)
        #expect(network.translatesHairpins)
        #expect(network.ingressPolicy == .open)
        #expect(network.firewallBackend == .auto)
        #expect(network.chainPrefix == "PLUMB")
        #expect(network.userChain == "PLUMB-USER")
        #expect(network.stateDirectory == "/run/plumb")
        #expect(!network.removedWhenEmpty)
    }

    @Test(
        arguments: [
            ("isGateway", \.isGateway), ("isDefaultGateway", \.isDefaultGateway), ("isDefaultGateway", \.isGateway),
            ("forceAddress", \.replacesAddresses), ("promiscMode", \.promiscuous), ("portIsolation", \.isolatesPorts),
            ("enabledad", \.detectsDuplicates), ("ipMasq", \.masquerade), ("snat", \.translatesHairpins),
            ("removeWhenEmpty", \.removedWhenEmpty), ("internal", \.isInternal),
            ("ipMasqRandomFully", \.randomizesPorts),
        ] as [(String, Property<Bool>)]
    )
    func `has switches`(key: String, property: Property<Bool>) throws {
        #expect(try specification("\"\(key)\": true")[keyPath: property])
        #expect(try !specification("\"\(key)\": false")[keyPath: property])
    }

    @Test(
        arguments: [
            (#""bridge": "br-lan""#, \.bridgeName, "br-lan"),
            (#""chainPrefix": "DOCKER""#, \.chainPrefix, "DOCKER"),
            (#""chainPrefix": "DOCKER""#, \.userChain, "DOCKER-USER"),
            (#""iptablesAdminChainName": "ADMIN""#, \.userChain, "ADMIN"),
            (#""iptablesAdminChainName": """#, \.userChain, "PLUMB-USER"),
            (#""ipam": {"subnet": "10.88.0.0/16", "dataDir": "/var/lib/plumb"}"#, \.stateDirectory, "/var/lib/plumb"),
            (#""ipam": {"subnet": "10.88.0.0/16", "dataDir": ""}"#, \.stateDirectory, "/run/plumb"),
        ] as [(String, Property<String>, String)]
    )
    func `has names`(
        keys: String,
        property: Property<String>,
        value: String
    ) throws {
        #expect(try specification(keys)[keyPath: property] == value)
    }

    @Test(arguments: IngressPolicy.allCases)
    func `knows the policy`(policy: IngressPolicy) throws {
        #expect(try specification(#""ingressPolicy": "\#(policy.rawValue)""#).ingressPolicy == policy)
    }

    @Test(arguments: FirewallBackend.allCases)
    func `knows the firewall`(backend: FirewallBackend) throws {
        #expect(try specification(#""firewallBackend": "\#(backend.rawValue)""#).firewallBackend == backend)
    }

    @Test(
        arguments: [
            (#""mtu": 0"#, nil), (#""mtu": 68"#, 68), (#""mtu": 65535"#, 65535),
            (#""mtu": 1280, "ipam": {"subnet": "fd00::/64"}"#, 1280),
        ] as [(String, Int?)]
    )
    func `takes an MTU that its families can live with`(keys: String, mtu: Int?) throws {
        #expect(try specification(keys).mtu == mtu)
    }

    @Test func `leaves hairpins open until asked`() throws {
        #expect(try specification(#""hairpinMode": true"#).hairpin == true)
        #expect(try specification(#""hairpinMode": false, "promiscMode": true"#).hairpin == false)
    }

    @Test func `takes over what the moment decides`() throws {
        var defaults = NetworkDefaults()
        defaults.bridgeName = "plumb0"
        defaults.ingressPolicy = .protected
        defaults.removedWhenEmpty = true
        defaults.stateDirectory = "/srv/plumb"
        let network = try specification(defaults: defaults)
        #expect(network.bridgeName == "plumb0")
        #expect(network.ingressPolicy == .protected)
        #expect(network.removedWhenEmpty)
        #expect(network.stateDirectory == "/srv/plumb")
        let other = try specification(#""bridge": "br0", "removeWhenEmpty": false"#, defaults: defaults)
        #expect(other.bridgeName == "br0")
        #expect(!other.removedWhenEmpty)
    }

    @Test(arguments: [
        (#""bridge": """#, #"bridge: "" is empty"#),
        (#""bridge": "abcdefghijklmnop""#, #"bridge: "abcdefghijklmnop" is longer than 15 bytes"#),
        (#""bridge": "br/0""#, #"bridge: "br/0" contains a slash"#),
        (#""mtu": 67"#, #"mtu: "67" is not an MTU from 68 to 65535 bytes"#),
        (#""mtu": -1"#, #"mtu: "-1" is not an MTU from 68 to 65535 bytes"#),
        (#""mtu": 65536"#, #"mtu: "65536" is not an MTU from 68 to 65535 bytes"#),
        (
            #""mtu": 1279, "ipam": {"subnet": "fd00::/64"}"#,
            #"mtu: "1279" is not an MTU from 1280 to 65535 bytes"#
        ),
        (
            #""promiscMode": true, "hairpinMode": true"#,
            #"promiscMode: "true" does not go with hairpinMode: frames would arrive twice"#
        ),
        (
            #""ingressPolicy": "closed""#,
            #"ingressPolicy: "closed" is none of open, same-bridge, isolated, protected"#
        ),
        (#""firewallBackend": "pf""#, #"firewallBackend: "pf" is none of auto, iptables, nftables, none"#),
        (
            #""chainPrefix": "1ST""#,
            #"chainPrefix: "1ST" is not 1 to 10 letters, digits, hyphens or underscores that begin with a letter"#
        ),
        (
            #""chainPrefix": "ABCDEFGHIJK""#,
            #"""
            chainPrefix: "ABCDEFGHIJK" is not 1 to 10 letters, digits, hyphens or underscores that begin with a letter
            """#
        ),
        (
            #""iptablesAdminChainName": "MY CHAIN""#,
            #"""
            iptablesAdminChainName: "MY CHAIN" is not the name of a chain of one's own: 1 to 28 letters, digits, \#
            hyphens or underscores
            """#
        ),
        (
            #""ipam": {"subnet": "10.88.0.0/16", "dataDir": "plumb"}"#,
            #"ipam.dataDir: "plumb" is not an absolute path"#
        ),
    ])
    func `is refused with field and value`(keys: String, message: String) {
        let error = refusal { _ = try specification(keys) }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message == message)
    }

    @Test(arguments: [
        (#""internal": true"#, #"internal: "true""#), (#""macspoofchk": true"#, #"macspoofchk: "true""#),
        (#""ingressPolicy": "protected""#, #"ingressPolicy: "protected""#),
    ])
    func `is refused rather than made without the firewall that it takes`(keys: String, field: String) {
        let error = refusal { _ = try specification("\(keys), \"firewallBackend\": \"none\"") }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message == "\(field) does not go with firewallBackend none: there are no rules then")
    }

    @Test func `has no policy without a firewall unless it asks for one`() throws {
        #expect(try Standalone(["PLUMB_FIREWALL": "none"]).specification.ingressPolicy == .open)
        let error = refusal { _ = try Standalone(["PLUMB_FIREWALL": "none", "PLUMB_PUBLISH": "80:80"]) }
        #expect(error?.message.contains("does not go with firewallBackend none") == true)
    }

    @Test(arguments: [
        (#""vlan": 100"#, #"vlan: "100""#), (#""vlanTrunk": [{"id": 1}, {"id": 2}]"#, #"vlanTrunk: "2 entries""#),
        (#""disableContainerInterface": true"#, #"disableContainerInterface: "true""#),
        (#""masqAll": true"#, #"masqAll: "true""#),
        (#""externalSetMarkChain": "MARK""#, #"externalSetMarkChain: "MARK""#),
        (#""conditionsV4": ["!", "-d", "10.0.0.0/8"]"#, #"conditionsV4: "! -d 10.0.0.0/8""#),
        (#""conditionsV6": ["-d", "fd00::/8"]"#, #"conditionsV6: "-d fd00::/8""#),
        (#""sysctl": {"net.b": "1", "net.a": "1"}"#, #"sysctl: "net.a, net.b""#),
        (#""allmulti": true"#, #"allmulti: "true""#), (#""txQLen": 10"#, #"txQLen: "10""#),
        (#""ingressRate": 1000"#, #"ingressRate: "1000""#), (#""egressRate": 1000"#, #"egressRate: "1000""#),
    ])
    func `is refused rather than made without a key that it lacks`(keys: String, field: String) {
        let error = refusal { _ = try specification(keys) }
        #expect(error?.code == .unsupportedField)
        #expect(error?.message == "\(field) is not supported")
    }

    @Test(arguments: [
        #""vlan": 0"#, #""vlanTrunk": []"#, #""disableContainerInterface": false"#,
        #""masqAll": false"#, #""externalSetMarkChain": """#, #""conditionsV4": []"#, #""conditionsV6": []"#,
        #""sysctl": {}"#, #""allmulti": false"#, #""txQLen": 0"#, #""ingressRate": 0"#, #""egressRate": 0"#,
        #""somethingElse": {"that": ["plumb", "does", "not", "know"]}"#,
    ])
    func `may hold such a key when it asks for nothing`(keys: String) throws {
        #expect(try specification(keys) == specification())
    }
}

@Suite struct `The name servers of a network` {
    @Test func `are the runtime's before the network's`() throws {
        let keys = #""dns": {"nameservers": ["10.0.0.1"]}"#
        let runtime = #"{"dns": {"servers": ["10.0.0.2"], "searches": ["example.org"]}}"#
        #expect(try specification(keys).dns == DNS(nameservers: ["10.0.0.1"]))
        #expect(
            try specification(keys, runtimeConfig: runtime).dns
                == DNS(nameservers: ["10.0.0.2"], search: ["example.org"])
        )
        #expect(try specification(keys, runtimeConfig: #"{"dns": {}}"#).dns == DNS(nameservers: ["10.0.0.1"]))
    }

    @Test func `are those of a file when nobody says anything else`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("resolv.conf", "nameserver 10.0.0.3\n")
        let ipam = #""ipam": {"subnet": "10.88.0.0/16", "resolvConf": "\#(path)"}"#
        #expect(try specification(ipam).dns == DNS(nameservers: ["10.0.0.3"]))
        #expect(try specification(#""dns": {"domain": "lan"}, "# + ipam).dns == DNS(domain: "lan"))
    }

    @Test func `can't be those of a file that is missing`() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/resolv.conf"
        let error = refusal { _ = try specification(#""ipam": {"subnet": "10.88.0.0/16", "resolvConf": "\#(path)"}"#) }
        #expect(error?.code == .invalidConfiguration)
        #expect(
            error?.message
                == "ipam.resolvConf: \"\(path)\" can't be read: open \(path): No such file or directory"
        )
    }

    @Test(arguments: [
        ("", DNS()),
        ("nameserver 10.0.0.1\nnameserver\tfd00::1  \n", DNS(nameservers: ["10.0.0.1", "fd00::1"])),
        ("# nameserver 10.0.0.1\n; nameserver 10.0.0.2\n\n", DNS()),
        ("domain lan\ndomain example.org", DNS(domain: "example.org")),
        ("search a b\nsearch c d\n", DNS(search: ["c", "d"])),
        ("options ndots:5 rotate\noptions edns0", DNS(options: ["ndots:5", "rotate", "edns0"])),
        ("nameserver\nsortlist 10.0.0.0\n", DNS()),
        ("  nameserver 10.0.0.1", DNS(nameservers: ["10.0.0.1"])),
        ("nameserver 10.0.0.1\r\nsearch a\r\n", DNS(nameservers: ["10.0.0.1"], search: ["a"])),
    ])
    func `are read from a resolver file`(text: String, dns: DNS) {
        #expect(ResolverFile.parse(text) == dns)
    }
}
