package import PlumbAddress

/// A rule as it stands in the kernel.
package struct ListedRule: Hashable, Sendable {
    /// The rule as `iptables -S` or `nft list ruleset` prints it; `…` stands for what plumb does not understand of somebody
    /// else's rule.
    package let text: String

    /// The attachment that it belongs to, if it is a rule of one.
    package let mark: RuleMark?

    /// How many packets the rule has matched; nil where nobody counts them, as in rules of nftables without a counter.
    package let packets: UInt64?

    /// How many bytes these packets had; nil where nobody counts them.
    package let bytes: UInt64?

    /// What the rule is for; nil for a rule that is not plumb's.
    package var purpose: RulePurpose?

    /// The rule as a value; nil if it says something that plumb never says, and where the backend has no such values.
    var rule: Rule?
}

/// A chain as it stands in the kernel, or a set of nftables, whose elements count as rules; its name begins with `@`.
package struct ChainListing: Hashable, Sendable {
    package let name: String

    /// What becomes of packets that no rule decides on, in the words of the syntax: `ACCEPT` or `drop`; nil in chains that
    /// are only jumped to.
    package let policy: String?

    package let rules: [ListedRule]
}

/// The words that rules are written in.
package enum RuleSyntax: Hashable, Sendable {
    /// As `iptables-legacy -S` and `ip6tables-legacy -S` print them.
    case iptables(AddressFamily)
    /// As `nft list ruleset` prints them, in a table of a family such as `inet`.
    case nftables(family: String)
}

/// The chains of a table that concern the containers.
package struct TableListing: Hashable, Sendable {
    package let syntax: RuleSyntax

    /// The table's name, such as `nat` or `plumb`.
    package let table: String

    package let chains: [ChainListing]

    package init(syntax: RuleSyntax, table: String, chains: [ChainListing]) {
        self.syntax = syntax
        self.table = table
        self.chains = chains
    }
}

extension TableListing {
    /// Whether the rules are those of iptables.
    package var isIptables: Bool {
        if case .iptables = syntax { true } else { false }
    }

    /// The table with one of its chains or sets: `nft list table inet plumb: @ports4`; rules of iptables name their chain.
    package func place(of chain: ChainListing) -> String {
        isIptables ? command : "\(command): \(chain.name)"
    }

    /// The program with the table's name, as people list the table: `ip6tables-legacy -t filter`, `nft list table inet plumb`.
    package var command: String {
        switch syntax {
        case .iptables(let family): "\(family.iptablesProgram) -t \(table)"
        case .nftables(let family): "nft list table \(family) \(table)"
        }
    }

    /// The same table with other chains.
    func replacing(_ chains: [ChainListing]) -> TableListing {
        TableListing(syntax: syntax, table: table, chains: chains)
    }
}
