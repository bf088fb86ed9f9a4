/// A rule, or an element of a set, whose attachment the store has forgotten.
package struct ForgottenRule: Hashable, Sendable {
    /// The command that would add it.
    package let addition: String

    /// The command that removes it.
    package let removal: String
}
