/// What went wrong in work that goes on after an error; one prints as itself, more as a list.
package struct Failures: Error, CustomStringConvertible {
    /// The errors in the order in which they came.
    package private(set) var errors: [any Error] = []

    package init() {}

    /// Runs a step and keeps its error.
    ///
    /// - Returns: Whether the step succeeded.
    @discardableResult
    package mutating func collect(_ step: () throws -> Void) -> Bool {
        do {
            try step()
            return true
        } catch {
            add(error)
            return false
        }
    }

    /// Keeps an error; of collected ones each.
    package mutating func add(_ error: any Error) {
        if let failures = error as? Failures {
            errors += failures.errors
        } else {
            errors.append(error)
        }
    }

    /// Throws what was collected, if anything was.
    package func throwIfAny() throws {
        if errors.count == 1, let error = errors.first { throw error }
        if !errors.isEmpty { throw self }
    }

    /// The errors with semicolons between them.
    package var description: String {
        errors.map { "\($0)" }.joined(separator: "; ")
    }
}
