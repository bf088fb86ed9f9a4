import Glibc
import PlumbLinux

/// A folder of one test, removed with all that is in it at the end of its life.
package final class TemporaryFolder {
    package let path: String

    /// Makes the folder with mode 0700 below `TMPDIR` or `/tmp`.
    package init() throws {
        let parent = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/plumb-test-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw SystemError("make a temporary folder") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { Self.remove(path) }

    /// Writes a file below the folder, and returns its path.
    @discardableResult
    package func write(_ name: String, _ text: String) throws -> String {
        let file = try FileDescriptor.open("\(path)/\(name)", O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
        try file.writeAll(Array(text.utf8))
        return "\(path)/\(name)"
    }

    /// The names in a folder, sorted; none if there is no such folder.
    package static func names(in path: String) -> [String] {
        guard let folder = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(folder) }
        var names: [String] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    private static func remove(_ path: String) {
        for name in names(in: path) {
            let file = "\(path)/\(name)"
            if unsafe unlink(file) != 0 { remove(file) }
        }
        unsafe rmdir(path)
    }
}
