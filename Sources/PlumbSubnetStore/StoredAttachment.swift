package import PlumbLinux

/// How far the work on an attachment has come.
///
/// A row in any state but `attached` whose writer is dead was left unfinished: whoever meets it cleans it up.
package enum AttachmentState: String, Codable, Sendable {
    case attaching
    case attached
    case detaching
}

/// An attachment as the store has it; only the caller reads its record.
package struct StoredAttachment: Hashable, Sendable {
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
