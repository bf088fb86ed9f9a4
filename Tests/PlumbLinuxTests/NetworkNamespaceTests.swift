import Glibc
import PlumbLinux
import PlumbTestSupport
import Testing

@Suite struct `A network namespace` {
    @Test func `is what the thread is in`() throws {
        let home = try NetworkNamespace.current()
        #expect(home.identity == NamespaceIdentity(path: "/proc/thread-self/ns/net"))
        #expect(home.descriptor >= 0)
    }

    @Test func `is not a plain file, a folder or a pipe`() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("web", "")
        let pipe = "\(folder.path)/pipe"
        #expect(unsafe mkfifo(pipe, 0o600) == 0)
        for path in [file, folder.path, pipe, "/dev/null", "/proc/self/stat"] {
            #expect(failure(of: path) == .notNamespace(path: path))
        }
    }

    @Test(arguments: ["mnt", "pid", "user", "uts"])
    func `is not a namespace of another kind`(kind: String) {
        let path = "/proc/self/ns/\(kind)"
        #expect(failure(of: path) == .otherKind(path: path))
    }

    @Test func `is not behind a path that leads nowhere`() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("web", "")
        for (path, errno) in [("\(folder.path)/missing", ENOENT), ("\(file)/web", ENOTDIR), ("", ENOENT)] {
            #expect(failure(of: path) == .unreachable(SystemError("open \(path)", errno: errno)))
            #expect(NamespaceIdentity(path: path) == nil)
        }
    }

    @Test func `says what is wrong with a path`() {
        #expect(
            NamespaceError.unreachable(SystemError("open /run/netns/web", errno: ENOENT)).description
                == "open /run/netns/web: No such file or directory"
        )
        #expect(NamespaceError.notNamespace(path: "/etc/passwd").description == "/etc/passwd is not a namespace")
        #expect(
            NamespaceError.otherKind(path: "/proc/1/ns/mnt").description
                == "/proc/1/ns/mnt is a namespace, but not a network namespace"
        )
    }

    @Test func `is entered for a step only`() throws {
        let container = try Namespace()
        let home = try NetworkNamespace.current()
        let inside = try NetworkNamespace.open(container.path)
        #expect(inside.identity != home.identity)
        let identity = try inside.enter(from: home) { try NetworkNamespace.current().identity }
        #expect(identity == inside.identity)
        #expect(try NetworkNamespace.current().identity == home.identity)
    }

    @Test func `is left when the step fails`() throws {
        let container = try Namespace()
        let home = try NetworkNamespace.current()
        let inside = try NetworkNamespace.open(container.path)
        #expect(throws: SystemError("step", errno: EIO)) {
            try inside.enter(from: home) { throw SystemError("step", errno: EIO) }
        }
        #expect(try NetworkNamespace.current().identity == home.identity)
    }

    @Test func `stays as long as it is held open`() throws {
        let container = try Namespace()
        let home = try NetworkNamespace.current()
        let inside = try NetworkNamespace.open(container.path)
        container.close()
        #expect(NamespaceIdentity(path: container.path) == nil)
        #expect(try inside.enter(from: home) { try NetworkNamespace.current().identity } == inside.identity)
    }

    private func failure(of path: String) -> NamespaceError? {
        do throws(NamespaceError) {
            _ = try NetworkNamespace.open(path)
            return nil
        } catch {
            return error
        }
    }
}
