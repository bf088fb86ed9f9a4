import PlumbAddress
import PlumbCNI
import Testing

struct BridgeSettings: Decodable, Hashable, Sendable {
    struct AddressSettings: Decodable, Hashable, Sendable {
        struct Range: Decodable, Hashable, Sendable {
            var subnet: String?
            var weight: Double?
            var priority: Int?
        }

        var ranges: [[Range]]?
    }

    var bridge: String?
    var mtu: Int?
    var vlan: UInt16?
    var isGateway: Bool?
    var sysctl: [String: String]?
    var subnet: Prefix?
    var ipam: AddressSettings?
    var extra: JSONValue?
}

typealias Configuration = NetworkConfiguration<BridgeSettings>

func failure(_ text: String) -> CNIError? {
    do throws(CNIError) {
        _ = try Configuration.decode(Array(text.utf8))
        return nil
    } catch {
        return error
    }
}

@Suite struct `A network configuration` {
    @Test func `is read with the plugin's own keys`() throws {
        let text = """
            {"cniVersion": "1.1.0", "name": "web", "type": "bridge", "bridge": "cni0", "mtu": 1450, "isGateway": true,
             "unknown": [{"a": null}], "capabilities": {"mac": true}, "dns": {"nameservers": ["10.1.0.1"], "domain": ""},
             "ipam": {"type": "host-local", "ranges": [[{"subnet": "10.1.0.0/16"}]]},
             "runtimeConfig": {"portMappings": [{"hostPort": 8080, "containerPort": 80, "protocol": "TCP", "hostIP": ""},
              {"containerPort": 81, "range": 4}],
              "ipRanges": [[{"subnet": "10.2.0.0/16", "rangeStart": "10.2.1.1", "gateway": ""}]], "ips": ["10.1.2.3/16"],
              "mac": "02:42:0a:01:02:03", "bandwidth": {"ingressRate": 1000000, "ingressBurst": 2000000},
              "dns": {"servers": ["10.1.0.2"], "searches": ["local"], "options": ["ndots:2"]}, "aliases": {}},
             "args": {"cni": {"ips": ["10.1.2.4"], "labels": [{"key": "app", "value": "web"}], "other": 1}}}
            """
        let configuration = try Configuration.decode(Array(text.utf8))
        #expect(configuration.cniVersion == SpecVersion(1, 1, 0))
        #expect(configuration.name == "web")
        #expect(configuration.type == "bridge")
        #expect(configuration.ipamType == "host-local")
        #expect(configuration.prevResult == nil)
        #expect(configuration.validAttachments == nil)
        #expect(configuration.dns == DNS(nameservers: ["10.1.0.1"]))
        let addresses = BridgeSettings.AddressSettings(ranges: [[.init(subnet: "10.1.0.0/16")]])
        #expect(
            configuration.settings == BridgeSettings(bridge: "cni0", mtu: 1450, isGateway: true, ipam: addresses)
        )
        let runtime = try #require(configuration.runtimeConfig)
        #expect(
            runtime.portMappings == [
                PortMapping(hostPort: 8080, containerPort: 80, protocol: "TCP"),
                PortMapping(hostPort: 0, containerPort: 81, range: 4),
            ]
        )
        #expect(runtime.ipRanges?.first?.first?.subnet == Prefix("10.2.0.0/16"))
        #expect(runtime.ipRanges?.first?.first?.rangeStart == IPAddress("10.2.1.1"))
        #expect(runtime.ipRanges?.first?.first?.gateway == nil)
        #expect(runtime.ips == ["10.1.2.3/16"])
        #expect(runtime.mac == "02:42:0a:01:02:03")
        #expect(runtime.bandwidth?.ingressBurst == 2_000_000)
        #expect(runtime.bandwidth?.egressRate == nil)
        #expect(runtime.dns == DNS(nameservers: ["10.1.0.2"], search: ["local"], options: ["ndots:2"]))
        #expect(configuration.args?.ips == ["10.1.2.4"])
        #expect(configuration.args?.labels?.first?.value == "web")
    }

    @Test(arguments: [#"{"name":"n"}"#, #"{"name":"n","cniVersion":""}"#, #"{"name":"n","cniVersion":null}"#])
    func `without a version has the oldest`(text: String) throws {
        #expect(try Configuration.decode(Array(text.utf8)).cniVersion == SpecVersion(0, 1, 0))
    }

    @Test(arguments: ["0.5.0", "1.2.0", "2.0.0", "1.0", "one"])
    func `of an unknown version is refused before anything else`(version: String) throws {
        let error = try #require(failure(#"{"cniVersion":"\#(version)","mtu":"x"}"#))
        #expect(error.code == .incompatibleVersion)
        #expect(error.details == "requested \(version); supported 0.1.0, 0.2.0, 0.3.0, 0.3.1, 0.4.0, 1.0.0, 1.1.0")
    }

    @Test(arguments: [
        (#"{}"#, "name: required, but absent or empty"),
        (#"{"name":""}"#, "name: required, but absent or empty"),
        (
            #"{"name":"a b"}"#,
            "name: \"a b\" must begin with a letter or digit and hold only letters, digits, _ . and -"
        ),
        (#"{"name":7}"#, "name: expected a string, got 7"),
        (#"{"name":"n","cniVersion":1}"#, "cniVersion: expected a string, got 1"),
        (#"{"name":"n","mtu":"abc"}"#, "mtu: expected a whole number, got \"abc\""),
        (#"{"name":"n","mtu":true}"#, "mtu: expected a whole number, got true"),
        (#"{"name":"n","mtu":1500.5}"#, "mtu: expected a whole number that fits Int, got 1500.5"),
        (#"{"name":"n","mtu":1e19}"#, "mtu: expected a whole number that fits Int, got 10000000000000000000"),
        (#"{"name":"n","mtu":1e400}"#, "mtu: expected a whole number that fits Int, got a number that cannot be read"),
        (#"{"name":"n","mtu":01}"#, "mtu: expected a whole number that fits Int, got a number that cannot be read"),
        (#"{"name":"n","vlan":-1}"#, "vlan: expected a whole number from 0 to 65535, got -1"),
        (#"{"name":"n","vlan":70000,"mtu":70000}"#, "vlan: expected a whole number from 0 to 65535, got 70000"),
        (
            #"{"name":"n","ipam":{"ranges":[[{"subnet":1}]]}}"#,
            "ipam.ranges[0][0].subnet: expected a string, got 1"
        ),
        (
            #"{"name":"n","ipam":{"ranges":[[{"weight":1.5,"priority":7},{"weight":2.5,"priority":2.5}]]}}"#,
            "ipam.ranges[0][1].priority: expected a whole number that fits Int, got 2.5"
        ),
        (
            #"{"name":"n","ipam":{"ranges":[[{"weight":1e400}]]}}"#,
            "ipam.ranges[0][0].weight: expected a number in range, got a number that cannot be read"
        ),
        (#"{"name":"n","isGateway":1}"#, "isGateway: expected true or false, got 1"),
        (#"{"name":"n","sysctl":[]}"#, "sysctl: expected an object, got []"),
        (#"{"name":"n","sysctl":{"net.a":1}}"#, "sysctl.net.a: expected a string, got 1"),
        (#"{"name":"n","subnet":"10.0.0.0"}"#, "subnet: expected an address with a prefix length, got \"10.0.0.0\""),
        (#"{"name":"n","ipam":"host-local"}"#, "ipam: expected an object, got \"host-local\""),
        (
            #"{"name":"n","runtimeConfig":{"portMappings":[{"hostPort":1},{"hostPort":"8"}]}}"#,
            "runtimeConfig.portMappings[1].hostPort: expected a whole number, got \"8\""
        ),
        (
            #"{"name":"n","runtimeConfig":{"ipRanges":[[{"rangeStart":"10.0.0.1"}]]}}"#,
            "runtimeConfig.ipRanges[0][0].subnet: required, but absent"
        ),
        (
            #"{"name":"n","mtu":9,"runtimeConfig":{"bandwidth":{"ingressRate":1,"egressRate":0.5}}}"#,
            "runtimeConfig.bandwidth.egressRate: expected a whole number that fits Int, got 0.5"
        ),
        (
            #"{"name":"n","cniVersion":"1.1.0","prevResult":{"routes":[{"dst":"::/0","mtu":1e19}]}}"#,
            "prevResult.routes[0].mtu: expected a whole number that fits Int, got 10000000000000000000"
        ),
        (#"{"name":"n","args":{"cni":{"ips":{}}}}"#, "args.cni.ips: expected a list, got {}"),
        (
            #"{"name":"n","cniVersion":"1.0.0","prevResult":{"ips":[{"address":"10.0.0.300/8"}]}}"#,
            "prevResult.ips[0].address: expected an address with a prefix length, got \"10.0.0.300/8\""
        ),
        (#"{"name":"n","cniVersion":"1.0.0","prevResult":[]}"#, "prevResult: expected an object, got []"),
        (
            #"{"name":"n","cni.dev/valid-attachments":[{"containerID":"a"}]}"#,
            "cni.dev/valid-attachments[0].ifname: required, but absent"
        ),
    ])
    func `names the field that does not fit, and its value`(text: String, message: String) {
        let error = failure(text)
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message == message)
    }

    @Test func `cuts long values off in its errors`() throws {
        let error = try #require(failure(#"{"name":"n","mtu":"\#(String(repeating: "x", count: 500))"}"#))
        #expect(error.message.count < 130)
    }

    @Test(arguments: [
        (#"{"name":"n","mtu":1500.0}"#, 1500), (#"{"name":"n","mtu":1.5e3}"#, 1500), (#"{"name":"n","mtu":-7}"#, -7),
        (#"{"name":"n","mtu":-0}"#, 0), (#"{"name":"n","mtu":null}"#, nil),
        (#"{"name":"n","mtu":9223372036854775807}"#, Int.max),
    ])
    func `accepts every spelling of a whole number`(text: String, expected: Int?) throws {
        #expect(try Configuration.decode(Array(text.utf8)).settings.mtu == expected)
    }

    @Test(arguments: [
        (nil, nil), ("null", nil), ("[]", []),
        (#"[{"containerID":"a","ifname":"eth0"}]"#, [ValidAttachment(containerID: "a", interfaceName: "eth0")]),
    ])
    func `tells no valid attachments from no word about them`(json: String?, expected: [ValidAttachment]?) throws {
        for key in ["cni.dev/valid-attachments", "cni.dev/attachments"] {
            let member = json.map { #","\#(key)":\#($0)"# } ?? ""
            let text = #"{"name":"n","cniVersion":"1.1.0"\#(member)}"#
            #expect(try Configuration.decode(Array(text.utf8)).validAttachments == expected)
        }
    }
}

@Suite struct `A configuration for DEL` {
    @Test(arguments: [
        #""mtu":"abc""#, #""prevResult":7"#, #""runtimeConfig":{"portMappings":{}}"#, #""dns":[]"#, #""args":"x""#,
        #""type":1"#, #""prevResult":{"ips":[{}]}"#,
    ])
    func `needs only a version and a name`(member: String) throws {
        let text = #"{"cniVersion":"1.0.0","name":"n","ipam":{"type":"dhcp"},\#(member)}"#
        #expect(failure(text)?.code == .invalidConfiguration)
        let configuration = try Configuration.decodeForRemoval(Array(text.utf8))
        #expect(configuration.name == "n")
        #expect(configuration.ipamType == "dhcp")
        #expect(configuration.prevResult == nil)
    }

    @Test func `has settings where they fit`() throws {
        let fitting = try Configuration.decodeForRemoval(Array(#"{"name":"n","mtu":1400}"#.utf8))
        #expect(fitting.settings?.mtu == 1400)
        let broken = try Configuration.decodeForRemoval(Array(#"{"name":"n","mtu":{}}"#.utf8))
        #expect(broken.settings == nil)
    }

    @Test(arguments: [(#"{"name":""}"#, 7), (#"{"name":"n","cniVersion":"9.0.0"}"#, 1), (#"{"name":"n""#, 6)])
    func `is refused without them`(text: String, code: Int) {
        #expect(throws: CNIError.self) { try Configuration.decodeForRemoval(Array(text.utf8)) }
        #expect(failure(text)?.code.rawValue == code)
    }
}
