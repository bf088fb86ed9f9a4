import Glibc
import PlumbAddress
import PlumbLinux
import Testing

@testable import PlumbFirewall

/// Rules that Docker 20.10.24 installed, as iptables-save printed them (`dockerd --userland-proxy=false`).
///
/// Its policy of FORWARD is taken out: Docker sets it when it turns forwarding on, plumb touches no policy. The file of
/// the isolated network has no nat table, since Docker made that with its userland proxy on.
private func golden(_ name: String) throws -> [String: [String]] {
    let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
    return tables(inSave: try readText("/\(folder)/Golden/\(name).save")).mapValues { lines in
        lines.map { $0 == ":FORWARD DROP" ? ":FORWARD ACCEPT" : $0 }
    }
}

@Suite(.isolatedNetwork) struct `With the prefix DOCKER the rules are Docker's own` {
    let docker0 = network("docker0", "172.17.0.0/16", prefix: "DOCKER")
    let plb0 = network("plb0", "10.88.0.0/24", prefix: "DOCKER")
    let host: Host

    init() throws { host = try Host() }

    private func expect(_ name: String, _ family: AddressFamily = .ipv4) throws {
        for (table, lines) in try golden(name) {
            let saved = try host.saved(table, family)
            #expect(saved == lines, "\(name), \(table)")
        }
    }

    @Test func `as networks and published ports come and go`() throws {
        let c1 = attachment("c1", "172.17.0.2", ports: [port(8888, 7777)])
        let c2 = attachment("c2", "172.17.0.3", ports: [port(9999, 53, .udp, on: "127.0.0.1")])
        let c3 = attachment("c3", "10.88.0.2", ports: [port(8889, 7777)])
        let known = [c1, c2, c3]

        try host.attach(attachment("c0", "172.17.0.9"), to: docker0)
        try expect("hairpin-1-one-network")
        try host.attach(c1, to: docker0, known: known)
        try expect("hairpin-2-published")
        try host.attach(c2, to: docker0, known: known)
        try expect("hairpin-3-published-on-loopback")
        try host.attach(attachment("c4", "10.88.0.9"), to: plb0, known: known)
        try expect("hairpin-4-second-network")
        try host.attach(c3, to: plb0, known: known)
        try expect("hairpin-5-published-there")
        try host.detach([c1, c2], from: docker0, known: [c3])
        try host.detach([c3], from: plb0)
        try host.firewall.removeNetwork(plb0)
        try expect("hairpin-6-removed")
    }

    @Test func `in both families`() throws {
        let docker0 = network("docker0", "172.17.0.0/16", "fd00:17::/64", prefix: "DOCKER")
        let c1 = attachment("c1", "172.17.0.2", "fd00:17::242:ac11:2", ports: [port(8888, 7777)])
        let stages: [(String, () throws -> Void)] = [
            ("dual-stack-1-one-network", { try host.attach(attachment("c0", "172.17.0.9"), to: docker0) }),
            ("dual-stack-2-published", { try host.attach(c1, to: docker0) }),
            ("dual-stack-3-removed", { try host.detach([c1], from: docker0) }),
        ]
        for (name, step) in stages {
            try step()
            try expect(name)
            try expect("\(name).ipv6", .ipv6)
        }
    }

    @Test func `for a network whose containers are kept apart`() throws {
        let isolated = network("plb0", "10.88.0.0/24", ingress: .isolated, prefix: "DOCKER")
        try host.attach(attachment("c0", "172.17.0.9"), to: docker0)
        try host.attach(attachment("c1", "10.88.0.2", ports: [port(8888, 7777)]), to: isolated)
        try expect("isolated-3-published")
    }
}
