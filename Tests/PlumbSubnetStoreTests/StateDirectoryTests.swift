import CLinux
import Glibc
import PlumbAddress
import Testing

@testable import PlumbSubnetStore

/// What a step did instead of failing in the way that the test asks for.
private struct Unexpected: Error {
    let outcome: StoreError.Kind?
}

/// Mounts an empty file system of 256 KiB that only the calling thread sees, and that goes with its process.
private func mountSmallFileSystem(_ path: String, kilobytes: Int = 512) throws {
    try #require(unshare(CLONE_NEWNS) == 0)
    try #require(unsafe mount("none", "/", nil, UInt(MS_REC | MS_PRIVATE), nil) == 0)
    try #require(unsafe mount("tmpfs", path, "tmpfs", 0, "size=\(kilobytes)k,mode=0700") == 0)
}

@Suite struct `The state directory` {
    @Test func `is made for its owner only, its parents for all to see`() throws {
        let directory = try TemporaryDirectory.make()
        let path = "\(directory.path)/a/b"
        _ = try openStore(at: "\(path)//")
        #expect(try mode("\(directory.path)/a") == 0o755)
        #expect(try mode(path) == 0o700)
        for name in fileNames(path) { #expect(try mode("\(path)/\(name)") == 0o600, "\(name)") }
    }

    @Test func `is not made for those who only look`() throws {
        let directory = try TemporaryDirectory.make()
        for path in ["\(directory.path)/a", directory.path] {
            if let store = try SubnetStore.open(directory: path, createIfMissing: false) {
                Issue.record("there is a store with \(try store.attachments().count) attachments")
            }
        }
        #expect(directory.names() == [])
    }

    @Test func `may be a symbolic link in none of its forms`() throws {
        let directory = try TemporaryDirectory.make()
        let link = "\(directory.path)/link"
        unsafe symlink(directory.path, link)
        for path in [link, "\(link)/"] {
            let problem = "the state directory \(link) is a symbolic link; name its target instead"
            #expect(refusal(path) == .unusable(problem))
        }
    }

    @Test func `must be a directory`() throws {
        let directory = try TemporaryDirectory.make()
        let file = try directory.write("file", [])
        #expect(refusal(file) == .unusable("the state directory \(file) is not a directory"))
        let problem = "look at \(file)/state: Not a directory"
        #expect(refusal("\(file)/state") == .unusable(problem))
    }

    @Test(arguments: [0o770, 0o702, 0o777] as [mode_t]) func `must not be open to others`(_ mode: mode_t) throws {
        let directory = try TemporaryDirectory.make()
        unsafe chmod(directory.path, mode)
        let text = String(mode, radix: 8)
        let problem = "the state directory \(directory.path) can be written by others (mode 0\(text)); make it 0700"
        #expect(refusal(directory.path) == .unusable(problem))
    }

    @Test(.enabled(if: geteuid() == 0, "only root gives files away")) func `must be the caller's own`() throws {
        let directory = try TemporaryDirectory.make()
        unsafe chown(directory.path, 4711, 0)
        let problem = "the state directory \(directory.path) belongs to uid 4711, but this process runs as uid 0"
        #expect(refusal(directory.path) == .unusable(problem))
    }

    @Test func `holds no link or device in the place of the database`() throws {
        let directory = try TemporaryDirectory.make()
        do { _ = try openStore(directory) }
        let name = try #require(directory.names().first { $0.hasSuffix(".sqlite") })
        let file = "\(directory.path)/\(name)"
        unsafe rename(file, "\(directory.path)/moved")
        unsafe symlink("\(directory.path)/moved", file)
        #expect(refusal(directory.path) == .unusable("the subnet store \(file) is not a plain file"))
        unsafe unlink(file)
        unsafe mkfifo(file, 0o600)
        #expect(refusal(directory.path) == .unusable("the subnet store \(file) is not a plain file"))
    }

    /// Which page of the database is the one too many depends on the size.
    @Test(.enabled(if: geteuid() == 0, "only root mounts file systems"), arguments: [340, 364, 388, 412, 436])
    func `may lie on a file system that fills up`(kilobytes: Int) async throws {
        let directory = try TemporaryDirectory.make()
        await #expect(processExitsWith: .success) { [path = directory.path as String, kilobytes = kilobytes as Int] in
            try mountSmallFileSystem(path, kilobytes: kilobytes)
            let store = try openStore(at: path)
            let sets = [[try subnetRange("10.88.0.0/16")]]
            var number = 0
            var problem: StoreError.Kind?
            while problem == nil {
                problem = failure { try store.attach(key("\(number)"), sets) }
                number += 1
            }
            guard case .unusable(let text) = problem else { throw Unexpected(outcome: problem) }
            #expect(text.hasSuffix("is full"))
            #expect(try store.integrity() == "ok")
            #expect(try store.attachments().count == number - 1)

            for other in 0..<(number - 1) { try store.release([key("\(other)")]) }
            #expect(try store.attachments().isEmpty)
            try store.attach(key("0"), sets)
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root mounts file systems"))
    func `may become read-only and still be looked at`() async throws {
        let directory = try TemporaryDirectory.make()
        await #expect(processExitsWith: .success) { [path = directory.path as String] in
            try mountSmallFileSystem(path)
            do { try openStore(at: path).attach(key("a")) }
            try #require(unsafe mount(nil, path, nil, UInt(MS_REMOUNT | MS_RDONLY), nil) == 0)

            let store = try openStore(at: path)
            #expect(try store.attachments().map(\.key) == [key("a")])
            let problem = failure { try store.attach(key("b")) }
            guard case .unusable(let text) = problem else { throw Unexpected(outcome: problem) }
            #expect(text.hasSuffix("can't be written: attempt to write a readonly database"))
        }
    }

    private func refusal(_ path: String) -> StoreError.Kind? {
        failure { _ = try SubnetStore.open(directory: path) }
    }

    private func mode(_ path: String) throws -> mode_t {
        var status = stat()
        try #require(unsafe lstat(path, &status) == 0)
        return status.st_mode & 0o7777
    }
}
