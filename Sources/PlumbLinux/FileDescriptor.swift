package import Glibc

/// An open file, closed at the end of its life.
package struct FileDescriptor: ~Copyable {
    /// The number that system calls know the file by.
    package let number: CInt

    /// Takes over an open descriptor.
    package init(adopting number: CInt) {
        self.number = number
    }

    deinit { close(number) }

    /// Opens a file; it is closed when another program is executed.
    ///
    /// - Throws: `SystemError` with the path.
    package static func open(
        _ path: String,
        _ flags: CInt,
        mode: mode_t = 0
    ) throws(SystemError) -> FileDescriptor {
        while true {
            let number = unsafe Glibc.open(path, flags | O_CLOEXEC, mode)
            if number >= 0 { return FileDescriptor(adopting: number) }
            guard errno == EINTR else { throw SystemError("open \(path)") }
        }
    }

    /// Reads to the end of the file, or up to a number of bytes.
    ///
    /// - Throws: `SystemError` of `read(2)`.
    package func readToEnd(limit: Int = .max) throws(SystemError) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while bytes.count < limit {
            let count = unsafe read(number, &chunk, min(chunk.count, limit - bytes.count))
            if count == 0 { break }
            if count > 0 {
                bytes += chunk[..<count]
            } else if errno != EINTR {
                throw SystemError("read")
            }
        }
        return bytes
    }

    /// Writes all bytes.
    ///
    /// - Throws: `SystemError` of `write(2)`.
    package func writeAll(_ bytes: [UInt8]) throws(SystemError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe write(number, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                throw SystemError("write")
            }
        }
    }
}

/// Reads a small text file whole, without the white space at its end.
///
/// - Throws: `SystemError` with the path.
package func readText(_ path: String) throws(SystemError) -> String {
    let file = try FileDescriptor.open(path, O_RDONLY)
    var bytes = try file.readToEnd()
    while let last = bytes.last, last <= UInt8(ascii: " ") { bytes.removeLast() }
    return String(decoding: bytes, as: UTF8.self)
}
