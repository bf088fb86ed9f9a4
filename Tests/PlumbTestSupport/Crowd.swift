import Foundation
import Synchronization

/// Does something for each item on threads of its own, since waiting for processes would block the few that Swift has.
///
/// - Returns: The results in the order of the items.
package func onThreads<Item: Sendable, Result: Sendable>(
    _ items: [Item],
    width: Int,
    _ body: @escaping @Sendable (Item) throws -> Result
) async throws -> [Result] {
    let work = Work(count: items.count)
    return try await withThrowingTaskGroup(of: [(Int, Result)].self) { group in
        for _ in 0..<min(width, items.count) {
            group.addTask {
                try await withCheckedThrowingContinuation { continuation in
                    Thread.detachNewThread {
                        continuation.resume(
                            with: Swift.Result {
                                var results: [(Int, Result)] = []
                                while let index = work.next() { results.append((index, try body(items[index]))) }
                                return results
                            }
                        )
                    }
                }
            }
        }
        var results: [(Int, Result)] = []
        for try await some in group { results += some }
        return results.sorted { $0.0 < $1.0 }.map(\.1)
    }
}

/// The items that nobody has begun with yet.
private final class Work: Sendable {
    private let count: Int
    private let begun = Atomic(0)

    init(count: Int) {
        self.count = count
    }

    func next() -> Int? {
        let index = begun.wrappingAdd(1, ordering: .relaxed).oldValue
        return index < count ? index : nil
    }
}
