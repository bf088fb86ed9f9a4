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
/// The addresses of IPv6 end alike: 2001:db8::1 and ::10, fd00:88::1, ::2 and ::3.
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

    init(
        _ backend: FirewallBackend = .iptables,
        prefix: String = "PLUMB",
        ingress: IngressPolicy = .open,
        bridgeNetfilter: Bool = false
    ) throws {
        host = try Host(backend)
        network = PlumbFirewallTests.network("br0", "10.88.0.0/24", "fd00:88::/64", ingress: ingress, prefix: prefix)
        here = Node(try .current())
        neighbour = Node(try Self.makeNamespace(from: here))
        first = Node(try Self.makeNamespace(from: here))
        second = Node(try Self.makeNamespace(from: here))
        // Until its link-local address is known to be nobody else's, a router asks for no neighbour on behalf of others.
        try Sysctl("net/ipv6/conf/default/accept_dad").write("0")
        try host.run("ip link set lo up")
        try host.run("ip link add br0 type bridge mcast_snooping 0")
        try host.run("ip addr add 10.88.0.1/24 dev br0")
        try host.run("ip addr add fd00:88::1/64 dev br0 nodad")
        try host.run("ip link set br0 up")
        try connect(neighbour, by: "uplink0", ["192.0.2.1/24", "2001:db8::1/64"], ["192.0.2.10", "2001:db8::10"]) {
            try host.run("ip addr add 192.0.2.10/24 dev uplink0")
            try host.run("ip addr add 2001:db8::10/64 dev uplink0 nodad")
        }
        for (node, link, number) in [(first, "veth1", 2), (second, "veth2", 3)] {
            let addresses = ["10.88.0.\(number)/24", "fd00:88::\(number)/64"]
            try connect(node, by: link, addresses, ["10.88.0.1", "fd00:88::1"]) {
                try host.run("ip link set \(link) master br0")
                try host.run("ip link set \(link) type bridge_slave hairpin on")
            }
        }
        try awaitPorts()
        for (parameter, value) in [
            ("net/ipv4/ip_forward", "1"),
            ("net/ipv6/conf/all/forwarding", "1"),
            ("net/ipv4/conf/br0/route_localnet", "1"),
            ("net/bridge/bridge-nf-call-iptables", bridgeNetfilter ? "1" : "0"),
            ("net/bridge/bridge-nf-call-ip6tables", bridgeNetfilter ? "1" : "0"),
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
        _ addresses: [String],
        _ gateways: [String],
        onHost setUp: () throws -> Void
    ) throws {
        let path = "/proc/\(getpid())/fd/\(node.namespace.descriptor)"
        try host.run("ip link add \(link) type veth peer name eth0 netns \(path)")
        try setUp()
        try host.run("ip link set \(link) up")
        try inside(node) {
            try host.run("ip link set eth0 up")
            for address in addresses {
                try host.run("ip addr add \(address) dev eth0\(address.contains(":") ? " nodad" : "")")
            }
            for gateway in gateways {
                try host.run("ip\(gateway.contains(":") ? " -6" : "") route add default via \(gateway)")
            }
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
