import Glibc
import PlumbLinux
import Testing

@testable import PlumbTestSupport

@Suite struct `A process` {
    @Test func `that asks is alive`() throws {
        let process = try ProcessIdentity.current()
        #expect(process.pid == getpid())
        #expect(process.isAlive)
        #expect(try ProcessIdentity.current() == process)
    }

    @Test func `of the same number that started at another time is dead`() throws {
        let process = try ProcessIdentity.current()
        #expect(!ProcessIdentity(pid: process.pid, startTime: process.startTime + 1).isAlive)
    }

    @Test func `may have a name like the fields after it`() throws {
        let process = try ProcessIdentity.current()
        let name = try readText("/proc/self/comm")
        try write(") Z 1 2 (3 4", to: "/proc/self/comm")
        let disguised = Result { try ProcessIdentity.current() }
        let isAlive = process.isAlive
        try write(name, to: "/proc/self/comm")
        #expect(try disguised.get() == process)
        #expect(isAlive)
    }

    @Test func `is dead as a zombie, and when it is gone`() throws {
        let pipe = try Pipe.make()
        let null = try FileDescriptor.open("/dev/null", O_WRONLY)
        let child = try Child(
            ["cat"],
            environment: [:],
            standardInput: pipe.reading.number,
            standardOutput: null.number,
            standardError: null.number
        )
        let stat = try readText("/proc/\(child.pid)/stat").split(separator: " ")
        let process = ProcessIdentity(pid: child.pid, startTime: try #require(UInt64(stat[21])))
        #expect(process.isAlive)

        child.signal(SIGKILL)
        // WNOWAIT leaves the zombie where it is.
        #expect(waitid(P_PID, id_t(child.pid), nil, WEXITED | WNOWAIT) == 0)
        #expect(try readText("/proc/\(child.pid)/stat").contains(") Z "))
        #expect(!process.isAlive)

        child.end()
        #expect(!process.isAlive)
    }

    private func write(_ text: String, to path: String) throws {
        try FileDescriptor.open(path, O_WRONLY).writeAll(Array(text.utf8))
    }
}
