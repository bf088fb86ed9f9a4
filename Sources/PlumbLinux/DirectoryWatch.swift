import CLinux
import Glibc

/// Hears of changes to the files of a directory (`inotify(7)`), or of its making, while it does not exist.
package struct DirectoryWatch: ~Copyable {
    private let file: FileDescriptor

    /// Where `poll(2)` reports a change.
    package var descriptor: CInt { file.number }

    /// Watches a directory and the nearest of its parents that exists, so that it is also met when it is made anew.
    ///
    /// - Throws: `SystemError` when the kernel gives no more watches.
    package static func open(_ path: String) throws(SystemError) -> DirectoryWatch {
        let number = inotify_init1(CInt(IN_CLOEXEC) | CInt(IN_NONBLOCK))
        guard number >= 0 else { throw SystemError("watch \(path)") }
        let watch = DirectoryWatch(file: FileDescriptor(adopting: number))
        try watch.follow(path)
        return watch
    }

    /// Watches again what is there now; a watch that is there already is merely confirmed.
    ///
    /// - Throws: `SystemError` when the kernel gives no more watches.
    package func follow(_ path: String) throws(SystemError) {
        if try add(path) { return }
        try follow(parent(of: path))
        // It may have been made before there was anybody to hear of it.
        _ = try add(path)
    }

    /// Watches a directory; false when there is none, or none that can be reached.
    private func add(_ path: String) throws(SystemError) -> Bool {
        let made = UInt32(IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF)
        // A store that is written in place tells so by IN_MODIFY; its lock is opened and closed by readers as well.
        if unsafe inotify_add_watch(file.number, path, made | UInt32(IN_MODIFY)) >= 0 { return true }
        let isOutOfReach = errno == ENOENT || errno == ENOTDIR || errno == EACCES
        guard isOutOfReach, parent(of: path) != path else { throw SystemError("watch \(path)") }
        return false
    }

    private func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Takes the notifications that wait.
    package func drain() {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while unsafe read(file.number, &buffer, buffer.count) > 0 {}
    }
}
