import CLinux
import Glibc
import PlumbLinux

/// A pipe whose ends no child inherits unless it is given them.
struct Pipe: ~Copyable {
    let reading: FileDescriptor
    let writing: FileDescriptor

    static func make() throws(SystemError) -> Pipe {
        var ends: [CInt] = [0, 0]
        // Marked by the call that makes them: a child that another thread starts in between would keep them open.
        guard unsafe pipe2(&ends, O_CLOEXEC) == 0 else { throw SystemError("make a pipe") }
        return Pipe(reading: FileDescriptor(adopting: ends[0]), writing: FileDescriptor(adopting: ends[1]))
    }

    /// Keeps one end and closes the other.
    consuming func keepReading() -> FileDescriptor { reading }

    /// Keeps one end and closes the other.
    consuming func keepWriting() -> FileDescriptor { writing }
}
