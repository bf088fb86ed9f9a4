import Glibc
import PlumbAddress
import PlumbAttachment
import PlumbFirewall
import PlumbLinux
import PlumbNetlink

extension PathCollector {
    func hostFacts() throws -> HostFacts {
        let attachment = target.attachment
        let bridge = link(attachment.bridge.name)
        let hostVeth = link(attachment.hostInterface.name)
        let input = ends.input.flatMap(link)
        let clientVeth = ends.attachment.flatMap { link($0.hostInterface.name) }
        return HostFacts(
            holders: holders(),
            conntrack: conntrack(),
            localAddresses: Set(addresses.values.joined().map(\.address)),
            sysctls: try sysctls(),
            input: input,
            ports: links.filter { input != nil && $0.master == input?.index }.map(\.name),
            bridge: bridge,
            bridgeAddresses: bridge.flatMap { addresses[$0.index] } ?? [],
            hostVeth: hostVeth,
            hostVethState: try hostVeth.flatMap { try socket.bridgePortState(named: $0.name) },
            hostVethPort: try hostVeth.flatMap { try socket.bridgePort(named: $0.name) },
            clientPort: try clientVeth.flatMap { try socket.bridgePort(named: $0.name) },
            route: try socket.route(to: target.address, from: ends.client, input: input?.index),
            answerRoute: try answerRoute(),
            rules: try rules(),
            neighbour: nil,
            linkNames: Dictionary(links.map { ($0.index, $0.name) }) { first, _ in first }
        )
    }

    /// Where the host sends what comes in by the bridge for the client.
    private func answerRoute() throws -> RouteAnswer {
        guard let bridge = link(answering.bridge.name) else { return .refused(errno: ENODEV) }
        return try socket.route(to: ends.client, from: target.address, input: bridge.index)
    }

    private func rules() throws -> RouteRules {
        let container = target.address
        return RouteRules(
            route: try socket.ruleBeforeMain(from: ends.client, to: container, input: ends.input),
            answer: try socket.ruleBeforeMain(from: container, to: ends.client, input: answering.bridge.name),
            reverse: try socket.ruleBeforeMain(from: container, to: ends.client, input: nil)
        )
    }

    private func holders() -> Fact<[String]> {
        guard let probed = target.transport.probed else { return .known([]) }
        let address = target.published.hostAddress ?? IPAddress(target.family, number: 0)
        do throws(SystemError) {
            guard try target.transport.isHeld(target.hostPort, at: address) else { return .known([]) }
            let all = try PortHolder.all(probed, address: address.bytes, port: target.hostPort)
            // Podman's monitor keeps the ports of its container, whose id is among its arguments.
            if all.contains(where: { $0.arguments.contains(target.container) }) { return .known([]) }
            return .known(all.isEmpty ? ["a process"] : all.map { "\($0.name) (process \($0.pid))" })
        } catch {
            return .hidden("\(error)")
        }
    }

    private func conntrack() -> Fact<(count: Int, most: Int)?> {
        do throws(SystemError) {
            guard
                let count = try Sysctl("net/netfilter/nf_conntrack_count").read().flatMap({ Int($0) }),
                let most = try Sysctl("net/netfilter/nf_conntrack_max").read().flatMap({ Int($0) }), most > 0
            else { return .known(nil) }
            return .known((count, most))
        } catch {
            return .hidden("\(error)")
        }
    }

    private func sysctls() throws(SystemError) -> [String: String] {
        var names = ["net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding"]
        names += ["bridge-nf-call-iptables", "bridge-nf-call-ip6tables"].map { "net/bridge/\($0)" }
        for link in ["all", target.attachment.bridge.name, answering.bridge.name] + (ends.input.map { [$0] } ?? []) {
            names += ["forwarding", "rp_filter"].map { "net/ipv4/conf/\(link)/\($0)" }
        }
        var values: [String: String] = [:]
        for name in names { values[name] = try Sysctl(name).read() }
        return values
    }
}
