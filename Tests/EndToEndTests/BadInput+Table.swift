import PlumbTestSupport

extension BadInput {
    static let environment: [BadInput] = [
        .variable("CNI_COMMAND", "ATTACH", naming: "ATTACH", wayOut: true),
        .variable("CNI_CONTAINERID", "", naming: "CNI_CONTAINERID"),
        .variable("CNI_CONTAINERID", "-web", naming: "-web"),
        .variable("CNI_CONTAINERID", "web/1", naming: "web/1"),
        .variable("CNI_CONTAINERID", "web 1", naming: "web 1"),
        .variable("CNI_IFNAME", "", naming: "CNI_IFNAME"),
        .variable("CNI_IFNAME", "a23456789012345x", naming: "a23456789012345x", "15"),
        .variable("CNI_IFNAME", "eth/0", naming: "eth/0", "slash"),
        .variable("CNI_IFNAME", "eth:0", naming: "eth:0", "colon"),
        .variable("CNI_IFNAME", "eth 0", naming: "eth 0", "whitespace"),
        .variable("CNI_IFNAME", ".", naming: "\".\""),
        .variable("CNI_IFNAME", "..", naming: "\"..\""),
        .variable("CNI_IFNAME", "eth%d", naming: "eth%d"),
        .variable("CNI_IFNAME", "lo", naming: "lo", wayOut: true),
        .variable("CNI_NETNS", "", naming: "CNI_NETNS"),
        .variable("CNI_NETNS", "/run/netns/missing", code: 8, naming: "/run/netns/missing", wayOut: true),
        .variable("CNI_NETNS", "/etc/passwd", code: 8, naming: "/etc/passwd", wayOut: true),
        .variable("CNI_NETNS", "/tmp", code: 8, naming: "/tmp", wayOut: true),
        .variable("CNI_NETNS", "/proc/self/ns/mnt", code: 8, naming: "/proc/self/ns/mnt", wayOut: true),
        .variable("CNI_NETNS", "/proc/self/ns/net", code: 8, naming: "/proc/self/ns/net", "host", wayOut: true),
        .variable("CNI_ARGS", "IP", naming: "IP"),
        .variable("CNI_ARGS", "IP=10.88.0.300", code: 7, naming: "10.88.0.300"),
        .variable("CNI_ARGS", "MAC=zz", code: 7, naming: "zz"),
        BadInput("no variables but the command", code: 4, naming: "CNI_CONTAINERID", "CNI_NETNS", "CNI_IFNAME") {
            call,
            _ in
            call.container = nil
            call.sandbox = nil
            call.interface = nil
        },
    ]

    static let documents: [BadInput] = [
        document("truncated", "{\"cniVersion\":\"1.0.0\",\"name\":\"web\",\"ipam\":{\"ra"),
        document("not JSON", "cniVersion: 1.0.0"),
        document("a list", "[]"),
        document("a number", "1"),
        document("null", "null"),
        document("nested deeply in lists", "{\"a\":" + String(repeating: "[", count: 100_000)),
        document("nested deeply in objects", String(repeating: "{\"a\":", count: 100_000)),
        document("larger than a megabyte", "{\"name\":\"" + String(repeating: "w", count: 1 << 20) + "\"}"),
        document("bytes that are no text", "{\"cniVersion\":\"1.0.0\",\"name\":\"\u{0}\"}"),
    ]

    private static func document(_ description: String, _ text: String) -> BadInput {
        BadInput("input: \(description)", code: 6, naming: "configuration") { call, _ in call.configuration = text }
    }

    static let network: [BadInput] = [
        .value("cniVersion", "9.9.9", code: 1, naming: "9.9.9", wayOut: true),
        .value("cniVersion", "1.0", code: 1, naming: "1.0", wayOut: true),
        .value("cniVersion", 1, naming: "1"),
        .value("name", nil),
        .value("name", ""),
        .value("name", "web/1", naming: "web/1"),
        .value("name", "../web", naming: "../web"),
        .value("name", 7, naming: "7"),
        .value("bridge", "a23456789012345x", naming: "a23456789012345x"),
        .value("bridge", "web/0", naming: "web/0"),
        .value("bridge", "", naming: "\"\""),
        .value("bridge", "lo", naming: "lo", wayOut: true),
        .value("bridge", "uplink0", naming: "uplink0", wayOut: true),
        .value("mtu", -1, naming: "-1"),
        .value("mtu", 67, naming: "67"),
        .value("mtu", 1279, naming: "1279"),
        .value("mtu", 65536, naming: "65536"),
        .value("mtu", "big", naming: "big"),
        .value("mtu", 1500.5, naming: "1500.5"),
        .value("mtu", 1e300, naming: "mtu"),
        .value("mac", "02:00:00:00:00", naming: "02:00:00:00:00"),
        .value("mac", "01:00:5e:00:00:01", naming: "01:00:5e:00:00:01"),
        .value("mac", "00:00:00:00:00:00", naming: "00:00:00:00:00:00"),
        .value("isGateway", "yes", naming: "yes"),
        .value("internal", "yes", naming: "yes"),
        .value("ipMasqRandomFully", 1, naming: "1"),
        .value("ingressPolicy", "closed", naming: "closed", "protected"),
        .value("firewallBackend", "pf", naming: "pf", "iptables"),
        .value("chainPrefix", "A B", naming: "A B"),
        .value("chainPrefix", "MUCHTOOLONG", naming: "MUCHTOOLONG"),
        .value("iptablesAdminChainName", "-A", naming: "-A"),
        .value("vlan", 10, code: 2, naming: "10", wayOut: true),
        .value("conditionsV4", ["-s", "192.0.2.1"], code: 2, naming: "192.0.2.1", wayOut: true),
        .value("promiscMode", true, naming: "hairpinMode", hairpin: true),
        .value("prevResult", "none", naming: "none"),
        .value("runtimeConfig", [], naming: "[]"),
    ]

    private static func value(_ key: String, _ value: JSON, naming word: String, hairpin: Bool) -> BadInput {
        BadInput("\(key) with hairpinMode", naming: key, word) { _, configuration in
            configuration[key] = value
            configuration["hairpinMode"] = .bool(hairpin)
        }
    }

    static let addresses: [BadInput] = [
        .range("no subnet", naming: "ipam.ranges[0][0].subnet", range: [:]),
        .range("a subnet that is a word", naming: "ipam.ranges[0][0].subnet", "large", range: ["subnet": "large"]),
        .range("a subnet without a length", naming: "subnet", "10.88.0.0", range: ["subnet": "10.88.0.0"]),
        .range("a subnet with a long length", naming: "subnet", "10.88.0.0/33", range: ["subnet": "10.88.0.0/33"]),
        .range("a subnet with host bits", naming: "subnet", "10.88.0.5/24", range: ["subnet": "10.88.0.5/24"]),
        .range("a subnet without room", naming: "subnet", "10.88.0.0/31", range: ["subnet": "10.88.0.0/31"]),
        .range("a subnet of loopback", naming: "subnet", "127.0.0.0/8", range: ["subnet": "127.0.0.0/8"]),
        .range("a subnet of groups", naming: "subnet", "ff00::/8", range: ["subnet": "ff00::/8"]),
        .range(
            "reversed",
            naming: "rangeStart",
            "10.88.0.20",
            range: ["subnet": "10.88.0.0/24", "rangeStart": "10.88.0.20", "rangeEnd": "10.88.0.10"]
        ),
        .range(
            "a start outside",
            naming: "rangeStart",
            "10.89.0.1",
            range: ["subnet": "10.88.0.0/24", "rangeStart": "10.89.0.1"]
        ),
        .range(
            "an end outside",
            naming: "rangeEnd",
            "10.89.0.1",
            range: ["subnet": "10.88.0.0/24", "rangeEnd": "10.89.0.1"]
        ),
        .range(
            "an end of another family",
            naming: "rangeEnd",
            "fd00::9",
            range: ["subnet": "10.88.0.0/24", "rangeEnd": "fd00::9"]
        ),
        .range(
            "a gateway outside",
            naming: "gateway",
            "10.89.0.1",
            range: ["subnet": "10.88.0.0/24", "gateway": "10.89.0.1"]
        ),
        .range(
            "a gateway that is a word",
            naming: "gateway",
            "router",
            range: ["subnet": "10.88.0.0/24", "gateway": "router"]
        ),
        .range(
            "a gateway of another family",
            naming: "gateway",
            "fd00::1",
            range: ["subnet": "10.88.0.0/24", "gateway": "fd00::1"]
        ),
        BadInput("ranges that overlap", naming: "ipam.ranges", "10.88.0") { _, configuration in
            configuration["ipam"]["ranges"] = [[["subnet": "10.88.0.0/24"], ["subnet": "10.88.0.0/25"]]]
        },
        BadInput("range sets that overlap", naming: "ipam.ranges", "10.88.") { _, configuration in
            configuration["ipam"]["ranges"] = [[["subnet": "10.88.0.0/16"]], [["subnet": "10.88.7.0/24"]]]
        },
        BadInput("a range set of two families", naming: "ipam.ranges", "fd00:88::/64") { _, configuration in
            configuration["ipam"]["ranges"] = [[["subnet": "10.88.0.0/24"], ["subnet": "fd00:88::/64"]]]
        },
        BadInput("no range sets", naming: "ipam.ranges", wayOut: true) { $1["ipam"]["ranges"] = [] },
        BadInput("an empty range set", naming: "ipam.ranges") { $1["ipam"]["ranges"] = [[]] },
        BadInput("ranges that are none", naming: "ipam.ranges", "10.88.0.0/24") {
            $1["ipam"]["ranges"] = "10.88.0.0/24"
        },
        BadInput("a relative folder", naming: "ipam.dataDir", "leases") { $1["ipam"]["dataDir"] = "leases" },
        BadInput("an address outside", naming: "10.99.0.1", wayOut: true, byStore: true) {
            $1["runtimeConfig"]["ips"] = ["10.99.0.1"]
        },
        BadInput("the gateway's address", naming: "10.88.0.1", wayOut: true, byStore: true) {
            $1["runtimeConfig"]["ips"] = ["10.88.0.1"]
        },
        BadInput("an address that is a word", naming: "ips", "first") { $1["runtimeConfig"]["ips"] = ["first"] },
        BadInput("a MAC address that is a word", naming: "runtimeConfig.mac", "mine") {
            $1["runtimeConfig"]["mac"] = "mine"
        },
        BadInput("an IPAM plugin without a place to look", code: 4, naming: "CNI_PATH", "whereabouts") {
            $1["ipam"] = ["type": "whereabouts"]
        },
        BadInput("an IPAM plugin that is not there", naming: "whereabouts", wayOut: true) {
            $0.environment["CNI_PATH"] = "/nonexistent"
            $1["ipam"] = ["type": "whereabouts"]
        },
        BadInput("an IPAM plugin with a path for a name", naming: "../sh") {
            $0.environment["CNI_PATH"] = "/bin"
            $1["ipam"] = ["type": "../sh"]
        },
        .route("no destination", naming: "ipam.routes[0].dst", route: ["gw": "10.88.0.1"]),
        .route("a destination that is a word", naming: "ipam.routes[0].dst", "home", route: ["dst": "home"]),
        .route("a destination with host bits", naming: "dst", "10.9.0.1/16", route: ["dst": "10.9.0.1/16"]),
        .route(
            "a gateway that is a word",
            naming: "ipam.routes[0].gw",
            "router",
            route: ["dst": "10.9.0.0/16", "gw": "router"]
        ),
        .route(
            "a gateway of another family",
            naming: "gw",
            "fd00:88::1",
            route: ["dst": "10.9.0.0/16", "gw": "fd00:88::1"]
        ),
        .route("a priority below zero", naming: "priority", "-1", route: ["dst": "10.9.0.0/16", "priority": -1]),
        .route("a scope that is too large", naming: "scope", "256", route: ["dst": "10.9.0.0/16", "scope": 256]),
    ]

    static let publishedPorts: [BadInput] = [
        .ports("a range of no ports", naming: "portMappings[0].range", "0", ports: .port(80, 80, range: 0)),
        .ports("a range of -1 ports", naming: "portMappings[0].range", "-1", ports: .port(80, 80, range: -1)),
        .ports(
            "a range that ends beyond port 65535",
            naming: "portMappings[0].range",
            "65535",
            ports: .port(1, 2, range: 65535)
        ),
        .ports("a host port below 0", naming: "portMappings[0].hostPort", "-1", ports: .port(-1, 80)),
        .ports("a host port of 65536", naming: "portMappings[0].hostPort", "65536", ports: .port(65536, 80)),
        .ports("a container port of 0", naming: "portMappings[0].containerPort", "0", ports: .port(80, 0)),
        .ports(
            "a container port of 70000",
            naming: "portMappings[1].containerPort",
            "70000",
            ports: .port(80, 80),
            .port(81, 70000)
        ),
        .ports(
            "a protocol that nobody knows",
            naming: "portMappings[0].protocol",
            "icmp",
            ports: ["hostPort": 80, "containerPort": 80, "protocol": "icmp"]
        ),
        .ports(
            "a host address that is a word",
            naming: "portMappings[0].hostIP",
            "home",
            ports: .port(80, 80, at: "home")
        ),
        .ports(
            "a host address with a zone",
            naming: "portMappings[0].hostIP",
            "fe80::1%uplink0",
            ports: .port(80, 80, at: "fe80::1%uplink0")
        ),
        .ports(
            "the loopback address of IPv6",
            naming: "portMappings: hostIP",
            "::1",
            ports: .port(80, 80, at: "::1")
        ),
        .ports("the same one twice", naming: "portMappings", "8080/tcp", ports: .port(8080, 80), .port(8080, 81)),
        .ports(
            "one inside another",
            naming: "portMappings",
            "8080/udp",
            ports: .port(8080, 80, .udp),
            .port(8080, 81, .udp, at: "192.0.2.10")
        ),
        .ports(
            "a host port that is a word",
            naming: "portMappings[0].hostPort",
            "http",
            ports: ["hostPort": "http", "containerPort": 80]
        ),
        .ports("one that is a number", naming: "portMappings", "80", ports: 80),
    ]
}
