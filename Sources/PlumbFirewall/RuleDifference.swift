/// How the kernel's rules differ from those that should be there, by the command that mends it.
package enum RuleDifference: Hashable, Sendable {
    case missingRule
    /// A table of nftables that is missing with all that was in it, such as `inet plumb`.
    case missingTable(String)
    /// Something in a chain of plumb's own that should not be there.
    case surplus

    /// Reads a command of `Firewall.differences`.
    package init(mendedBy command: String) {
        let words = command.split(separator: " ", maxSplits: 5)
        if command.hasPrefix("nft add table "), let table = Self.table(of: command) {
            self = .missingTable(table)
        } else if command.hasPrefix("nft delete ") || command.hasPrefix("nft flush ")
            || words.dropFirst(3).first == "-D"
        {
            self = .surplus
        } else {
            self = .missingRule
        }
    }

    /// The difference that a command mends, as a part of a sentence.
    package static func words(for command: String) -> String {
        switch RuleDifference(mendedBy: command) {
        case .missingRule: "a rule is missing: \(command)"
        case .missingTable(let table): "the nftables table \(table) is missing"
        case .surplus: "a rule too many: \(command) removes it"
        }
    }

    /// The table that a command of nft is about: `nft add rule inet plumb …`.
    fileprivate static func table(of command: String) -> String? {
        let words = command.split(separator: " ", maxSplits: 5)
        return words.count >= 5 && words[0] == "nft" ? "\(words[3]) \(words[4])" : nil
    }
}

extension FirewallDifferences {
    /// The differences with each missing table told of once, among those of the network, and not by all that was in it.
    package var tellingTablesOnce: FirewallDifferences {
        var tables: [String: String] = [:]
        for command in network + attachments.joined() {
            guard case .missingTable(let table) = RuleDifference(mendedBy: command) else { continue }
            tables[table] = tables[table] ?? command
        }
        func rest(_ commands: [String]) -> [String] {
            commands.filter { command in RuleDifference.table(of: command).map { tables[$0] == nil } ?? true }
        }
        return FirewallDifferences(
            network: tables.values.sorted() + rest(network),
            attachments: attachments.map(rest)
        )
    }
}
