import Glibc

/// A kernel parameter of the network namespace that the thread is in, named by its path below `/proc/sys`.
package struct Sysctl: Hashable, Sendable, CustomStringConvertible {
    /// The path below `/proc/sys`, such as `net/ipv4/ip_forward`.
    package let name: String

    package init(_ name: String) {
        self.name = name
    }

    private var path: String { "/proc/sys/\(name)" }

    package var description: String { name.split(separator: "/").joined(separator: ".") }

    /// The value, without the line's end; nil when the kernel has no such parameter.
    ///
    /// - Throws: `SystemError` for any reason but the parameter's absence. Equivalent to: `sysctl -n NAME`
    package func read() throws(SystemError) -> String? {
        do throws(SystemError) {
            return try readText(path)
        } catch {
            guard error.errno == ENOENT else { throw error }
            return nil
        }
    }

    /// Writes the value if it is another one now: some parameters cost the kernel a walk over all interfaces.
    ///
    /// - Returns: Whether it had to be written.
    /// - Throws: `SystemError`, also when the kernel has no such parameter. Equivalent to: `sysctl -w NAME=VALUE`
    @discardableResult
    package func ensure(_ value: String) throws(SystemError) -> Bool {
        guard try read() != value else { return false }
        try write(value)
        return true
    }

    /// Writes the value.
    ///
    /// - Throws: `SystemError`, also when the kernel has no such parameter. Equivalent to: `sysctl -w NAME=VALUE`
    package func write(_ value: String) throws(SystemError) {
        let file = try FileDescriptor.open(path, O_WRONLY)
        do throws(SystemError) {
            try file.writeAll(Array(value.utf8))
        } catch {
            throw SystemError("write \(value) to the sysctl \(self)", errno: error.errno)
        }
    }
}
