/// Why ranges of a configuration can't be used.
package struct SubnetRangeError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The field of the configuration: `subnet`, `rangeStart`, `rangeEnd`, `gateway` or `ranges[…]`.
    package let field: String

    /// What the field holds.
    package let value: String

    /// What is wrong with it, as the end of the sentence.
    package let reason: String

    init(_ field: String, _ value: some CustomStringConvertible, _ reason: String) {
        self.field = field
        self.value = value.description
        self.reason = reason
    }

    package var description: String { "\(field) \(value) \(reason)" }
}
