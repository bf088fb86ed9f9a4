import PlumbAddress
import PlumbCNI
import PlumbFirewall
import PlumbSubnetStore
import Testing

@testable import PlumbAttachment

@Suite struct `The values of a request` {
    private static let macs = (
        capability: #"{"mac": "02:00:00:00:00:01"}"#, conventional: #"{"mac": "02:00:00:00:00:02"}"#,
        argument: "MAC=02:00:00:00:00:03", key: #""mac": "02:00:00:00:00:04""#
    )

    @Test(arguments: [
        (macs.capability, macs.conventional, macs.argument, macs.key, "02:00:00:00:00:01"),
        ("{}", macs.conventional, macs.argument, macs.key, "02:00:00:00:00:02"),
        (#"{"mac": ""}"#, #"{"mac": ""}"#, macs.argument, macs.key, "02:00:00:00:00:03"),
        ("{}", "{}", "MAC=", macs.key, "02:00:00:00:00:04"),
        ("{}", "{}", "", #""mac": """#, nil),
    ])
    func `take the MAC from the capability first`(
        capabilities: String,
        args: String,
        arguments: String,
        key: String,
        mac: String?
    ) throws {
        let request = try request(key, runtimeConfig: capabilities, args: args, arguments: arguments)
        #expect(try RuntimeValues(request).mac?.description == mac)
    }

    @Test(arguments: [
        (#"{"ips": ["10.1.0.1/24"]}"#, #"{"ips": ["10.1.0.2"]}"#, "IP=10.1.0.3", ["10.1.0.1/24"]),
        ("{}", #"{"ips": ["10.1.0.2", "fd00::2"]}"#, "IP=10.1.0.3", ["10.1.0.2", "fd00::2"]),
        (#"{"ips": []}"#, #"{"ips": []}"#, "IP=10.1.0.3,fd00::3/64", ["10.1.0.3", "fd00::3/64"]),
        ("{}", "{}", "IP=", []),
        ("{}", "{}", "K8S_POD_NAME=web;IgnoreUnknown=1", []),
    ])
    func `take addresses from the capability first`(
        capabilities: String,
        args: String,
        arguments: String,
        addresses: [String]
    ) throws {
        let values = try RuntimeValues(request(runtimeConfig: capabilities, args: args, arguments: arguments))
        let texts = values.addresses.map { "\($0.address)" + ($0.prefixLength.map { "/\($0)" } ?? "") }
        #expect(texts == addresses)
    }

    @Test func `hold the ports to publish`() throws {
        let mappings = #"""
            [{"hostPort": 8888, "containerPort": 7777, "protocol": "tcp"}, {"hostPort": 53, "containerPort": 53,
              "protocol": "UDP", "hostIP": "127.0.0.1"}, {"hostPort": 53, "containerPort": 53, "protocol": "sctp",
              "hostIP": "::1"}, {"hostPort": 1, "containerPort": 65535, "protocol": "", "hostIP": ""}]
            """#
        let ports = try RuntimeValues(request(runtimeConfig: #"{"portMappings": \#(mappings)}"#)).ports
        #expect(
            ports.map(\.description) == [
                "*:8888->7777/tcp", "127.0.0.1:53->53/udp", "[::1]:53->53/sctp", "*:1->65535/tcp",
            ]
        )
    }

    @Test func `hold ranges, and ports of the host that are left to plumb`() throws {
        let mappings = #"""
            [{"hostPort": 5000, "containerPort": 6000, "range": 4}, {"hostPort": 0, "containerPort": 80},
             {"containerPort": 90, "range": 2, "protocol": "udp", "hostIP": "::1"},
             {"hostPort": 1, "containerPort": 1, "range": 65535, "protocol": "sctp"}]
            """#
        let ports = try RuntimeValues(request(runtimeConfig: #"{"portMappings": \#(mappings)}"#)).ports
        let texts = ["*:5000-5003->6000-6003/tcp", "*:0->80/tcp", "[::1]:0->90-91/udp", "*:1-65535->1-65535/sctp"]
        #expect(ports.map(\.description) == texts)
        #expect(ports.map(\.isOpen) == [false, true, true, false])
    }

    @Test(arguments: ["127.0.0.1", "::1", "0.0.0.0"])
    func `publish where the configuration says, unless the runtime says otherwise`(address: String) throws {
        let mappings = #"""
            [{"hostPort": 80, "containerPort": 80}, {"hostPort": 81, "containerPort": 81, "hostIP": ""},
             {"containerPort": 82}, {"hostPort": 83, "containerPort": 83, "hostIP": "192.0.2.1"}]
            """#
        let request = try request(
            #""defaultHostIP": "\#(address)""#,
            runtimeConfig: #"{"portMappings": \#(mappings)}"#
        )
        let ports = try RuntimeValues(request).ports
        #expect(ports.map(\.hostAddress?.description) == [address, address, "192.0.2.1"])
        #expect(ports.map(\.containerPorts) == [80...81, 82...82, 83...83])
    }

    @Test func `are refused with a default address that is none, even without ports`() {
        let error = refusal { _ = try RuntimeValues(request(#""defaultHostIP": "home""#)) }
        #expect(error?.message == #"defaultHostIP: "home" is not an IP address, such as 10.88.0.1 or fd00:88::1"#)
    }

    @Test(arguments: [
        (#"{"mac": "02:00"}"#, #"runtimeConfig.mac: "02:00" is not a MAC address, such as 02:42:0a:58:00:02"#),
        (
            #"{"mac": "01:00:5e:00:00:01"}"#,
            #"runtimeConfig.mac: "01:00:5e:00:00:01" can't belong to an interface: it is a group's address, or zero"#
        ),
        (
            #"{"mac": "00:00:00:00:00:00"}"#,
            #"runtimeConfig.mac: "00:00:00:00:00:00" can't belong to an interface: it is a group's address, or zero"#
        ),
        (
            #"{"ips": ["10.1.0"]}"#,
            #"runtimeConfig.ips: "10.1.0" is not an IP address, such as 10.88.0.1 or fd00:88::1"#
        ),
        (
            #"{"ips": ["10.1.0.1/33"]}"#,
            """
            runtimeConfig.ips: "10.1.0.1/33" is not an address with a prefix length, such as 10.88.0.0/16 or fd00:88::/64
            """
        ),
        (
            #"{"portMappings": [{"hostPort": 80}]}"#,
            #"runtimeConfig.portMappings[0].containerPort: "0" is not a port from 1 to 65535"#
        ),
        (
            #"{"portMappings": [{"hostPort": 80, "containerPort": 80, "range": 0}]}"#,
            #"runtimeConfig.portMappings[0].range: "0" is not a number of ports from 1 to 65535"#
        ),
        (
            #"{"portMappings": [{"hostPort": 80, "containerPort": 80, "range": -1}]}"#,
            #"runtimeConfig.portMappings[0].range: "-1" is not a number of ports from 1 to 65535"#
        ),
        (
            #"{"portMappings": [{"hostPort": 80, "containerPort": 80, "range": 65536}]}"#,
            #"runtimeConfig.portMappings[0].range: "65536" is not a number of ports from 1 to 65535"#
        ),
        (
            #"{"portMappings": [{"hostPort": 65534, "containerPort": 80, "range": 3}]}"#,
            #"runtimeConfig.portMappings[0].range: "3" goes beyond port 65535 from hostPort 65534 on"#
        ),
        (
            #"{"portMappings": [{"containerPort": 65534, "range": 3}]}"#,
            #"runtimeConfig.portMappings[0].range: "3" goes beyond port 65535 from containerPort 65534 on"#
        ),
        (
            #"{"portMappings": [{"hostPort": 80, "containerPort": 80}, {"hostPort": 70, "containerPort": 1, "range": 12}]}"#,
            "runtimeConfig.portMappings: host port 80/tcp is given twice: *:80->80/tcp and *:70-81->1-12/tcp"
        ),
        (
            #"{"portMappings": [{"hostPort": 80, "containerPort": 80}, {"hostPort": 81, "containerPort": 65536}]}"#,
            #"runtimeConfig.portMappings[1].containerPort: "65536" is not a port from 1 to 65535"#
        ),
        (
            #"{"portMappings": [{"hostPort": -80, "containerPort": 80}]}"#,
            #"runtimeConfig.portMappings[0].hostPort: "-80" is not a port from 1 to 65535"#
        ),
        (
            #"{"portMappings": [{"hostPort": 80, "containerPort": 80, "protocol": "icmp"}]}"#,
            #"runtimeConfig.portMappings[0].protocol: "icmp" is none of tcp, udp, sctp"#
        ),
        (
            #"{"portMappings": [{"hostPort": 80, "containerPort": 80, "hostIP": "localhost"}]}"#,
            """
            runtimeConfig.portMappings[0].hostIP: "localhost" is not an IP address, such as 10.88.0.1 or fd00:88::1
            """
        ),
        (
            #"{"portMappings": [{"hostPort": 80, "containerPort": 80}, {"hostPort": 80, "containerPort": 81}]}"#,
            "runtimeConfig.portMappings: host port 80/tcp is given twice: *:80->80/tcp and *:80->81/tcp"
        ),
    ])
    func `are refused with field and value`(capabilities: String, message: String) {
        let error = refusal { _ = try RuntimeValues(request(runtimeConfig: capabilities)) }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message == message)
    }

    @Test func `name the way that a wrong MAC or address came by`() {
        let mac = "is not a MAC address, such as 02:42:0a:58:00:02"
        #expect(
            refusal { _ = try RuntimeValues(request(args: #"{"mac": "x"}"#)) }?.message == #"args.cni.mac: "x" \#(mac)"#
        )
        #expect(
            refusal { _ = try RuntimeValues(request(arguments: "MAC=x")) }?.message == #"CNI_ARGS MAC: "x" \#(mac)"#
        )
        #expect(refusal { _ = try RuntimeValues(request(#""mac": "x""#)) }?.message == #"mac: "x" \#(mac)"#)
        let ip = "is not an IP address, such as 10.88.0.1 or fd00:88::1"
        #expect(
            refusal { _ = try RuntimeValues(request(args: #"{"ips": ["x"]}"#)) }?.message
                == #"args.cni.ips: "x" \#(ip)"#
        )
        #expect(refusal { _ = try RuntimeValues(request(arguments: "IP=x")) }?.message == #"CNI_ARGS IP: "x" \#(ip)"#)
    }
}

@Suite struct `Published ports` {
    @Test(arguments: [
        ("*", "*", true), ("*", "10.0.0.1", true), ("*", "::1", true), ("0.0.0.0", "10.0.0.1", true),
        ("0.0.0.0", "::", false), ("0.0.0.0", "::1", false), ("::", "::1", true), ("10.0.0.1", "10.0.0.1", true),
        ("10.0.0.1", "10.0.0.2", false), ("::1", "::2", false), ("::1", "::1", true),
    ])
    func `collide where a packet could be meant for either`(one: String, other: String, collide: Bool) throws {
        let (one, other) = (port(at: one), port(at: other))
        #expect(one.collides(with: other) == collide)
        #expect(other.collides(with: one) == collide)
    }

    @Test func `do not collide across transports and numbers`() {
        #expect(!port(at: "*").collides(with: port(at: "*", transport: .udp)))
        #expect(!port(at: "*").collides(with: port(at: "*", number: 81)))
    }

    @Test(arguments: [
        (80, 81, true), (82, 90, true), (70, 79, false), (83, 90, false), (70, 100, true), (81, 81, true),
    ])
    func `collide where their ranges meet`(first: UInt16, last: UInt16, collide: Bool) {
        let range = PublishedPort(hostAddress: nil, hostPort: 80, containerPort: 1, count: 3, transport: .tcp)
        let other = PublishedPort(
            hostAddress: nil,
            hostPort: first,
            containerPort: 1,
            count: last - first + 1,
            transport: .tcp
        )
        #expect(range.collides(with: other) == collide)
        #expect(other.collides(with: range) == collide)
    }

    private func port(
        at address: String,
        number: UInt16 = 80,
        transport: TransportProtocol = .tcp
    ) -> PublishedPort {
        PublishedPort(hostAddress: IPAddress(address), hostPort: number, containerPort: 80, transport: transport)
    }
}
