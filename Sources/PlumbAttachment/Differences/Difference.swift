/// One point in which the kernel differs from the record of an attachment, with what mends it.
///
/// CHECK and `show` name differences, `plumb repair` takes their remedies; none of them has a list of its own.
package struct Difference: Hashable, Sendable, CustomStringConvertible {
    /// The difference in words: `the bridge web0 is down`.
    package let description: String

    /// The steps that mend it, in their order; none where only DEL and ADD help.
    package let remedies: [Remedy]

    init(_ description: String, _ remedies: Remedy...) {
        self.init(description, remedies)
    }

    init(_ description: String, _ remedies: [Remedy]) {
        self.description = description
        self.remedies = remedies
    }
}
