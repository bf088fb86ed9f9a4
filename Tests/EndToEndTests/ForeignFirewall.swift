import PlumbTestSupport
import Testing

/// A firewall of another program that drops forwarded packets, as such programs make it.
enum ForeignFirewall: String, CaseIterable, CustomTestStringConvertible {
    /// What an administrator writes to `/etc/nftables.conf`.
    case nftables
    /// The same with a table for each family, and another name.
    case nftablesByFamily
    /// A chain of nftables that ends in a refusal, as that of firewalld.
    case firewalld
    /// The chains of ufw, written by iptables-nft, which is Debian's `iptables`.
    case ufw
    /// The legacy policy, as Docker's engine and the kubelet's administrators set it.
    case legacy

    var testDescription: String { rawValue }

    /// Makes its rules on a host.
    func start(on host: TestHost) throws {
        switch self {
        case .nftables:
            try host.namespace.require("nft", "-f", "-", input: Self.chain("inet filter", "forward", 0))
        case .nftablesByFamily:
            let tables = ["ip", "ip6"].map { Self.chain("\($0) guard", "routed", 10) }
            try host.namespace.require("nft", "-f", "-", input: tables.joined())
        case .firewalld:
            try host.namespace.require("nft", "-f", "-", input: Self.firewalldTable)
        case .ufw:
            for (program, protocolName) in [("iptables-nft-restore", "icmp"), ("ip6tables-nft-restore", "ipv6-icmp")] {
                try host.namespace.require(program, input: Self.ufwRules(protocolName))
            }
        case .legacy:
            for program in ["iptables-legacy", "ip6tables-legacy"] {
                try host.namespace.require(program, "-P", "FORWARD", "DROP")
            }
        }
    }

    /// Makes its rules anew, as a reload does, without those that others have put there.
    func restart(on host: TestHost) throws {
        switch self {
        case .nftables: try host.namespace.require("nft", "delete", "table", "inet", "filter")
        case .nftablesByFamily:
            for family in ["ip", "ip6"] { try host.namespace.require("nft", "delete", "table", family, "guard") }
        case .firewalld: try host.namespace.require("nft", "delete", "table", "inet", "firewalld")
        case .ufw: break
        case .legacy:
            for program in ["iptables-legacy", "ip6tables-legacy"] {
                try host.namespace.require(program, "-F", "FORWARD")
            }
        }
        try start(on: host)
    }

    /// Puts a rule on top of all others that drops everything.
    func close(on host: TestHost) throws {
        let namespace = host.namespace
        switch self {
        case .nftables: try namespace.require("nft", "insert", "rule", "inet", "filter", "forward", "drop")
        case .nftablesByFamily:
            for family in ["ip", "ip6"] {
                try namespace.require("nft", "insert", "rule", family, "guard", "routed", "counter", "drop")
            }
        case .firewalld:
            let rule = """
                insert rule inet firewalld filter_FORWARD log prefix "closed" reject with icmpx admin-prohibited
                """
            try namespace.require("nft", "-f", "-", input: rule)
        case .ufw:
            for program in ["iptables-nft", "ip6tables-nft"] {
                try namespace.require(program, "-N", "closed")
                try namespace.require(program, "-A", "closed", "-j", "REJECT")
                try namespace.require(program, "-I", "FORWARD", "-j", "closed")
            }
        case .legacy:
            for program in ["iptables-legacy", "ip6tables-legacy"] {
                try namespace.require(program, "-I", "FORWARD", "-j", "REJECT")
            }
        }
    }

    /// Its rules as its own program prints them, without counters and without what belongs to plumb.
    func rules(on host: TestHost) throws -> [String] {
        let text: String
        switch self {
        case .nftables, .nftablesByFamily, .firewalld:
            let tables = try host.namespace.require("nft", "list", "tables").split(separator: "\n")
            text = try tables.filter { !$0.contains(" plumb") }.map { table in
                try Command(["nft", "--stateless", "list"] + table.split(separator: " ").map(String.init))
                    .run(in: host.namespace).output
            }
            .joined()
        case .ufw:
            text = try ["iptables-nft-save", "ip6tables-nft-save"].map { try host.namespace.require($0) }.joined()
        case .legacy:
            text = try host.firewallRules().joined(separator: "\n")
        }
        return text.split(separator: "\n").map(String.init).filter { line in
            !line.hasPrefix("#") && !line.contains("plumb bridge ")
        }
        .map { $0.hasPrefix(":") ? String($0.prefix { $0 != "[" }) : $0 }
    }

    private static func chain(_ table: String, _ chain: String, _ priority: Int) -> String {
        """
        table \(table) {
            chain \(chain) {
                type filter hook forward priority \(priority); policy drop;
                ct state invalid drop
            }
        }

        """
    }

    private static let firewalldTable = """
        table inet firewalld {
            chain filter_FORWARD {
                type filter hook forward priority filter + 10; policy accept;
                ct state { established, related } accept
                ct status dnat accept
                iifname "lo" accept
                ct state invalid drop
                jump filter_FORWARD_POLICIES
                reject with icmpx admin-prohibited
            }
            chain filter_FORWARD_POLICIES {
                iifname "uplink0" oifname "uplink0" jump filter_FWD_public
                iifname "uplink0" jump filter_FWD_public
            }
            chain filter_FWD_public {
                reject with icmpx admin-prohibited
            }
        }
        """

    private static func ufwRules(_ icmp: String) -> String {
        """
        *filter
        :INPUT DROP [0:0]
        :FORWARD DROP [0:0]
        :OUTPUT ACCEPT [0:0]
        :ufw-before-input - [0:0]
        :ufw-before-logging-forward - [0:0]
        :ufw-before-forward - [0:0]
        :ufw-user-forward - [0:0]
        :ufw-after-forward - [0:0]
        :ufw-after-logging-forward - [0:0]
        :ufw-reject-forward - [0:0]
        :ufw-track-forward - [0:0]
        -A INPUT -j ufw-before-input
        -A FORWARD -j ufw-before-logging-forward
        -A FORWARD -j ufw-before-forward
        -A FORWARD -j ufw-after-forward
        -A FORWARD -j ufw-after-logging-forward
        -A FORWARD -j ufw-reject-forward
        -A FORWARD -j ufw-track-forward
        -A ufw-before-input -i lo -j ACCEPT
        -A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
        -A ufw-before-input -p \(icmp) -j ACCEPT
        -A ufw-before-forward -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
        -A ufw-before-forward -j ufw-user-forward
        -A ufw-after-logging-forward -m limit --limit 3/min --limit-burst 10 -j LOG --log-prefix "[UFW BLOCK] "
        COMMIT

        """
    }
}
