import PlumbAddress
import PlumbCNI
import PlumbSubnetStore
import Testing

@testable import PlumbAttachment

@Suite struct `The addresses of a network` {
    @Test(arguments: [
        (#"{"subnet": "10.88.0.0/16"}"#, "10.88.0.0/16 10.88.0.1-10.88.255.254 10.88.0.1"),
        (
            #"{"type": "plumb", "ranges": [[{"subnet": "10.88.0.0/16"}], [{"subnet": "fd00:88::/64"}]]}"#,
            "10.88.0.0/16 10.88.0.1-10.88.255.254 10.88.0.1; fd00:88::/64 fd00:88::1-fd00:88::ffff:ffff:ffff:ffff fd00:88::1"
        ),
        (
            #"{"subnet": "10.1.0.0/24", "ranges": [[{"subnet": "10.2.0.0/24"}, {"subnet": "10.3.0.0/24"}]]}"#,
            """
            10.1.0.0/24 10.1.0.1-10.1.0.254 10.1.0.1; 10.2.0.0/24 10.2.0.1-10.2.0.254 10.2.0.1, \
            10.3.0.0/24 10.3.0.1-10.3.0.254 10.3.0.1
            """
        ),
        (
            #"{"subnet": "10.1.0.0/24", "rangeStart": "10.1.0.10", "rangeEnd": "10.1.0.20", "gateway": "10.1.0.254"}"#,
            "10.1.0.0/24 10.1.0.10-10.1.0.20 10.1.0.254"
        ),
        (
            #"{"ranges": [[{"subnet": "10.1.0.0/24", "rangeStart": "", "gateway": ""}]]}"#,
            "10.1.0.0/24 10.1.0.1-10.1.0.254 10.1.0.1"
        ),
    ])
    func `come from ranges`(ipam: String, sets: String) throws {
        let addressing = try specification("\"ipam\": \(ipam)").addressing
        guard case .ranges(let ranges) = addressing else {
            Issue.record("not ranges but \(addressing)")
            return
        }
        #expect(ranges.map { $0.map(\.description).joined(separator: ", ") }.joined(separator: "; ") == sets)
    }

    @Test func `come from the runtime's ranges first`() throws {
        let addressing = try specification(
            #""ipam": {"subnet": "10.1.0.0/24"}"#,
            runtimeConfig: #"{"ipRanges": [[{"subnet": "10.2.0.0/24", "rangeEnd": "10.2.0.9"}]]}"#
        ).addressing
        guard case .ranges(let sets) = addressing else {
            Issue.record("not ranges but \(addressing)")
            return
        }
        #expect(sets.compactMap(\.first?.range.description) == ["10.2.0.1-10.2.0.9", "10.1.0.1-10.1.0.254"])
    }

    @Test func `come from another plugin`() throws {
        for type in ["host-local", "static", "dhcp"] {
            let addressing = try specification(#""ipam": {"type": "\#(type)", "ranges": [[{}]]}"#).addressing
            #expect(addressing == .delegated(type: type))
            #expect(addressing.families.isEmpty)
        }
    }

    @Test func `are none without ipam`() throws {
        #expect(try specification().addressing == .none)
    }

    @Test func `may be fixed`() throws {
        let ipam =
            #""ipam": {"addresses": [{"address": "10.1.0.5/24", "gateway": "10.1.0.1"}, {"address": "fd00::5/64"}]}"#
        let network = try specification(ipam)
        #expect(
            network.addressing == .fixed([try attached("10.1.0.5/24", via: "10.1.0.1"), try attached("fd00::5/64")])
        )
        #expect(network.addressing.families == [.ipv4, .ipv6])
    }

    @Test func `are those asked for in place of fixed ones`() throws {
        let addressing = try specification(
            #""ipam": {"addresses": [{"address": "10.1.0.5/24", "gateway": "10.1.0.254"}]}"#,
            runtimeConfig: #"{"ips": ["10.1.0.9/24", "fd00::9/64"]}"#
        ).addressing
        #expect(addressing == .fixed([try attached("10.1.0.9/24", via: "10.1.0.254"), try attached("fd00::9/64")]))
    }

    @Test func `are those asked for where nothing else gives any`() throws {
        let addressing = try specification(#""ipam": {}"#, runtimeConfig: #"{"ips": ["10.1.0.9/24"]}"#).addressing
        #expect(addressing == .fixed([try attached("10.1.0.9/24")]))
    }

    @Test(arguments: [
        (#"{}"#, "ipam.ranges: no address ranges given"),
        (#"{"ranges": []}"#, "ipam.ranges: no address ranges given"),
        (#"{"ranges": [[]]}"#, #"ipam.ranges: "[]" holds no range"#),
        (#"{"ranges": [[{}]]}"#, "ipam.ranges[0][0].subnet: missing; a range needs a subnet"),
        (#"{"subnet": ""}"#, "ipam.subnet: missing; a range needs a subnet"),
        (
            #"{"subnet": "10.1.0.0"}"#,
            #"ipam.subnet: "10.1.0.0" is not an address with a prefix length, such as 10.88.0.0/16 or fd00:88::/64"#
        ),
        (
            #"{"ranges": [[{"subnet": "10.1.0.7/24"}]]}"#,
            #"ipam.ranges[0][0].subnet: "10.1.0.7/24" has bits set beyond its length; 10.1.0.0/24 is the subnet"#
        ),
        (#"{"subnet": "10.1.0.0/31"}"#, #"ipam.subnet: "10.1.0.0/31" is too small; /30 is the smallest"#),
        (
            #"{"subnet": "127.0.0.0/8"}"#,
            #"ipam.subnet: "127.0.0.0/8" can't be used for containers: it is loopback or multicast"#
        ),
        (
            #"{"subnet": "224.0.0.0/8"}"#,
            #"ipam.subnet: "224.0.0.0/8" can't be used for containers: it is loopback or multicast"#
        ),
        (
            #"{"subnet": "10.1.0.0/24", "gateway": "10.1"}"#,
            #"ipam.gateway: "10.1" is not an IP address, such as 10.88.0.1 or fd00:88::1"#
        ),
        (
            #"{"ranges": [[{"subnet": "10.1.0.0/24"}], [{"subnet": "10.2.0.0/24", "gateway": "10.1.0.1"}]]}"#,
            #"ipam.ranges[1][0].gateway: "10.1.0.1" is outside the subnet 10.2.0.0/24"#
        ),
        (
            #"{"subnet": "10.1.0.0/24", "rangeStart": "10.2.0.1"}"#,
            #"ipam.rangeStart: "10.2.0.1" is outside the subnet 10.1.0.0/24"#
        ),
        (
            #"{"subnet": "10.1.0.0/24", "rangeStart": "10.1.0.9", "rangeEnd": "10.1.0.8"}"#,
            #"ipam.rangeStart: "10.1.0.9" is above rangeEnd 10.1.0.8"#
        ),
        (
            #"{"ranges": [[{"subnet": "10.1.0.0/24"}, {"subnet": "fd00::/64"}]]}"#,
            #"ipam.ranges: "fd00::/64" is not of the family of 10.1.0.0/24 in the same set"#
        ),
        (
            #"{"subnet": "10.1.0.0/24", "ranges": [[{"subnet": "10.1.0.0/16"}]]}"#,
            #"ipam.ranges: "10.1.0.1-10.1.255.254" overlaps 10.1.0.1-10.1.0.254 of ranges[0]"#
        ),
        (
            #"{"addresses": [{}]}"#,
            #"""
            ipam.addresses[0].address: "" is not an address with a prefix length, such as 10.88.0.0/16 or fd00:88::/64
            """#
        ),
        (
            #"{"addresses": [{"address": "10.1.0.5/24", "gateway": "fd00::1"}]}"#,
            #"ipam.addresses[0].gateway: "fd00::1" is of another family than the address 10.1.0.5/24"#
        ),
    ])
    func `are refused with field and value`(ipam: String, message: String) {
        let error = refusal { _ = try specification("\"ipam\": \(ipam)") }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message == message)
    }

    @Test(arguments: [
        ("", #"ips: "10.1.0.9" can't be given on a network without ipam"#),
        (#""ipam": {}"#, #"ips: "10.1.0.9" needs a prefix length, as the network has no ranges"#),
        (
            #""ipam": {"addresses": [{"address": "10.1.0.5/24"}]}"#,
            #"ips: "10.1.0.9" needs a prefix length, as the network has no ranges"#
        ),
    ])
    func `can't be asked for without a subnet`(keys: String, message: String) {
        let error = refusal { _ = try specification(keys, runtimeConfig: #"{"ips": ["10.1.0.9"]}"#) }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message == message)
    }
}

@Suite struct `A route of a network` {
    private func routes(_ list: String) throws -> [Attachment.Route] {
        try specification(#""ipam": {"subnet": "10.88.0.0/16", "routes": [\#(list)]}"#).routes
    }

    @Test func `may say all that the kernel can hold`() throws {
        let route = #"""
            {"dst": "10.0.0.0/8", "gw": "10.88.0.9", "mtu": 1400, "advmss": 1360, "priority": 4294967295, "table": 100,
             "scope": 253}
            """#
        let planned = Attachment.Route(
            destination: try prefix("10.0.0.0/8"),
            gateway: try address("10.88.0.9"),
            mtu: 1400,
            advertisedMSS: 1360,
            metric: 4_294_967_295,
            table: 100,
            scope: 253
        )
        #expect(try routes(route) == [planned])
        #expect(
            try routes(#"{"dst": "::/0", "gw": ""}"#)
                == [Attachment.Route(destination: Prefix(wholeOf: .ipv6), gateway: nil)]
        )
    }

    @Test(arguments: [
        ("{}", "ipam.routes[0].dst: missing; a route needs a destination"),
        (
            #"{"dst": "10.0.0.0"}"#,
            """
            ipam.routes[0].dst: "10.0.0.0" is not an address with a prefix length, such as 10.88.0.0/16 or fd00:88::/64
            """
        ),
        (
            #"{"dst": "10.0.0.1/8"}"#,
            #"ipam.routes[0].dst: "10.0.0.1/8" has bits set beyond its length; use 10.0.0.0/8"#
        ),
        (
            #"{"dst": "10.0.0.0/8", "gw": "router"}"#,
            #"ipam.routes[0].gw: "router" is not an IP address, such as 10.88.0.1 or fd00:88::1"#
        ),
        (
            #"{"dst": "10.0.0.0/8"}, {"dst": "::/0", "gw": "10.88.0.1"}"#,
            #"ipam.routes[1].gw: "10.88.0.1" is of another family than the destination ::/0"#
        ),
        (#"{"dst": "::/0", "mtu": -1}"#, #"ipam.routes[0].mtu: "-1" is out of range"#),
        (#"{"dst": "::/0", "advmss": 4294967296}"#, #"ipam.routes[0].advmss: "4294967296" is out of range"#),
        (#"{"dst": "::/0", "priority": -1}"#, #"ipam.routes[0].priority: "-1" is out of range"#),
        (#"{"dst": "::/0", "table": -1}"#, #"ipam.routes[0].table: "-1" is out of range"#),
        (#"{"dst": "::/0", "scope": 256}"#, #"ipam.routes[0].scope: "256" is out of range"#),
    ])
    func `is refused with field and value`(list: String, message: String) {
        let error = refusal { _ = try routes(list) }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message == message)
    }
}
