import Glibc
import PlumbTestSupport

/// A folder that files can be mounted in, in a mount namespace of its own, as a runtime has `/run/netns`.
final class MountedFolder {
    private let folder: TemporaryFolder
    private let holder: Background

    init() throws {
        folder = try TemporaryFolder()
        // The shell says when it is inside, and ends with this process, which holds its input.
        holder = try Background(["unshare", "--mount", "--propagation", "private", "sh", "-c", "echo ready; exec cat"])
        try holder.waitForOutput()
    }

    private var entering: [String] { ["nsenter", "--mount=/proc/\(holder.pid)/ns/mnt"] }

    /// Mounts a file under a name, and returns its path.
    func bind(_ source: String, _ name: String) throws -> String {
        let path = "\(folder.path)/\(name)"
        try run(["touch", path])
        try run(["mount", "--bind", source, path])
        return path
    }

    /// Mounts an empty file system in memory under a name, and returns its path.
    func mountFileSystem(_ name: String, options: String) throws -> String {
        let path = "\(folder.path)/\(name)"
        try run(["mkdir", path])
        try run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", path])
        return path
    }

    func unmount(_ name: String) throws {
        try run(["umount", "\(folder.path)/\(name)"])
    }

    /// Mounts a file over another one of the machine, for those inside only.
    func cover(_ target: String, with source: String) throws {
        try run(["mount", "--bind", source, target])
    }

    /// Runs a program inside that has to succeed.
    func run(_ arguments: [String]) throws {
        let result = try Command(entering + arguments).run()
        guard result.succeeded else {
            throw TestFailure("\(arguments.joined(separator: " ")): \(result.status) \(result.errors)")
        }
    }

    /// Runs plumb inside, in the network namespace of a host.
    func plumb(_ call: PlumbCall, on host: TestHost) throws -> PlumbReply {
        try host.plumb(call, under: entering)
    }
}
