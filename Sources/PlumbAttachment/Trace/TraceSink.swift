import Glibc
import PlumbCNI
import PlumbLinux

/// Where a trace is written: never to standard output, which belongs to the answer.
enum TraceSink: Equatable {
    /// A descriptor that the caller has left open.
    case descriptor(CInt)
    /// A file, at whose end traces of many calls come to stand.
    case file(String)

    /// Reads the value of `PLUMB_TRACE` as git reads that of `GIT_TRACE`; nil when it says that there is no trace.
    ///
    /// - Throws: `CNIError` 7 for anything else.
    init?(_ text: String) throws(CNIError) {
        switch text {
        case "", "0", "false": return nil
        case "1", "2", "true": self = .descriptor(STDERR_FILENO)
        case _ where text.hasPrefix("/"): self = .file(text)
        default:
            guard let number = CInt(text), (3...9).contains(number) else {
                let reason = "is neither 1 for standard error, nor an open descriptor from 3 to 9, nor an absolute path"
                throw FieldNames.configuration.invalid("PLUMB_TRACE", text, reason)
            }
            self = .descriptor(number)
        }
    }

    /// Writes a text in one piece; a trace that can't be written is told on standard error and is no failure of the call.
    func write(_ text: String) {
        do throws(SystemError) {
            switch self {
            case .descriptor(let number):
                guard fcntl(number, F_GETFD) >= 0 else { throw SystemError("write to descriptor \(number)") }
                try Self.write(text, to: number)
            case .file(let path):
                let file = try FileDescriptor.open(path, O_WRONLY | O_APPEND | O_CREAT, mode: 0o600)
                try Self.write(text, to: file.number)
            }
        } catch {
            let complaint = Array("plumb: PLUMB_TRACE: \(error)\n".utf8)
            // Nobody is left to tell if this fails too.
            _ = unsafe Glibc.write(STDERR_FILENO, complaint, complaint.count)
        }
    }

    private static func write(_ text: String, to number: CInt) throws(SystemError) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(number, $0.baseAddress, $0.count) }
            guard count >= 0 || errno == EINTR else { throw SystemError("write to descriptor \(number)") }
            rest = rest.dropFirst(max(0, count))
        }
    }
}
