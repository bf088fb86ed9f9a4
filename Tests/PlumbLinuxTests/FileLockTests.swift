import Glibc
import PlumbLinux
import Testing

@testable import PlumbTestSupport

@Suite struct `A file lock` {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = "\(folder.path)/lock"
    }

    @Test func `may be shared`() throws {
        let one = try FileLock.acquire(path: path, mode: .shared, timeout: .zero)
        let other = try FileLock.acquire(path: path, mode: .shared, timeout: .zero)
        extendLifetime(one)
        extendLifetime(other)
    }

    @Test(arguments: [
        (FileLock.Mode.exclusive, FileLock.Mode.exclusive), (.exclusive, .shared), (.shared, .exclusive),
    ])
    func `keeps others out for the end of its life`(mine: FileLock.Mode, theirs: FileLock.Mode) throws {
        do {
            let mine = try FileLock.acquire(path: path, mode: mine, timeout: .zero)
            defer { extendLifetime(mine) }
            #expect(throws: FileLockError.timedOut(path: path)) {
                _ = try FileLock.acquire(path: path, mode: theirs, timeout: .zero)
            }
        }
        _ = try FileLock.acquire(path: path, mode: theirs, timeout: .zero)
    }

    @Test func `is waited for as long as is said`() throws {
        let mine = try FileLock.acquire(path: path, mode: .exclusive, timeout: .zero)
        defer { extendLifetime(mine) }
        let start = ContinuousClock.now
        #expect(throws: FileLockError.timedOut(path: path)) {
            _ = try FileLock.acquire(path: path, mode: .exclusive, timeout: .milliseconds(120))
        }
        let waited = ContinuousClock.now - start
        #expect(waited >= .milliseconds(120))
        #expect(waited < .seconds(5))
    }

    @Test func `goes with the process that holds it`() throws {
        let script = "exec 9>'\(path)' && flock 9 && echo held && exec cat"
        let lifeline = try Pipe.make()
        let answers = try Pipe.make()
        let holder = try Child(
            ["sh", "-c", script],
            environment: ["PATH": "/usr/bin:/bin"],
            standardInput: lifeline.reading.number,
            standardOutput: answers.writing.number,
            standardError: STDERR_FILENO
        )
        #expect(try answers.reading.readToEnd(limit: 5) == Array("held\n".utf8))
        #expect(throws: FileLockError.timedOut(path: path)) {
            _ = try FileLock.acquire(path: path, mode: .shared, timeout: .milliseconds(10))
        }
        holder.signal(SIGKILL)
        _ = try FileLock.acquire(path: path, mode: .exclusive, timeout: .seconds(20))
    }

    @Test func `makes a file for its owner alone`() throws {
        _ = try FileLock.acquire(path: path, mode: .exclusive, timeout: .zero)
        var status = stat()
        #expect(unsafe stat(path, &status) == 0)
        #expect(status.st_mode & 0o7777 == 0o600)
    }

    @Test func `is not taken through a symbolic link`() throws {
        let target = try folder.write("target", "")
        #expect(unsafe symlink(target, path) == 0)
        #expect(throws: FileLockError.system(SystemError("open \(path)", errno: ELOOP))) {
            _ = try FileLock.acquire(path: path, mode: .shared, timeout: .zero)
        }
    }

    @Test func `says why it can't be had`() throws {
        let missing = "\(folder.path)/missing/lock"
        let error = #expect(throws: FileLockError.self) {
            _ = try FileLock.acquire(path: missing, mode: .shared, timeout: .zero)
        }
        #expect(error?.description == "open \(missing): No such file or directory")
        let late = FileLockError.timedOut(path: "/run/lock")
        #expect(late.description == "another process has kept the lock /run/lock for too long")
    }
}
