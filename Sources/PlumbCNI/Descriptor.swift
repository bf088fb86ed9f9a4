import Glibc

/// An open file descriptor with one owner, who closes it.
struct Descriptor: ~Copyable {
    let number: CInt

    /// Takes over a descriptor that nobody else closes.
    init(adopting number: CInt) {
        self.number = number
    }

    deinit {
        // Nothing that was written is buffered in the process, so a failure says nothing that anyone could act on.
        _ = close(number)
    }

    /// Reads what is there, at most 64 KiB; nothing at the end of the file.
    ///
    /// - Returns: nil when nothing is there yet and the descriptor does not wait.
    /// - Throws: `CNIError` with code 5 that names the file by `subject`.
    func read(of subject: String) throws(CNIError) -> [UInt8]? {
        let capacity = 1 << 16
        var count = 0
        var reason: CInt = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, filled in
            repeat {
                count = unsafe Glibc.read(number, buffer.baseAddress, capacity)
                reason = errno
            } while count < 0 && reason == EINTR
            filled = max(count, 0)
        }
        if count >= 0 { return bytes }
        guard reason == EAGAIN else { throw .io("cannot read \(subject)", errno: reason) }
        return nil
    }

    /// Writes as much as fits at once.
    ///
    /// - Returns: How many bytes were written; nil when nobody reads any more.
    /// - Throws: `CNIError` with code 5 that names the file by `subject`.
    func write(_ bytes: ArraySlice<UInt8>, to subject: String) throws(CNIError) -> Int? {
        var count = 0
        var reason: CInt = 0
        repeat {
            count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(number, $0.baseAddress, $0.count) }
            reason = errno
        } while count < 0 && reason == EINTR
        if count >= 0 { return count }
        switch reason {
        case EAGAIN: return 0
        case EPIPE: return nil
        default: throw .io("cannot write to \(subject)", errno: reason)
        }
    }
}

extension CNIError {
    /// The error of a system call that failed.
    static func io(_ operation: String, errno: CInt) -> CNIError {
        CNIError(.ioFailure, "\(operation): \(unsafe String(cString: strerror(errno)))")
    }
}
