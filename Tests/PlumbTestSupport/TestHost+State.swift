import Glibc
import PlumbLinux

/// Everything on a host that plumb could change.
package struct HostState: Equatable, Sendable {
    /// Sentences without an order, such as `link: {…}`.
    private let facts: Set<String>

    fileprivate init(_ facts: [String]) {
        self.facts = Set(facts)
    }

    /// What is there now and was not, with `+` before it, and what was there and is not now, with `-`.
    package func changes(since earlier: HostState) -> [String] {
        facts.subtracting(earlier.facts).map { "+ \($0)" }.sorted()
            + earlier.facts.subtracting(facts).map { "- \($0)" }.sorted()
    }
}

extension TestHost {
    /// Takes down everything on the host that plumb could change, and in some of its containers.
    package func state(with containers: [Container] = []) throws -> HostState {
        var facts = try firewallRules() + files(stateDirectory)
        for space in [namespace] + containers.map(\.namespace) {
            for arguments in [["address"], ["-4", "route"], ["-6", "route"]] {
                let output = try Command(["ip", "-json"] + arguments).run(in: space).output
                let list = try JSON(parsing: output.isEmpty ? "[]" : output)
                facts += list.elements.filter(Self.isLasting).map { "\(arguments.last ?? ""): \(Self.lasting($0))" }
            }
            for name in ["ipv4/ip_forward", "ipv6/conf/all/forwarding", "ipv4/conf/all/route_localnet"] {
                facts.append("sysctl: \(name) \(try space.sysctl(name) ?? "absent")")
            }
        }
        return HostState(facts)
    }

    /// Whether a fact does not come by itself, as routes of link-local addresses do a moment after a link is up.
    private static func isLasting(_ fact: JSON) -> Bool {
        !(fact["dst"].string ?? "").hasPrefix("fe80")
    }

    /// A fact without what comes by itself a moment after a link is up: link-local addresses and the link's state.
    private static func lasting(_ fact: JSON) -> JSON {
        var fact = fact
        for key in ["operstate", "flags"] { fact[key] = .null }
        let addresses = fact["addr_info"].elements.filter { $0["scope"] != "link" }
        if fact["addr_info"] != .null { fact["addr_info"] = .array(addresses) }
        return fact
    }

    private func files(_ path: String) throws -> [String] {
        try TemporaryFolder.names(in: path).map { name in
            let bytes = try FileDescriptor.open("\(path)/\(name)", O_RDONLY).readToEnd()
            return "file: \(name), \(bytes.count) bytes, \(stableHash([String(decoding: bytes, as: UTF8.self)]))"
        }
    }

    /// The rules and elements that carry the mark of an attachment.
    package func markedRules() throws -> [String] {
        try firewallRules().filter { $0.contains("comment \"plumb ") }
    }

    /// What is left of attachments: links, rules with a mark, leases and records; nothing should be after DEL.
    package func remains() throws -> [String] {
        let links = try namespace.ip("link", "show", "type", "veth").elements
            .compactMap { $0["ifname"].string }
            .filter { $0 != "uplink0" }
        let rules = try markedRules()
        let document = try show()
        let attachments = document["attachments"].elements.map { "record: \($0)" }
        let leases = document["networks"].elements.filter { network in
            network["rangeSets"].elements.contains { $0["used"] != "0" }
        }
        return links.map { "link: \($0)" } + rules + attachments + leases.map { "leases: \($0)" }
    }
}

/// Waits until a condition holds; false if that takes longer than the limit.
package func eventually(within limit: Duration = .seconds(10), _ condition: () throws -> Bool) rethrows -> Bool {
    let deadline = ContinuousClock.now + limit
    while try !condition() {
        guard ContinuousClock.now < deadline else { return false }
        usleep(2_000)
    }
    return true
}
