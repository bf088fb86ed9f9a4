import Glibc
import PlumbAddress
import PlumbTestSupport
import Testing

@testable import PlumbNetlink

@Suite(.isolatedNetwork) struct `Listing what there is` {
    /// A bridge with an address, and a pair whose host end is its port.
    private func makeHost(_ socket: borrowing NetlinkSocket) throws -> (bridge: Link, port: Link) {
        let mac = MACAddress(rawValue: 0x0200_0000_0001)
        try socket.apply([.createBridge(BridgeSettings(name: "br0", mac: mac))])
        let bridge = try #require(try socket.link(named: "br0"))
        let namespace = unsafe open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)
        defer { close(namespace) }
        try socket.apply([
            .addAddress(InterfaceAddress(linkIndex: bridge.index, prefix: try #require(Prefix("10.9.0.1/24")))),
            .createVeth(
                VethSettings(
                    name: "veth0",
                    mac: MACAddress(rawValue: 0x0200_0000_0002),
                    mtu: 1500,
                    master: bridge.index,
                    peerName: "eth0",
                    peerMAC: MACAddress(rawValue: 0x0200_0000_0003),
                    peerNamespace: namespace
                )
            ),
        ])
        return (bridge, try #require(try socket.link(named: "veth0")))
    }

    @Test func `all links and all addresses come in one answer each`() throws {
        let socket = try NetlinkSocket.open()
        let (bridge, port) = try makeHost(socket)
        #expect(Set(try socket.links().map(\.name)).isSuperset(of: ["lo", "br0", "veth0", "eth0"]))
        let addresses = try socket.addresses()
        #expect(addresses[bridge.index]?.contains(try #require(Prefix("10.9.0.1/24"))) == true)
        #expect(addresses[port.index]?.contains { $0.family == .ipv4 } != true)
    }

    @Test func `the settings of all bridge ports come in one answer`() throws {
        let socket = try NetlinkSocket.open()
        let (bridge, port) = try makeHost(socket)
        try socket.apply([.changeBridgePort(.name("veth0"), BridgePortSettings(hairpin: true))])
        let ports = try socket.bridgePorts()
        #expect(ports[port.index] == BridgePortSettings(hairpin: true, isolated: false))
        #expect(try ports[port.index] == socket.bridgePort(named: "veth0"))
        #expect(ports[bridge.index] == nil && ports.count == 1)
    }

    @Test func `neighbours have the MAC that the kernel learnt`() throws {
        let socket = try NetlinkSocket.open()
        let (bridge, port) = try makeHost(socket)
        #expect(try socket.neighbours(linkIndex: bridge.index) == [])
        let command = "ip neighbour add 10.9.0.7 lladdr 02:00:00:00:00:09 nud permanent dev br0"
        #expect(unsafe system(command) == 0)
        let expected = Neighbour(
            linkIndex: bridge.index,
            address: try #require(IPAddress("10.9.0.7")),
            mac: MACAddress("02:00:00:00:00:09"),
            state: "permanent"
        )
        #expect(try socket.neighbours(linkIndex: bridge.index) == [expected])
        #expect(try socket.neighbours(linkIndex: port.index) == [])
    }

    @Test func `a listener hears of links and addresses, and of nothing when nothing happens`() throws {
        let listener = try NetlinkListener.open()
        let socket = try NetlinkSocket.open()
        func hears() -> Bool {
            var file = pollfd(fd: listener.descriptor, events: Int16(POLLIN), revents: 0)
            return unsafe poll(&file, 1, 0) == 1
        }
        #expect(!hears())
        let (bridge, _) = try makeHost(socket)
        #expect(hears())
        listener.drain()
        #expect(!hears())
        let prefix = try #require(Prefix("10.9.0.2/24"))
        try socket.apply([.addAddress(InterfaceAddress(linkIndex: bridge.index, prefix: prefix))])
        #expect(hears())
    }
}
