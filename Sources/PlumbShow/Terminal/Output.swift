import Glibc
package import PlumbLinux

/// Standard output, written whole or not at all: a reader never sees half a document.
package enum Output {
    /// Writes lines, the last one ended as well.
    ///
    /// - Throws: `SystemError`; a reader that has gone away (EPIPE) ends the process without a word, as SIGPIPE would.
    package static func write(_ lines: [String]) throws(SystemError) {
        try write(lines.joined(separator: "\n") + "\n")
    }

    /// Writes a text.
    ///
    /// - Throws: As above.
    package static func write(_ text: String) throws(SystemError) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EPIPE {
                exit(EXIT_SUCCESS)
            } else if errno != EINTR {
                throw SystemError("write to standard output")
            }
        }
    }
}
