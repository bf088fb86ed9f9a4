import PlumbCNI
import PlumbFirewall
import Testing

@testable import PlumbAttachment

@Suite struct `A network to remove from` {
    @Test func `needs no configuration`() {
        let network = NetworkSpecification(forRemovalOf: "lan", settings: nil, defaults: NetworkDefaults())
        #expect(network.name == "lan")
        #expect(network.bridgeName == "cni0")
        #expect(network.chainPrefix == "PLUMB")
        #expect(network.userChain == "PLUMB-USER")
        #expect(network.firewallBackend == .auto)
        #expect(network.stateDirectory == "/run/plumb")
        #expect(network.addressing == .none)
    }

    @Test func `is where the configuration says`() throws {
        let network = try specification(
            #"""
            "bridge": "br0", "chainPrefix": "LAN", "firewallBackend": "none", "ipam": {"dataDir": "/srv/plumb"}
            """#
        )
        #expect(network.bridgeName == "br0")
        #expect(network.chainPrefix == "LAN")
        #expect(network.firewallBackend == .none)
        #expect(network.stateDirectory == "/srv/plumb")
    }

    @Test func `is as without what makes no sense`() throws {
        let network = try specification(
            #"""
            "bridge": "a/b", "chainPrefix": "A B", "firewallBackend": "pf", "mtu": -1, "ingressPolicy": "closed",
            "sysctl": {"a": "b"}, "ipam": {"dataDir": "plumb", "subnet": "nowhere"}
            """#
        )
        #expect(network == NetworkSpecification(forRemovalOf: "lan", settings: nil, defaults: NetworkDefaults()))
    }

    private func specification(_ keys: String) throws -> NetworkSpecification {
        let settings = try request(keys).configuration.settings
        return NetworkSpecification(forRemovalOf: "lan", settings: settings, defaults: NetworkDefaults())
    }
}
