package import PlumbLinux

/// How far the work on an attachment has come.
///
/// A row of `attaching` or `detaching` whose writer is dead was left unfinished: whoever meets it cleans it up.
package enum AttachmentState: String, Codable, Sendable {
    case attaching
    case attached
    /// Attached, while the writer changes ports or mends something; if it has died, the kernel may differ from the record.
    case changing
    case detaching
}

/// An attachment as the store has it; only the caller reads its record.
package struct StoredAttachment: Hashable, Sendable {
    /// The number of the row, larger than those of all rows that were there when it was made.
    package let number: Int64

    package let key: AttachmentKey
    package let state: AttachmentState

    /// The process that set the state.
    package let writer: ProcessIdentity

    /// The interface's name on the host, which no other attachment has.
    package let hostInterface: String

    /// The caller's text, kept as it is.
    package let record: String

    /// When the row was made, in seconds since 1970.
    package let createdAt: Int64
}
