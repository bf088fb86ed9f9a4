import Testing

@testable import PlumbSubnetStore

@Suite struct `Statements` {
    /// Those that read all of a table, or sort, because their callers want all of it.
    private static let wholeTable: Set<Query> = [.allAttachments, .allKeys, .networks]

    @Test(arguments: Query.allCases) func `find their rows by an index`(_ query: Query) throws {
        let directory = try TemporaryDirectory.make()
        let store = try openStore(directory)
        let plan = try store.read { database throws(StoreError) in
            try database.prepare("EXPLAIN QUERY PLAN \(query.rawValue)").all([]) { row throws(StoreError) in
                try row.text(3)
            }
        }
        let slow = plan.filter { $0.hasPrefix("SCAN") || $0.contains("TEMP B-TREE") || $0.contains("AUTOMATIC") }
        #expect(slow.isEmpty != Self.wholeTable.contains(query), "\(plan)")
    }
}
