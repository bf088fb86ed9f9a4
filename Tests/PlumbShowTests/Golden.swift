import Glibc
import PlumbLinux
import PlumbTestSupport
import Testing

/// Screens as they should be, in the folder `Golden` beside this file.
enum Golden {
    private static let folder = "\(#filePath.prefix(upTo: #filePath.lastIndex(of: "/") ?? #filePath.endIndex))/Golden"

    /// Compares a screen with the one of that name; with `PLUMB_RECORD` in the environment it is recorded instead.
    static func compare(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let path = "\(folder)/\(name).txt"
        if unsafe getenv("PLUMB_RECORD") != nil {
            let file = try FileDescriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
            try file.writeAll(Array(text.utf8))
        }
        let golden = try readText(path).split(separator: "\n", omittingEmptySubsequences: false)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(
            golden == Array(lines.reversed().drop { $0.isEmpty }.reversed()),
            "\(name)",
            sourceLocation: sourceLocation
        )
    }
}
