import CLibnl
import Glibc

/// What the kernel refused, and in its own words where it has any.
package struct NetlinkError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was asked for, as the first words of a sentence: `add route 0.0.0.0/0 via 10.9.9.9 on link 3`.
    package let operation: String

    /// The reason as `errno(3)` has it, from the kernel's acknowledgement and not libnl's coarser code.
    package let errno: CInt

    /// The text of the extended acknowledgement (`NLMSGERR_ATTR_MSG`), such as `Nexthop has invalid gateway`.
    package let kernelMessage: String?

    package init(operation: String, errno: CInt, kernelMessage: String? = nil) {
        self.operation = operation
        self.errno = errno
        self.kernelMessage = kernelMessage
    }

    /// Takes the reason from `errno`, so it has to be made right after the call.
    init(operation: String) {
        self.init(operation: operation, errno: Glibc.errno)
    }

    package var description: String {
        let reason = unsafe strerror(errno).map { unsafe String(cString: $0) } ?? "error \(errno)"
        guard let kernelMessage else { return "\(operation): \(reason)" }
        return "\(operation): \(reason) (\(kernelMessage))"
    }
}
