import Glibc

extension Environment {
    /// The environment variables of this process; of a variable that occurs twice the first one counts, as in `getenv(3)`.
    public static func processVariables() -> [String: String] {
        var variables: [String: String] = [:]
        var position = 0
        while let entry = unsafe environ[position] {
            position += 1
            let text = unsafe String(cString: entry)
            guard let separator = text.utf8.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let name = String(text[..<separator])
            if variables[name] == nil { variables[name] = String(text[text.utf8.index(after: separator)...]) }
        }
        return variables
    }
}

/// Everything that standard input holds, read to its end or until it is longer than any configuration may be.
///
/// - Returns: The bytes, at most a little more than the longest configuration that `decode` accepts (1 MiB).
/// - Throws: `CNIError` with code 5.
public func readStandardInput() throws(CNIError) -> [UInt8] {
    let input = try duplicate(STDIN_FILENO, of: "standard input")
    var bytes: [UInt8] = []
    while bytes.count <= JSONLimits.size {
        guard let piece = try input.read(of: "standard input") else {
            throw .io("cannot read standard input", errno: EAGAIN)
        }
        if piece.isEmpty { break }
        bytes += piece
    }
    return bytes
}

/// A descriptor of its own, so that the process's is not closed with it.
private func duplicate(_ number: CInt, of subject: String) throws(CNIError) -> Descriptor {
    let copy = fcntl(number, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0 else { throw .io("cannot read \(subject)", errno: errno) }
    return Descriptor(adopting: copy)
}
