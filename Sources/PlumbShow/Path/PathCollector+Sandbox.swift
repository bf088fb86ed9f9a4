import Glibc
import PlumbAddress
import PlumbAttachment
import PlumbFirewall
import PlumbLinux
import PlumbNetlink
import PlumbSubnetStore

extension PathCollector {
    /// Looks into a sandbox; nil when it is gone.
    func look<Value>(
        into attachment: Attachment,
        _ step: (_ path: String, _ inside: borrowing NetlinkSocket) throws -> Value
    ) throws -> Fact<Value>? {
        guard let path = try Self.path(to: attachment) else { return nil }
        return Self.fact {
            try NetworkNamespace.open(path).enter(from: namespace) {
                let inside = try NetlinkSocket.open()
                return try step(path, inside)
            }
        }
    }

    /// A path to the sandbox: the recorded one, or that of a process inside where the record's has been unmounted.
    private static func path(to attachment: Attachment) throws(SystemError) -> String? {
        let sandbox = attachment.sandbox
        if NamespaceIdentity(path: sandbox.path) == sandbox.identity { return sandbox.path }
        return try NamespaceProcess.all(in: sandbox.identity).first.map { "/proc/\($0.pid)/ns/net" }
    }

    func sandboxFacts() throws -> Fact<SandboxFacts>? {
        let target = target
        let seen = [ends.client] + gateways
        return try look(into: target.attachment) { path, inside in
            let link = try inside.link(named: target.attachment.containerInterface.name)
            var routes: [IPAddress: RouteAnswer] = [:]
            var rules: [IPAddress: PolicyRule] = [:]
            for client in seen {
                routes[client] = try inside.route(to: client)
                rules[client] = try inside.ruleBeforeMain(from: target.address, to: client, input: nil)
            }
            return SandboxFacts(
                path: path,
                link: link,
                linkNames: Dictionary(try inside.links().map { ($0.index, $0.name) }) { first, _ in first },
                addresses: try link.map { try inside.addresses(linkIndex: $0.index) } ?? [],
                routes: routes,
                rules: rules,
                defaultRoute: try inside.defaultRoute(target.family),
                listeners: try SocketTable.listeners().filter { $0.transport == target.transport.probed },
                isPortHeld: try target.transport.isHeld(target.containerPort, at: target.address),
                firewall: Self.fact { try FirewallSnapshot.take() },
                localAddresses: Set(try inside.addresses().values.joined().map(\.address))
            )
        }
    }

    /// The addresses that the container may see a masqueraded client as.
    private var gateways: [IPAddress] {
        let bridge = link(target.attachment.bridge.name)
        return (bridge.flatMap { addresses[$0.index] } ?? []).map(\.address).filter { $0.family == target.family }
    }

    func clientFacts() throws -> Fact<ClientFacts>? {
        guard let client = ends.attachment, client.key.container != target.container else { return nil }
        let ends = ends
        let answer = try look(into: client) { _, inside in
            let link = try inside.link(named: client.containerInterface.name)
            return ClientFacts(
                link: link,
                route: try inside.route(to: ends.called),
                rule: try inside.ruleBeforeMain(from: ends.client, to: ends.called, input: nil),
                defaultRoute: try inside.defaultRoute(ends.called.family)
            )
        }
        return answer ?? .hidden("its sandbox \(client.sandbox.path) is gone")
    }
}

extension NetlinkSocket {
    /// The name of the link that packets to an address leave by; nil if they don't leave.
    borrowing func interface(to address: IPAddress) throws -> String? {
        guard case .leaves(let index, _, _) = try route(to: address) else { return nil }
        return try link(index: index)?.name
    }
}
