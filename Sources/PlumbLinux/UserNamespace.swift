import CLinux
import Glibc

/// The user namespace that owns another namespace: capabilities there are what counts inside (`user_namespaces(7)`).
package struct UserNamespace: Hashable, Sendable {
    /// What tells it from others.
    package let identity: NamespaceIdentity

    /// The user who made it, as the caller's user namespace numbers users.
    package let owner: UInt32
}

extension NetworkNamespace {
    /// The user namespace that owns this one. Equivalent to: `lsns --output NS,USERNS` (`ioctl_ns(2)`, NS_GET_USERNS)
    ///
    /// - Throws: `SystemError`, with EPERM when it is none that the caller's own user namespace holds.
    package func owningUserNamespace() throws(SystemError) -> UserNamespace {
        let number = ioctl(descriptor, CLinux_NS_GET_USERNS())
        guard number >= 0 else { throw SystemError("find the user namespace that owns the sandbox") }
        let file = FileDescriptor(adopting: number)
        var status = stat()
        var owner: uid_t = 0
        guard
            unsafe fstat(file.number, &status) == 0,
            unsafe ioctl(file.number, CLinux_NS_GET_OWNER_UID(), &owner) == 0
        else { throw SystemError("look at the user namespace that owns the sandbox") }
        let identity = NamespaceIdentity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
        return UserNamespace(identity: identity, owner: owner)
    }
}
