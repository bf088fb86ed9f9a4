package import PlumbAddress

/// A rule as it stands in the kernel.
package struct ListedRule: Hashable, Sendable {
    /// The rule as `iptables -S` prints it; `…` stands for what plumb does not understand of somebody else's rule.
    package let text: String

    /// The attachment that it belongs to, if it is a rule of one.
    package let mark: RuleMark?

    /// How many packets the rule has matched.
    package let packets: UInt64

    /// How many bytes these packets had.
    package let bytes: UInt64

    /// What the rule is for; nil for a rule that is not plumb's.
    package var purpose: RulePurpose?

    /// The rule as a value; nil if it says something that plumb never says, and where the backend has no such values.
    var rule: Rule?
}

/// A chain as it stands in the kernel.
package struct ChainListing: Hashable, Sendable {
    package let name: String

    /// What becomes of packets that no rule decides on: `ACCEPT` or `DROP`; nil in chains that programs made.
    package let policy: String?

    package let rules: [ListedRule]
}

/// The chains of a table that concern the containers.
package struct TableListing: Hashable, Sendable {
    package let family: AddressFamily

    /// The table's name, such as `nat`.
    package let table: String

    package let chains: [ChainListing]
}

extension TableListing {
    /// The program with the table's name, as people list the table: `ip6tables -t filter`.
    package var command: String { "\(family.iptables) -t \(table)" }

    /// The same table with other chains.
    func replacing(_ chains: [ChainListing]) -> TableListing {
        TableListing(family: family, table: table, chains: chains)
    }
}
