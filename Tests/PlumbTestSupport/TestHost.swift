/// A host with a neighbour on its LAN, apart from the machine that the tests run on.
///
/// The host's link is `uplink0`; its neighbour's is `lan0`. Both families are in use, forwarding is off, and there are
/// neither containers nor rules.
package final class TestHost {
    package let namespace: Namespace
    package let lan: Namespace
    package let folder: TemporaryFolder

    /// Where plumb keeps its store; there is no such folder at first.
    package var stateDirectory: String { "\(folder.path)/state" }

    package init() throws {
        folder = try TemporaryFolder()
        namespace = try Namespace()
        lan = try Namespace()
        for side in [namespace, lan] {
            try side.setSysctl("ipv4/ip_forward", "0")
            // Until its link-local address is known to be nobody else's, a router asks for no neighbour on behalf of
            // others.
            try side.setSysctl("ipv6/conf/default/accept_dad", "0")
        }
        try namespace.require("ip", "-batch", "-", input: hostSetup)
        try lan.require("ip", "-batch", "-", input: lanSetup)
        // Links that plumb makes begin as on any host.
        for side in [namespace, lan] { try side.setSysctl("ipv6/conf/default/accept_dad", "1") }
        // Until the kernel has noticed that the link has a far end, it drops what is sent there.
        guard try eventually({ try namespace.ip("link", "show", "uplink0")[0]["operstate"] == "UP" }) else {
            throw TestFailure("the link to the LAN does not come up")
        }
    }

    private var hostSetup: String {
        var lines = ["link set lo up", "link add uplink0 type veth peer name lan0 netns \(lan.pid)"]
        for family in Family.allCases {
            let length = Self.lanPrefixLength(family)
            lines.append("address add \(family.host)/\(length) dev uplink0 \(family.unchecked)")
            // Nobody's source address unless asked for: of two addresses IPv6 would choose the later one.
            let lifetime = family == .ipv6 ? "preferred_lft 0" : ""
            lines.append("address add \(family.secondHost)/\(length) dev uplink0 \(family.unchecked) \(lifetime)")
        }
        lines.append("link set uplink0 up")
        // The neighbour's end is up a moment later; routes need only this one.
        lines += Family.allCases.map { "route add default via \($0.lan) dev uplink0" }
        return lines.joined(separator: "\n")
    }

    private var lanSetup: String {
        var lines = ["link set lo up"]
        for family in Family.allCases {
            lines.append("address add \(family.lan)/\(Self.lanPrefixLength(family)) dev lan0 \(family.unchecked)")
            lines.append("address add \(family.internet) dev lo \(family.unchecked)")
        }
        return (lines + ["link set lan0 up"]).joined(separator: "\n")
    }

    private static func lanPrefixLength(_ family: Family) -> Int {
        family == .ipv4 ? 24 : 64
    }

    /// Makes a container that is on no network yet.
    package func container(_ id: String) throws -> Container {
        Container(id: id, namespace: try Namespace())
    }

    /// What the firewalls say, without counters.
    ///
    /// These are the lines of `iptables-legacy-save` and `ip6tables-legacy-save` that say something: rules, chains of
    /// one's own and policies other than ACCEPT, each behind the name of its table; and the lines of `nft list ruleset`.
    package func firewallRules() throws -> [String] {
        try legacyRules() + nftablesRules()
    }

    private func nftablesRules() throws -> [String] {
        var place = ""
        return try namespace.require("nft", "list", "ruleset").split(separator: "\n").compactMap { line -> String? in
            var words = line.split { " \t,".contains($0) }.map(String.init)
            if ["table", "chain", "set", "map"].contains(words.first) {
                place = words.prefix { $0 != "{" }.joined(separator: " ")
            }
            // An element with a timeout is one that is about to be gone.
            guard !words.contains("expires") else { return nil }
            for (position, word) in words.enumerated() where word == "packets" || word == "bytes" {
                words[position + 1] = "…"
            }
            words.removeAll { ["elements", "=", "{", "}"].contains($0) }
            return words.isEmpty ? nil : "\(place): \(words.joined(separator: " "))"
        }
    }

    private func legacyRules() throws -> [String] {
        try Family.allCases.flatMap { family in
            let program = family == .ipv4 ? "iptables-legacy-save" : "ip6tables-legacy-save"
            var table = ""
            return try namespace.require(program).split(separator: "\n").compactMap { line -> String? in
                if line.hasPrefix("*") { table = "\(family) \(line.dropFirst())" }
                if line.hasPrefix("-A") { return "\(table): \(line)" }
                guard line.hasPrefix(":"), !line.contains(" ACCEPT ") else { return nil }
                return "\(table): \(line.prefix { $0 != "[" })"
            }
        }
    }
}

/// A container as a runtime makes it: an id, and a namespace held by a process.
package final class Container {
    package let id: String
    package let namespace: Namespace

    init(id: String, namespace: Namespace) {
        self.id = id
        self.namespace = namespace
    }
}

extension Family {
    /// What makes an address usable at once, since everyone on the LAN is known.
    fileprivate var unchecked: String { self == .ipv6 ? "nodad" : "" }
}
