import Glibc
import PlumbAddress

/// A change of several tables: all are read and planned before the first is touched.
enum IptablesChange {
    /// A table to be changed.
    struct Table: Hashable {
        let family: AddressFamily
        let name: TableName
        /// Whether it is the table for what guards 127.0.0.0/8.
        var guardsLoopback = false
    }

    /// Plans a table; it is called again where another program was faster.
    typealias Planner = (Table, inout TablePlan) throws(FirewallError) -> Void

    /// How often a table is planned again after another program changed it, which takes one that ignores the lock.
    private static let attempts = 8

    /// Makes the changes that a planner wants, in the order of the tables.
    ///
    /// The caller holds the lock, except for a dry run. Only chains of the networks are read, or all if they are nil.
    ///
    /// - Returns: The edits of each table that there were any for; of a dry run those that were not made.
    /// - Throws: `FirewallError`; nothing is changed if that comes from the planner.
    @discardableResult
    static func make(
        _ tables: [Table],
        reading interest: ReadingInterest,
        of networks: [NetworkPolicy]?,
        dryRun: Bool = false,
        plan planner: Planner
    ) throws(FirewallError) -> [(table: Table, edits: [TablePlan.Edit])] {
        var planned: [PlannedTable] = []
        for table in tables {
            planned.append(try PlannedTable(table, interest, networks, planner))
        }
        guard !dryRun else { return planned.map { ($0.table, $0.plan.edits) } }
        var made: [(table: Table, edits: [TablePlan.Edit])] = []
        for first in planned {
            let edits = try commit(first) { () throws(FirewallError) in
                try PlannedTable(first.table, interest, networks, planner)
            }
            made.append((first.table, edits))
        }
        return made
    }

    /// Commits a table, reading and planning it anew when it changed meanwhile: a plan that finds nothing to do then is the
    /// good end.
    private static func commit(
        _ first: PlannedTable,
        again: () throws(FirewallError) -> PlannedTable
    ) throws(FirewallError) -> [TablePlan.Edit] {
        var current = first
        for _ in 1...attempts {
            guard !current.plan.edits.isEmpty else { return first.plan.edits }
            if try current.snapshot.commit(current.plan.edits) { return current.plan.edits }
            current = try again()
        }
        let table = first.table
        throw FirewallError(
            .locked,
            "commit the \(table.family.iptables) table \(table.name.rawValue)",
            errno: EAGAIN,
            reason: "a program that ignores the lock of iptables has changed the table \(attempts) times meanwhile"
        )
    }

    /// A snapshot with its plan: a class, as arrays hold no values that can't be copied.
    private final class PlannedTable {
        let table: Table
        let snapshot: IptablesTable
        let plan: TablePlan

        init(
            _ table: Table,
            _ interest: ReadingInterest,
            _ networks: [NetworkPolicy]?,
            _ planner: Planner
        ) throws(FirewallError) {
            self.table = table
            snapshot = try IptablesTable.snapshot(table.name, table.family)
            let chains = networks.map { networks in
                Set(networks.flatMap { IptablesNetwork($0, table.family).chains(of: table.name) })
            }
            var plan = snapshot.plan(reading: chains ?? Set(snapshot.chainNames()), interest: interest)
            try planner(table, &plan)
            self.plan = plan
        }
    }
}
