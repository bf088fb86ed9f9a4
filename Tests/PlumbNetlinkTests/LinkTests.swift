import Glibc
import PlumbAddress
import PlumbNetlink
import PlumbTestSupport
import Testing

@Suite(.isolatedNetwork) struct `Links` {
    @Test func `a bridge is created with everything that was asked for`() throws {
        let socket = try NetlinkSocket.open()
        try socket.apply([.createBridge(BridgeSettings(name: "plumb0", mac: mac(7), mtu: 1400))])
        let bridge = try #require(try socket.link(named: "plumb0"))
        #expect(bridge.kind == "bridge")
        #expect(bridge.mac == mac(7))
        #expect(bridge.mtu == 1400)
        #expect(bridge.isUp)
        #expect(bridge.master == nil)
        #expect(try ip("-d", "link", "show", "plumb0").contains("mcast_snooping 0"))
        #expect(try socket.link(index: bridge.index)?.name == "plumb0")
        #expect(try socket.linkIndex(named: "plumb0") == bridge.index)
    }

    @Test func `a bridge learns multicast groups and stays down if asked to`() throws {
        let socket = try NetlinkSocket.open()
        let settings = BridgeSettings(name: "plumb0", mac: mac(7), multicastSnooping: true, isUp: false)
        try socket.apply([.createBridge(settings)])
        #expect(try socket.link(named: "plumb0")?.isUp == false)
        #expect(try ip("-d", "link", "show", "plumb0").contains("mcast_snooping 1"))
    }

    @Test func `a bridge keeps its MAC when ports come`() throws {
        let wire = try Wire.make()
        #expect(try wire.host.link(index: wire.bridge)?.mac == mac(1))
    }

    @Test func `a pair is born on both sides by one message`() throws {
        let host = try NetlinkSocket.open()
        let sandbox = try Sandbox.make()
        try host.apply([.createBridge(BridgeSettings(name: "plumb0", mac: mac(1)))])
        let bridge = try #require(try host.linkIndex(named: "plumb0"))
        var settings = vethSettings(namespace: sandbox.namespace, master: bridge)
        settings.group = 77
        try host.apply([.createVeth(settings)])

        let port = try #require(try host.link(named: "veth0"))
        let peer = try #require(try sandbox.socket.link(named: "eth0"))
        #expect(port.kind == "veth")
        #expect(port.mac == mac(16))
        #expect(peer.mac == mac(17))
        #expect([port.mtu, peer.mtu] == [1450, 1450])
        #expect(port.master == bridge)
        #expect(port.group == 77)
        #expect([port.isUp, peer.isUp] == [true, false])
        #expect(!port.hasCarrier)
        #expect(port.peerIndex == peer.index)
        #expect(peer.peerIndex == port.index)
        #expect(port.peerNamespaceID != nil)
        #expect(try host.link(named: "eth0") == nil)
    }

    @Test func `a port that gave up link-local addresses has none when its peer comes up`() throws {
        let wire = try Wire.make()
        let port = try #require(try wire.host.link(index: wire.port))
        #expect(port.hasCarrier)
        #expect(port.ipv6LinkLocal == false)
        #expect(try wire.host.addresses(linkIndex: wire.port).isEmpty)
        #expect(try wire.sandbox.socket.addresses(linkIndex: wire.peer).isEmpty)
    }

    @Test func `link-local addresses can be allowed again`() throws {
        let wire = try Wire.make()
        #expect(try wire.sandbox.socket.link(index: wire.peer)?.ipv6LinkLocal == false)
        try wire.sandbox.socket.apply([.changeLink(.index(wire.peer), LinkSettings(ipv6LinkLocal: true))])
        #expect(try wire.sandbox.socket.link(index: wire.peer)?.ipv6LinkLocal == true)
    }

    @Test func `settings change what they name and nothing else`() throws {
        let wire = try Wire.make()
        let before = try #require(try wire.host.link(index: wire.port))
        let settings = LinkSettings(mtu: 1300, alias: "web/eth0", group: 5, isPromiscuous: true)
        try wire.host.apply([.changeLink(.name("veth0"), settings)])
        let after = try #require(try wire.host.link(index: wire.port))
        #expect(after.mtu == 1300)
        #expect(after.alias == "web/eth0")
        #expect(after.group == 5)
        #expect(after.isPromiscuous)
        #expect(after.isUp)
        #expect(after.mac == before.mac)
        #expect(after.master == wire.bridge)
        #expect(!before.isPromiscuous)
        #expect(before.alias == nil)
    }

    @Test func `settings take a link off its bridge and give it another MAC`() throws {
        let wire = try Wire.make()
        let settings = LinkSettings(isUp: false, mac: mac(99), master: .nobody, isPromiscuous: false)
        try wire.host.apply([.changeLink(.index(wire.port), settings)])
        let link = try #require(try wire.host.link(index: wire.port))
        #expect(link.master == nil)
        #expect(link.mac == mac(99))
        #expect(!link.isUp)
        try wire.host.apply([.changeLink(.index(wire.port), LinkSettings(master: .index(wire.bridge)))])
        #expect(try wire.host.link(index: wire.port)?.master == wire.bridge)
    }

    @Test func `IPv4 parameters are set without a visit to the namespace`() throws {
        let wire = try Wire.make()
        let settings = LinkSettings(ipv4: [.arpNotify: 1, .routeLocalnet: 1, .forwarding: 1])
        #expect(try wire.host.link(index: wire.port)?.ipv4RouteLocalnet == false)
        try wire.host.apply([.changeLink(.index(wire.port), settings)])
        let link = try #require(try wire.host.link(index: wire.port))
        #expect(link.ipv4RouteLocalnet)
        #expect(link.ipv4Forwarding)
        #expect(try firstLine(of: "/proc/sys/net/ipv4/conf/veth0/arp_notify") == "1")
    }

    @Test(arguments: [true, false]) func `a port gets the bridge's own settings`(isOn: Bool) throws {
        let wire = try Wire.make()
        let settings = BridgePortSettings(hairpin: isOn, isolated: isOn)
        try wire.host.apply([.changeBridgePort(.name("veth0"), settings)])
        let text = try ip("-d", "link", "show", "veth0")
        let word = isOn ? "on" : "off"
        #expect(text.contains("hairpin \(word) "))
        #expect(text.contains("isolated \(word) "))
        #expect(try wire.host.bridgePort(named: "veth0") == settings)
        #expect(try wire.host.bridgePort(named: "lo") == nil)
        #expect(try wire.host.bridgePort(named: "absent0") == nil)
    }

    @Test func `a port keeps the bridge's setting that is not named`() throws {
        let wire = try Wire.make()
        try wire.host.apply([
            .changeBridgePort(.index(wire.port), BridgePortSettings(hairpin: true)),
            .changeBridgePort(.index(wire.port), BridgePortSettings(isolated: true)),
        ])
        let text = try ip("-d", "link", "show", "veth0")
        #expect(text.contains("hairpin on "))
        #expect(text.contains("isolated on "))
    }

    @Test func `dumps list what was asked for`() throws {
        let wire = try Wire.make()
        try wire.host.apply([
            .createBridge(BridgeSettings(name: "plumb1", mac: mac(2))),
            .createVeth(vethSettings(1, namespace: wire.sandbox.namespace)),
        ])
        #expect(try wire.host.links(master: wire.bridge).map(\.name) == ["veth0"])
        #expect(Set(try wire.host.links(kind: "bridge").map(\.name)) == ["plumb0", "plumb1"])
        #expect(Set(try wire.host.links(kind: "veth").map(\.name)) == ["veth0", "veth1"])
        #expect(try wire.host.links(kind: "no-such-kind").isEmpty)
    }

    @Test func `a long dump arrives whole`() throws {
        let socket = try NetlinkSocket.open()
        let bridges = (0..<150).map { BridgeSettings(name: "plumb\($0)", mac: mac(UInt64($0)), isUp: false) }
        try socket.apply(bridges.map { .createBridge($0) })
        #expect(Set(try socket.links(kind: "bridge").map(\.name)) == Set(bridges.map(\.name)))
    }

    @Test func `the loopback has neither kind nor peer`() throws {
        let link = try #require(try NetlinkSocket.open().link(index: 1))
        #expect(link.name == "lo")
        #expect(link.kind == nil)
        #expect(link.peerIndex == nil)
        #expect(link.peerNamespaceID == nil)
        #expect(!link.isUp)
        #expect(link.operationalState == "down")
    }

    @Test func `a link that does not exist is nil`() throws {
        let socket = try NetlinkSocket.open()
        #expect(try socket.link(named: "nobody") == nil)
        #expect(try socket.link(index: 4711) == nil)
        #expect(try socket.linkIndex(named: "nobody") == nil)
        #expect(try socket.linkIndex(named: "a name of more than fifteen bytes") == nil)
    }
}
