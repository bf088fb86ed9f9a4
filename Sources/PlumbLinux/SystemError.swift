import Glibc

/// A call that the operating system refused.
package struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was tried, as the first words of a sentence: `open /run/plumb/lock`.
    package let operation: String

    /// The reason as `errno(3)` has it.
    package let errno: CInt

    package init(_ operation: String, errno: CInt) {
        self.operation = operation
        self.errno = errno
    }

    /// Takes the reason from `errno`, so it has to be made right after the call.
    package init(_ operation: String) {
        self.init(operation, errno: Glibc.errno)
    }

    package var description: String { "\(operation): \(errnoText(errno))" }
}

/// The words of `strerror(3)` for an errno.
package func errnoText(_ errno: CInt) -> String {
    guard let text = unsafe strerror(errno) else { return "error \(errno)" }
    return unsafe String(cString: text)
}
