import Glibc
import PlumbTestSupport
import Testing

@testable import PlumbLinux

@Suite struct `Looking at a sandbox` {
    @Test func `lists its listeners, and which process has each`() throws {
        let namespace = try Namespace()
        try namespace.require("ip", "link", "set", "lo", "up")
        let program = try Background(
            ["sh", "-c", "busybox httpd -f -p 127.0.0.1:7777 & echo started; wait"],
            in: namespace
        )
        try program.waitForOutput()
        func listeners() throws -> [SocketTable.Listener] { try namespace.enter { try SocketTable.listeners() } }
        #expect(try eventually { try !listeners().isEmpty })
        let listener = try #require(try listeners().first)
        #expect(listener.transport == .tcp && listener.address == [127, 0, 0, 1] && listener.port == 7777)
        let identity = try #require(NamespaceIdentity(path: namespace.path))
        let processes = try NamespaceProcess.all(in: identity)
        #expect(processes.contains { $0.pid == namespace.pid && $0.name == "cat" })
        let holder = try #require(processes.first { $0.sockets.contains(listener.inode) })
        #expect(holder.name == "busybox")
        kill(holder.pid, SIGKILL)
    }

    @Test func `tells the user namespace that owns it`() throws {
        let namespace = try Namespace()
        let owner = try NetworkNamespace.open(namespace.path).owningUserNamespace()
        #expect(owner.identity == NamespaceIdentity(path: "/proc/self/ns/user") && owner.owner == 0)
    }

    @Test func `hears of changes to a directory, also of one that is still to be made`() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/state"
        let watch = try DirectoryWatch.open(path)
        func hears() -> Bool {
            var file = pollfd(fd: watch.descriptor, events: Int16(POLLIN), revents: 0)
            return unsafe poll(&file, 1, 0) == 1
        }
        #expect(!hears())
        #expect(unsafe mkdir(path, 0o700) == 0)
        #expect(hears())
        watch.drain()
        try watch.follow(path)
        #expect(!hears())
        try folder.write("state/file", "text")
        #expect(hears())
        watch.drain()
        // Readers take the lock of a store and leave no other trace.
        _ = try readText("\(path)/file")
        #expect(!hears())
    }

    @Test func `takes signals from a descriptor`() throws {
        let signals = try SignalFile.open([SIGWINCH])
        #expect(signals.take() == [])
        pthread_kill(pthread_self(), SIGWINCH)
        #expect(signals.take() == [SIGWINCH])
    }

    @Test func `tells who holds a lock`() throws {
        let folder = try TemporaryFolder()
        let lock = try FileLock.acquire(path: "\(folder.path)/lock", mode: .exclusive, timeout: .seconds(1))
        #expect(try FileLock.holders(path: "\(folder.path)/lock") == [getpid()])
        extendLifetime(lock)
        #expect(throws: SystemError.self) { try FileLock.holders(path: "\(folder.path)/none") }
    }
}
