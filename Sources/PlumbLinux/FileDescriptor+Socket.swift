import Glibc

extension FileDescriptor {
    /// Opens a datagram socket of a family (`AF_INET`, `AF_INET6`); it is closed when another program is executed.
    ///
    /// - Throws: `SystemError` of `socket(2)`.
    package static func datagramSocket(_ family: CInt) throws(SystemError) -> FileDescriptor {
        let number = socket(family, CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw SystemError("open a socket") }
        return FileDescriptor(adopting: number)
    }
}
