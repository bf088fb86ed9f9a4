import PlumbAddress
import PlumbCNI
import Testing

private func prefix(_ text: String) throws -> Prefix {
    try #require(Prefix(text))
}

/// A result that uses everything the newest version has.
private func fullResult() throws -> CNIResult {
    CNIResult(
        interfaces: [
            .init(name: "cni0", mac: "02:00:00:00:00:01"),
            .init(name: "veth1a2b3c4d", mac: "02:00:00:00:00:02", mtu: 1450),
            .init(
                name: "eth0",
                mac: "02:42:0a:01:00:05",
                mtu: 1450,
                sandbox: "/run/netns/c1",
                socketPath: "/run/s",
                pciID: "0000:00:1f.6"
            ),
        ],
        ips: [
            .init(address: try prefix("10.1.0.5/16"), gateway: IPAddress("10.1.0.1"), interface: 2),
            .init(address: try prefix("fd00:1::5/64"), gateway: IPAddress("fd00:1::1"), interface: 2),
            .init(address: try prefix("10.9.0.5/16"), interface: 2),
        ],
        routes: [
            .init(destination: try prefix("0.0.0.0/0"), gateway: IPAddress("10.1.0.1")),
            .init(destination: try prefix("::/0"), mtu: 1400, advmss: 1360, priority: 10, table: 100, scope: 0),
        ],
        dns: DNS(nameservers: ["10.1.0.1"], domain: "example.org", search: ["example.org"], options: ["ndots:2"])
    )
}

private let dns =
    #""dns":{"domain":"example.org","nameservers":["10.1.0.1"],"options":["ndots:2"],"search":["example.org"]}"#

private let oldInterfaces =
    #""interfaces":[{"mac":"02:00:00:00:00:01","name":"cni0"},{"mac":"02:00:00:00:00:02","name":"veth1a2b3c4d"},"#
    + #"{"mac":"02:42:0a:01:00:05","name":"eth0","sandbox":"/run/netns/c1"}]"#

private let newInterfaces =
    #""interfaces":[{"mac":"02:00:00:00:00:01","name":"cni0"},"#
    + #"{"mac":"02:00:00:00:00:02","mtu":1450,"name":"veth1a2b3c4d"},"#
    + #"{"mac":"02:42:0a:01:00:05","mtu":1450,"name":"eth0","pciID":"0000:00:1f.6","#
    + #""sandbox":"/run/netns/c1","socketPath":"/run/s"}]"#

private let markedIPs =
    #""ips":[{"address":"10.1.0.5/16","gateway":"10.1.0.1","interface":2,"version":"4"},"#
    + #"{"address":"fd00:1::5/64","gateway":"fd00:1::1","interface":2,"version":"6"},"#
    + #"{"address":"10.9.0.5/16","interface":2,"version":"4"}]"#

private let plainIPs =
    #""ips":[{"address":"10.1.0.5/16","gateway":"10.1.0.1","interface":2},"#
    + #"{"address":"fd00:1::5/64","gateway":"fd00:1::1","interface":2},{"address":"10.9.0.5/16","interface":2}]"#

private let oldRoutes = #""routes":[{"dst":"0.0.0.0/0","gw":"10.1.0.1"},{"dst":"::/0"}]"#

private let newRoutes =
    #""routes":[{"dst":"0.0.0.0/0","gw":"10.1.0.1"},"#
    + #"{"advmss":1360,"dst":"::/0","mtu":1400,"priority":10,"scope":0,"table":100}]"#

private let families =
    #""ip4":{"gateway":"10.1.0.1","ip":"10.1.0.5/16","routes":[{"dst":"0.0.0.0/0","gw":"10.1.0.1"}]},"#
    + #""ip6":{"gateway":"fd00:1::1","ip":"fd00:1::5/64","routes":[{"dst":"::/0"}]}"#

@Suite struct `A result` {
    @Test(arguments: [
        ("0.1.0", "\(dns),\(families)"),
        ("0.2.0", "\(dns),\(families)"),
        ("0.3.0", "\(dns),\(oldInterfaces),\(markedIPs),\(oldRoutes)"),
        ("0.3.1", "\(dns),\(oldInterfaces),\(markedIPs),\(oldRoutes)"),
        ("0.4.0", "\(dns),\(oldInterfaces),\(markedIPs),\(oldRoutes)"),
        ("1.0.0", "\(dns),\(oldInterfaces),\(plainIPs),\(oldRoutes)"),
        ("1.1.0", "\(dns),\(newInterfaces),\(plainIPs),\(newRoutes)"),
    ])
    func `has the shape of the version`(version: String, content: String) throws {
        let text = try fullResult().json(version: try #require(SpecVersion(version)))
        #expect(text == #"{"cniVersion":"\#(version)",\#(content)}"#)
    }

    @Test(arguments: SpecVersion.supported)
    func `may name published ports beside what the version has`(version: SpecVersion) throws {
        var result = try fullResult()
        let without = try result.json(version: version)
        result.portMappings = [
            PortMapping(hostPort: 32768, containerPort: 80, protocol: "tcp"),
            PortMapping(hostPort: 5000, containerPort: 6000, protocol: "udp", hostIP: "127.0.0.1", range: 4),
        ]
        let ports =
            #""portMappings":[{"containerPort":80,"hostPort":32768,"protocol":"tcp"},"#
            + #"{"containerPort":6000,"hostIP":"127.0.0.1","hostPort":5000,"protocol":"udp","range":4}]"#
        let text = try result.json(version: version)
        #expect(text.contains(",\(ports)"))
        #expect(text.replacing(",\(ports)", with: "") == without)
        #expect(try CNIResult.decode(Array(text.utf8), version: version).json(version: version) == without)
    }

    @Test(arguments: SpecVersion.supported)
    func `reads what it has written`(version: SpecVersion) throws {
        let text = try fullResult().json(version: version)
        let read = try CNIResult.decode(Array(text.utf8), version: version)
        #expect(try read.json(version: version) == text)
        if version == .newest { #expect(read == (try fullResult())) }
    }

    @Test(arguments: SpecVersion.supported)
    func `is read as a previous result in the configuration's version`(version: SpecVersion) throws {
        let result = try fullResult().json(version: version)
        let text = #"{"cniVersion":"\#(version)","name":"n","prevResult":\#(result)}"#
        let read = try Configuration.decode(Array(text.utf8)).prevResult
        #expect(try read?.json(version: version) == result)
    }

    @Test(arguments: SpecVersion.supported)
    func `without content is empty, or refused where it needs an address`(version: SpecVersion) throws {
        if version.supportsInterfaces {
            #expect(try CNIResult().json(version: version) == #"{"cniVersion":"\#(version)","dns":{}}"#)
        } else {
            #expect(throws: CNIError.self) { try CNIResult().json(version: version) }
        }
    }

    @Test func `is refused in a version that is not spoken`() {
        #expect(throws: CNIError.self) { try CNIResult().json(version: SpecVersion(2, 0, 0)) }
    }

    @Test func `counts its own version over the request's`() throws {
        let text = #"{"cniVersion":"0.2.0","ip4":{"ip":"10.0.0.2/24"}}"#
        let result = try CNIResult.decode(Array(text.utf8), version: .newest)
        #expect(result.ips == [.init(address: try prefix("10.0.0.2/24"))])
    }

    @Test func `of an early plugin may say no interface with a negative number`() throws {
        let text = #"{"ips":[{"version":"4","address":"10.0.0.2/24","gateway":"","interface":-1}]}"#
        let result = try CNIResult.decode(Array(text.utf8), version: SpecVersion(0, 3, 0))
        #expect(result.ips == [.init(address: try prefix("10.0.0.2/24"))])
    }

    @Test(arguments: [
        #"{"ips":[{"address":"10.0.0.2/24","interface":0}]}"#,
        #"{"interfaces":[{"name":"a"}],"ips":[{"address":"10.0.0.2/24","interface":1}]}"#,
    ])
    func `is refused when an address points at no interface`(text: String) {
        #expect(throws: CNIError.self) { try CNIResult.decode(Array(text.utf8), version: .newest) }
    }
}
