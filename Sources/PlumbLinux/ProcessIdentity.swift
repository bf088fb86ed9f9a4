import Glibc

/// A process of this boot, told from a later one with the same number by its start time.
package struct ProcessIdentity: Hashable, Sendable, Codable {
    /// The process number in the pid namespace of whoever reads it.
    package let pid: Int32

    /// When it started, in clock ticks after boot: field 22 of `/proc/PID/stat` (`proc(5)`).
    package let startTime: UInt64

    package init(pid: Int32, startTime: UInt64) {
        self.pid = pid
        self.startTime = startTime
    }

    /// The calling process.
    ///
    /// - Throws: `SystemError` when `/proc` can't be read.
    package static func current() throws(SystemError) -> ProcessIdentity {
        let fields = try Self.fields(of: "self")
        guard let pid = fields.first.flatMap({ Int32($0) }), let startTime = Self.startTime(in: fields) else {
            throw SystemError("understand /proc/self/stat", errno: EPROTO)
        }
        return ProcessIdentity(pid: pid, startTime: startTime)
    }

    /// Whether the process still runs; a zombie does not, as it will never finish what it began.
    package var isAlive: Bool {
        do throws(SystemError) {
            let fields = try Self.fields(of: String(pid))
            return Self.startTime(in: fields) == startTime && fields.dropFirst(2).first != "Z"
        } catch {
            // Anything but «no such process» leaves it alive: who can't be proved dead must not be robbed.
            return error.errno != ENOENT && error.errno != ESRCH
        }
    }

    /// The fields of `/proc/PID/stat` in order; the second, which may itself hold spaces and brackets, is left empty.
    private static func fields(of process: String) throws(SystemError) -> [Substring] {
        let text = try readText("/proc/\(process)/stat")
        guard let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")") else { return [] }
        let pid = text[..<open].split(separator: " ")
        return pid + [""] + text[text.index(after: close)...].split(separator: " ")
    }

    private static func startTime(in fields: [Substring]) -> UInt64? {
        fields.dropFirst(21).first.flatMap { UInt64($0) }
    }
}
