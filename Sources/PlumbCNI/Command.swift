/// What a runtime asks of a plugin, in `CNI_COMMAND` (CNI 1.1.0, section 2).
public enum Command: String, Hashable, Sendable, CaseIterable {
    /// Attaches a container to a network.
    case add = "ADD"
    /// Takes a container off a network.
    case del = "DEL"
    /// Verifies that an attachment is still as ADD left it.
    case check = "CHECK"
    /// Removes what no valid attachment needs.
    case gc = "GC"
    /// Reports whether the plugin is ready for ADD.
    case status = "STATUS"
    /// Reports the versions that the plugin speaks.
    case version = "VERSION"

    /// Whether the command is about one attachment, so that a container and an interface must be named.
    public var concernsAttachment: Bool {
        switch self {
        case .add, .del, .check: true
        case .gc, .status, .version: false
        }
    }
}
