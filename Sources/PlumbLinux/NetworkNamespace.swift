import CLinux
import Glibc

/// What tells one network namespace from another: its inode in the kernel's nsfs (`namespaces(7)`).
package struct NamespaceIdentity: Hashable, Sendable, Codable {
    /// The device number of nsfs.
    package let device: UInt64

    /// The inode number, which the kernel may give to a new namespace after the old one is gone.
    package let inode: UInt64

    package init(device: UInt64, inode: UInt64) {
        self.device = device
        self.inode = inode
    }

    /// Reads the identity behind a path, or nil when nothing is there or it can't be reached.
    ///
    /// For proofs of death only: a path that can't be resolved proves as much as one that does not exist, since the
    /// veth pair is asked as a second witness.
    package init?(path: String) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        self.init(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    }
}

/// Why a path does not lead to a usable network namespace.
package enum NamespaceError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The path can't be opened; its errno tells whether it is missing.
    case unreachable(SystemError)
    /// The path names something else, such as a plain file.
    case notNamespace(path: String)
    /// The path names a namespace of another kind, such as a mount namespace.
    case otherKind(path: String)

    package var description: String {
        switch self {
        case .unreachable(let error): error.description
        case .notNamespace(let path): "\(path) is not a namespace"
        case .otherKind(let path): "\(path) is a namespace, but not a network namespace"
        }
    }
}

/// A network namespace held open, so that it stays even if its last process ends.
package struct NetworkNamespace: ~Copyable {
    private let file: FileDescriptor

    /// What tells the namespace from others.
    package let identity: NamespaceIdentity

    private init(_ file: consuming FileDescriptor, _ identity: NamespaceIdentity) {
        self.file = file
        self.identity = identity
    }

    /// The descriptor that the kernel knows the namespace by in requests, such as `IFLA_NET_NS_FD`.
    package var descriptor: CInt { file.number }

    /// Opens the namespace behind a path such as `/run/netns/web` or `/proc/4711/ns/net`.
    ///
    /// - Throws: `NamespaceError` when the path leads nowhere or to something else.
    package static func open(_ path: String) throws(NamespaceError) -> NetworkNamespace {
        let file = try reach(path)
        var status = stat()
        var system = statfs()
        guard
            unsafe fstat(file.number, &status) == 0,
            unsafe fstatfs(file.number, &system) == 0, system.f_type == NSFS_MAGIC
        else {
            throw .notNamespace(path: path)
        }
        guard ioctl(file.number, CLinux_NS_GET_NSTYPE()) == CLONE_NEWNET else {
            throw .otherKind(path: path)
        }
        let identity = NamespaceIdentity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
        return NetworkNamespace(file, identity)
    }

    private static func reach(_ path: String) throws(NamespaceError) -> FileDescriptor {
        do throws(SystemError) {
            // O_NONBLOCK, so that a FIFO in the place of a namespace does not block the process for ever.
            return try FileDescriptor.open(path, O_RDONLY | O_NONBLOCK)
        } catch {
            throw .unreachable(error)
        }
    }

    /// Opens the namespace that the calling thread is in.
    package static func current() throws(NamespaceError) -> NetworkNamespace {
        try open("/proc/thread-self/ns/net")
    }

    /// Runs a step inside the namespace and comes back to `home`.
    ///
    /// Only the calling thread moves. Sockets opened inside stay inside; files under `/proc/sys/net` belong to the
    /// namespace that the thread is in when it opens them.
    ///
    /// - Throws: `SystemError` of `setns(2)`, or what the step throws. A thread that can't come back is of no use to
    ///   anybody, so that traps.
    package func enter<Result: ~Copyable>(
        from home: borrowing NetworkNamespace,
        _ step: () throws -> Result
    ) throws -> Result {
        guard setns(file.number, CLONE_NEWNET) == 0 else { throw SystemError("enter the network namespace") }
        defer { home.comeBack() }
        return try step()
    }

    /// Moves the thread here; short of memory for a moment, the kernel may refuse once.
    private func comeBack() {
        for _ in 0..<10 where setns(file.number, CLONE_NEWNET) == 0 { return }
        preconditionFailure("the thread can't leave the sandbox: \(errnoText(errno))")
    }
}
