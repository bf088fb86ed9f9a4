import CLinux
import Glibc
import PlumbAddress
import PlumbFirewall
import PlumbLinux
import Testing

/// A host with a bridge, containers on it and a neighbour on its uplink, all of them namespaces of the test.
///
/// ```
/// neighbour 192.0.2.1 ── uplink0 192.0.2.10 │ host │ br0 10.88.0.1 ── first 10.88.0.2, second 10.88.0.3
/// ```
final class Laboratory {
    /// A namespace that sockets are opened in.
    final class Node {
        let namespace: NetworkNamespace
        init(_ namespace: consuming NetworkNamespace) { self.namespace = namespace }
    }

    let host: Host
    let network: NetworkPolicy
    let here: Node
    let neighbour: Node
    let first: Node
    let second: Node

    /// The sockets of the test, which stay open as long as the namespaces.
    private var sockets: [Socket] = []

    init(prefix: String = "PLUMB", ingress: IngressPolicy = .open, bridgeNetfilter: Bool = false) throws {
        host = try Host()
        network = PlumbFirewallTests.network("br0", "10.88.0.0/24", ingress: ingress, prefix: prefix)
        here = Node(try .current())
        neighbour = Node(try Self.makeNamespace(from: here))
        first = Node(try Self.makeNamespace(from: here))
        second = Node(try Self.makeNamespace(from: here))
        try host.run("ip link set lo up")
        try host.run("ip link add br0 type bridge mcast_snooping 0")
        try host.run("ip addr add 10.88.0.1/24 dev br0")
        try host.run("ip link set br0 up")
        try connect(neighbour, by: "uplink0", address: "192.0.2.1/24", gateway: "192.0.2.10") {
            try host.run("ip addr add 192.0.2.10/24 dev uplink0")
        }
        for (node, link, address) in [(first, "veth1", "10.88.0.2/24"), (second, "veth2", "10.88.0.3/24")] {
            try connect(node, by: link, address: address, gateway: "10.88.0.1") {
                try host.run("ip link set \(link) master br0")
                try host.run("ip link set \(link) type bridge_slave hairpin on")
            }
        }
        try awaitPorts()
        for (parameter, value) in [
            ("net/ipv4/ip_forward", "1"),
            ("net/ipv4/conf/br0/route_localnet", "1"),
            ("net/bridge/bridge-nf-call-iptables", bridgeNetfilter ? "1" : "0"),
        ] {
            try Sysctl(parameter).ensure(value)
        }
    }

    /// Waits until the bridge forwards: the kernel notices the carriers of its ports a moment later.
    private func awaitPorts() throws {
        for _ in 0..<2000 {
            let ports = try host.run("bridge link show").split(separator: "\n")
            if ports.count == 2, ports.allSatisfy({ $0.contains("state forwarding") }) { return }
        }
        Issue.record("the bridge does not forward")
    }

    private static func makeNamespace(from here: Node) throws -> NetworkNamespace {
        guard unshare(CLONE_NEWNET) == 0 else { throw SystemError("make a namespace") }
        let made = try NetworkNamespace.current()
        guard setns(here.namespace.descriptor, CLONE_NEWNET) == 0 else { throw SystemError("come back") }
        return made
    }

    private func connect(
        _ node: Node,
        by link: String,
        address: String,
        gateway: String,
        onHost setUp: () throws -> Void
    ) throws {
        let path = "/proc/\(getpid())/fd/\(node.namespace.descriptor)"
        try host.run("ip link add \(link) type veth peer name eth0 netns \(path)")
        try setUp()
        try host.run("ip link set \(link) up")
        try inside(node) {
            try host.run("ip link set eth0 up")
            try host.run("ip addr add \(address) dev eth0")
            try host.run("ip route add default via \(gateway)")
        }
    }

    func keep(_ socket: Socket) -> Socket {
        sockets.append(socket)
        return socket
    }

    /// Runs a step in another namespace.
    func inside<Result: ~Copyable>(_ node: Node, _ step: () throws -> Result) throws -> Result {
        try node.namespace.enter(from: here.namespace, step)
    }
}
