import Glibc
import PlumbLinux

/// A directory of one test, removed with all that is in it at the end of its life.
struct TemporaryDirectory: ~Copyable {
    let path: String

    /// Makes the directory with mode 0700 below `TMPDIR` or `/tmp`.
    static func make() throws -> TemporaryDirectory {
        let parent = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/plumb-store-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw SystemError("make a temporary directory") }
        let bytes = template.dropLast().map { UInt8(bitPattern: $0) }
        return TemporaryDirectory(path: String(decoding: bytes, as: UTF8.self))
    }

    private init(path: String) {
        self.path = path
    }

    deinit { removeTree(path) }

    /// The names of the files in the directory, sorted.
    func names() -> [String] { fileNames(path) }

    /// Writes a file into the directory and returns its path.
    func write(_ name: String, _ bytes: [UInt8]) throws -> String {
        let file = try FileDescriptor.open("\(path)/\(name)", O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
        try file.writeAll(bytes)
        return "\(path)/\(name)"
    }
}

/// The names of the files in a directory, sorted.
func fileNames(_ path: String) -> [String] {
    guard let directory = unsafe opendir(path) else { return [] }
    defer { unsafe closedir(directory) }
    var names: [String] = []
    while let entry = unsafe readdir(directory) {
        let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
}

private func removeTree(_ path: String) {
    for name in fileNames(path) {
        let file = "\(path)/\(name)"
        if unsafe unlink(file) != 0 { removeTree(file) }
    }
    unsafe rmdir(path)
}
