import Glibc
import PlumbLinux

/// Why the firewall is not as it was asked to be.
package struct FirewallError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What a caller may do about it.
    package enum Kind: Hashable, Sendable {
        /// Another program kept the lock until the time was up: try again later.
        case locked
        /// The kernel or this build lacks what the backend needs: somebody has to change the host or the configuration.
        case unavailable
        /// The kernel or a rule of somebody else stands against it.
        case refused
    }

    package let kind: Kind

    /// What was tried, as the first words of a sentence: `commit the iptables table nat`.
    package let operation: String

    /// The kernel's reason as `errno(3)` has it, or 0 when it was not the kernel.
    package let errno: CInt

    /// The reason in words.
    package let reason: String

    /// The way out, as sentences; empty where the reason says all.
    package let advice: String

    package init(_ kind: Kind, _ operation: String, errno: CInt = 0, reason: String, advice: String = "") {
        self.kind = kind
        self.operation = operation
        self.errno = errno
        self.reason = reason
        self.advice = advice
    }

    /// Makes an error of what the operating system said.
    init(_ operation: String, _ error: SystemError) {
        self.init(.refused, operation, errno: error.errno, reason: error.description)
    }

    /// What the caller would need if not to be root; nil where it is no matter of rights.
    ///
    /// The kernel refuses rules with EPERM (`capabilities(7)`). EACCES is about files, the lock of iptables above all, which
    /// belong to root.
    package var missingRight: String? {
        switch errno {
        case EPERM: "CAP_NET_ADMIN"
        case EACCES: "CAP_NET_ADMIN and, for this file, CAP_DAC_OVERRIDE"
        default: nil
        }
    }

    package var description: String { "\(operation): \(reason)" }
}
