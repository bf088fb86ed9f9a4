import PlumbAddress
import PlumbCNI
import PlumbFirewall
import PlumbSubnetStore
import Testing

@testable import PlumbAttachment

@Suite struct `A network of environment variables` {
    @Test func `works with none of them`() throws {
        let standalone = try Standalone(["PATH": "/usr/bin", "CNI_COMMAND": "ADD"])
        let network = standalone.specification
        #expect(network.name == "plumb")
        #expect(network.bridgeName == "plumb0")
        #expect(network.isGateway && network.isDefaultGateway)
        #expect(network.masquerade)
        #expect(network.ingressPolicy == .protected)
        #expect(network.firewallBackend == .auto)
        #expect(network.chainPrefix == "PLUMB")
        #expect(network.stateDirectory == "/run/plumb")
        #expect(network.removedWhenEmpty)
        #expect(network.mtu == nil)
        #expect(try sets(network) == ["10.87.0.0/16 10.87.0.1-10.87.255.254 10.87.0.1"])
        #expect(standalone.values.ports.isEmpty)
        #expect(standalone.values.addresses.isEmpty)
        #expect(standalone.values.mac == nil)
    }

    @Test func `is the same with empty ones`() throws {
        let empty = Dictionary(uniqueKeysWithValues: Standalone.variables.map { ($0.name, "") })
        #expect(try Standalone(empty).specification == Standalone([:]).specification)
    }

    @Test func `takes each variable`() throws {
        let standalone = try Standalone([
            "PLUMB_PUBLISH": "8888:7777", "PLUMB_SUBNET": "10.1.0.0/24,fd00:1::/64",
            "PLUMB_GATEWAY": "10.1.0.254,fd00:1::ffff", "PLUMB_IP": "10.1.0.9,fd00:1::9",
            "PLUMB_MAC": "02:00:00:00:00:01", "PLUMB_MTU": "1400", "PLUMB_NETWORK": "lan", "PLUMB_BRIDGE": "br-lan",
            "PLUMB_MASQUERADE": "false", "PLUMB_RANDOM_PORTS": "false", "PLUMB_INGRESS_POLICY": "isolated",
            "PLUMB_CHAIN_PREFIX": "LAN",
            "PLUMB_FIREWALL": "nftables", "PLUMB_STATE_DIR": "/srv/plumb", "PLUMB_CONFIG": "/etc/plumb.json",
        ])
        let network = standalone.specification
        #expect(network.name == "lan")
        #expect(network.bridgeName == "br-lan")
        #expect(network.mtu == 1400)
        #expect(!network.masquerade)
        #expect(!network.randomizesPorts)
        #expect(network.ingressPolicy == .isolated)
        #expect(network.chainPrefix == "LAN")
        #expect(network.userChain == "LAN-USER")
        #expect(network.firewallBackend == .nftables)
        #expect(network.stateDirectory == "/srv/plumb")
        #expect(
            try sets(network) == [
                "10.1.0.0/24 10.1.0.1-10.1.0.254 10.1.0.254",
                "fd00:1::/64 fd00:1::1-fd00:1::ffff:ffff:ffff:ffff fd00:1::ffff",
            ]
        )
        #expect(standalone.values.ports.map(\.description) == ["*:8888->7777/tcp"])
        #expect(standalone.values.addresses.map(\.address.description) == ["10.1.0.9", "fd00:1::9"])
        #expect(standalone.values.mac?.description == "02:00:00:00:00:01")
    }

    @Test func `may make an internal network, and then needs a firewall`() throws {
        #expect(try Standalone(["PLUMB_INTERNAL": "true"]).specification.isInternal)
        let error = refusal { _ = try Standalone(["PLUMB_INTERNAL": "true", "PLUMB_FIREWALL": "none"]) }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message.hasPrefix(#"PLUMB_INTERNAL: "true" does not go with "#) == true)
    }

    @Test func `publishes where PLUMB_HOST_IP says, unless a port says otherwise`() throws {
        let standalone = try Standalone(["PLUMB_HOST_IP": "127.0.0.1", "PLUMB_PUBLISH": "80:80,[::]:80:80,81"])
        let ports = ["127.0.0.1:80->80/tcp", "[::]:80->80/tcp", "127.0.0.1:0->81/tcp"]
        #expect(standalone.values.ports.map(\.description) == ports)
        #expect(standalone.specification.defaultHostAddress == IPAddress("127.0.0.1"))
    }

    @Test(arguments: [("1", true), ("true", true), ("0", false), ("false", false)])
    func `knows true from false`(text: String, isMasqueraded: Bool) throws {
        #expect(try Standalone(["PLUMB_MASQUERADE": text]).specification.masquerade == isMasqueraded)
    }

    @Test(arguments: [
        (
            "PLUMB_PUBLISH", "80:80:80:80",
            #""80" is not an IP address, such as 10.88.0.1 or fd00:88::1"#
        ),
        ("PLUMB_HOST_IP", "home", #""home" is not an IP address, such as 10.88.0.1 or fd00:88::1"#),
        ("PLUMB_SUBNET", "10.1.0.7/24", #""10.1.0.7/24" has bits set beyond its length; 10.1.0.0/24 is the subnet"#),
        (
            "PLUMB_SUBNET", "10.1.0.0",
            #""10.1.0.0" is not an address with a prefix length, such as 10.88.0.0/16 or fd00:88::/64"#
        ),
        ("PLUMB_SUBNET", ",", "no address ranges given"),
        (
            "PLUMB_SUBNET", "10.1.0.0/24,10.1.0.0/16",
            #""10.1.0.1-10.1.255.254" overlaps 10.1.0.1-10.1.0.254 of ranges[0]"#
        ),
        ("PLUMB_GATEWAY", "10.1.0.1", #""10.1.0.1" is outside the subnet 10.87.0.0/16"#),
        ("PLUMB_GATEWAY", "router", #""router" is not an IP address, such as 10.88.0.1 or fd00:88::1"#),
        ("PLUMB_GATEWAY", "10.87.0.1,10.88.0.1", #""10.88.0.1" has no subnet in PLUMB_SUBNET to go with"#),
        ("PLUMB_IP", "web", #""web" is not an IP address, such as 10.88.0.1 or fd00:88::1"#),
        ("PLUMB_MAC", "02:00", #""02:00" is not a MAC address, such as 02:42:0a:58:00:02"#),
        ("PLUMB_MTU", "big", #""big" is not a whole number"#),
        ("PLUMB_MTU", "67", #""67" is not an MTU from 68 to 65535 bytes"#),
        ("PLUMB_NETWORK", "-a", #""-a" is not a letter or digit followed by letters, digits, dots, hyphens or _"#),
        ("PLUMB_BRIDGE", "abcdefghijklmnop", #""abcdefghijklmnop" is longer than 15 bytes"#),
        ("PLUMB_MASQUERADE", "yes", #""yes" is neither true nor false"#),
        ("PLUMB_INGRESS_POLICY", "closed", #""closed" is none of open, same-bridge, isolated, protected"#),
        (
            "PLUMB_CHAIN_PREFIX", "-",
            #""-" is not 1 to 10 letters, digits, hyphens or underscores that begin with a letter"#
        ),
        ("PLUMB_FIREWALL", "pf", #""pf" is none of auto, iptables, nftables, none"#),
        ("PLUMB_STATE_DIR", "plumb", #""plumb" is not an absolute path"#),
    ])
    func `is refused with the variable and its value`(name: String, value: String, problem: String) {
        let error = refusal { _ = try Standalone([name: value]) }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message == "\(name): \(problem)")
    }

    @Test func `refuses a variable that it does not know`() {
        let error = refusal { _ = try Standalone(["PLUMB_SUBNETS": "10.1.0.0/24"]) }
        #expect(error?.code == .invalidEnvironment)
        #expect(error?.message == #"PLUMB_SUBNETS: plumb knows no such variable (its value is "10.1.0.0/24")"#)
        for variable in Standalone.variables { #expect(error?.details.contains(variable.name) == true) }
    }

    private func sets(_ network: NetworkSpecification) throws -> [String] {
        guard case .ranges(let sets) = network.addressing else { return [] }
        return sets.map { $0.map(\.description).joined(separator: ", ") }
    }
}

@Suite struct `The place of the store` {
    @Test(arguments: [
        ([:], "/run/plumb"), (["PLUMB_STATE_DIR": ""], "/run/plumb"), (["PLUMB_STATE_DIR": "/srv"], "/srv"),
    ])
    func `is what the environment says`(environment: [String: String], directory: String) throws {
        #expect(try NetworkDefaults(environment).stateDirectory == directory)
    }

    @Test func `is not below the working directory`() {
        let error = refusal { _ = try NetworkDefaults(["PLUMB_STATE_DIR": "./plumb"]) }
        #expect(error?.message == #"PLUMB_STATE_DIR: "./plumb" is not an absolute path"#)
        let option = #expect(throws: CNIError.self) { try NetworkDefaults.stateDirectory(option: "plumb", [:]) }
        #expect(option?.message == #"--state-dir: "plumb" is not an absolute path"#)
    }
}
