import PlumbAddress
import PlumbAttachment
import PlumbFirewall
import PlumbNetlink
import PlumbSubnetStore

extension PathWalk {
    func hostPort() -> Finding? {
        let port = "\(facts.target.hostPort)/\(facts.target.transport.rawValue)"
        switch facts.host.holders {
        case .hidden(let reason):
            return .unknown("whether a process of the host holds \(port) can't be told: \(reason)")
        case .known(let holders) where holders.isEmpty:
            return .whole("no process of the host holds \(port)")
        case .known(let holders):
            let pids = holders.compactMap { $0.split(separator: " ").last?.dropLast() }
            return .broken(
                "\(holders.joined(separator: ", ")) holds \(port) on the host: it is shadowed while the rule of the published "
                    + "port stands, and whoever is not translated gets it in the container's place",
                mending: [],
                advice: "Stop the process" + (pids.isEmpty ? "" : " (\(pids.joined(separator: ", ")))")
                    + ", or publish another port."
            )
        }
    }

    func conntrack() -> Finding? {
        switch facts.host.conntrack {
        case .hidden(let reason):
            return .unknown("how full the table of connections is can't be told: \(reason)")
        case .known(nil):
            return nil
        case .known(let use?) where use.count >= use.most:
            return .broken(
                "the table of tracked connections is full (\(use.count) of \(use.most)): new connections are dropped",
                mending: ["sysctl -w net.netfilter.nf_conntrack_max=\(use.most * 2)"]
            )
        case .known(let use?):
            return .whole("\(use.count) of \(use.most) connections are tracked")
        }
    }

    func forwarding() -> Finding? {
        guard let input = facts.ends.input else { return nil }
        let names =
            facts.target.family == .ipv4
            ? [input, facts.bridgeName].map { "net/ipv4/conf/\($0)/forwarding" } : ["net/ipv6/conf/all/forwarding"]
        for name in names where facts.host.sysctls[name] == "0" {
            let isOffForAll = facts.host.sysctls["net/ipv4/ip_forward"] == "0"
            let sysctl = (isOffForAll ? "net/ipv4/ip_forward" : name).split(separator: "/").joined(separator: ".")
            return .broken(
                "the host forwards no packets between its interfaces: \(sysctl) is 0",
                mending: ["sysctl -w \(sysctl)=1"]
            )
        }
        return .whole("the host forwards packets between its interfaces")
    }

    func bridge() -> Finding? {
        let name = facts.bridgeName
        guard let bridge = facts.host.bridge else {
            return .broken("the bridge \(name) is gone", mending: [facts.repairCommand])
        }
        guard bridge.kind == "bridge" else {
            return .broken("\(name) is no bridge", mending: [], advice: "Attach the container anew to a bridge.")
        }
        guard bridge.isUp else {
            return .broken("the bridge \(name) is down", mending: ["ip link set dev \(name) up"])
        }
        let missing = facts.attachment.bridge.gateways.first { gateway in
            gateway.family == facts.target.family && !facts.host.bridgeAddresses.contains(gateway)
        }
        if let missing {
            return .broken(
                "the bridge \(name) lacks its address \(missing)",
                mending: ["ip address add \(missing) dev \(name)"]
            )
        }
        return .whole("the bridge \(name) is up")
    }

    func hostVeth() -> Finding? {
        let name = facts.attachment.hostInterface.name
        let bridge = facts.bridgeName
        guard let link = facts.host.hostVeth else {
            let words =
                facts.sandbox == nil
                ? "the container is gone: neither \(facts.attachment.sandbox.path) nor \(name) is there"
                : "\(name), the host's end of the container's link, is gone"
            return .broken(words, mending: [facts.repairCommand])
        }
        guard link.isUp else {
            return .broken("\(name), the host's end of the link, is down", mending: ["ip link set dev \(name) up"])
        }
        guard let port = facts.host.hostVethPort, link.master == facts.host.bridge?.index else {
            return .broken("\(name) is no port of the bridge \(bridge)", mending: joining(name, bridge))
        }
        let state = facts.host.hostVethState
        // Without a carrier the port is disabled for the container's end, which is looked at below.
        guard state == .forwarding || !link.hasCarrier else {
            let state = state.map { "\($0)" } ?? "unknown"
            return .broken(
                "the bridge \(bridge) passes no frames at the port \(name), which is in the state \(state)",
                mending: ["ip link set dev \(name) type bridge_slave state 3"]
            )
        }
        return portFlags(port, name) ?? framesIn() ?? .whole("\(name) is up and a port of \(bridge)")
    }

    /// What keeps the bridge itself from passing frames, where it does what the host's routing does elsewhere.
    private func portFlags(_ port: BridgePortSettings, _ name: String) -> Finding? {
        guard facts.isNeighbour, facts.bridgesThroughFirewall else { return nil }
        if facts.isItself, port.hairpin != true {
            return .broken(
                "the bridge sends no frame back by \(name), the port that it came in by",
                mending: ["ip link set dev \(name) type bridge_slave hairpin on"]
            )
        }
        if !facts.isItself, port.isolated == true, facts.host.clientPort?.isolated == true {
            return .broken(
                "the bridge passes no frames between isolated ports, such as \(name) and that of \(facts.ends.name)",
                mending: [],
                advice: "That is what portIsolation of the network \(facts.attachment.key.network) is for."
            )
        }
        return nil
    }

    private func joining(_ name: String, _ bridge: String) -> [String] {
        let link = facts.attachment.link
        let flags = (link.hairpin ? " hairpin on" : "") + (link.isolated ? " isolated on" : "")
        let join = "ip link set dev \(name) master \(bridge)"
        return flags.isEmpty ? [join] : [join, "ip link set dev \(name) type bridge_slave\(flags)"]
    }
}
