/// Who is to be attached where: the part of a request that is about one container.
package struct AttachmentRequest: Sendable {
    /// The container, as the runtime names it (`CNI_CONTAINERID`).
    package let containerID: String

    /// The name of the interface in the container (`CNI_IFNAME`).
    package let interfaceName: String

    /// The path of the container's network namespace (`CNI_NETNS`).
    package let sandboxPath: String

    /// What is asked for this container.
    package let values: RuntimeValues

    /// Whether the sandbox may be the host's own namespace (`CNI_NETNS_OVERRIDE`).
    package let allowsHostNamespace: Bool

    package init(
        containerID: String,
        interfaceName: String,
        sandboxPath: String,
        values: RuntimeValues,
        allowsHostNamespace: Bool = false
    ) {
        self.containerID = containerID
        self.interfaceName = interfaceName
        self.sandboxPath = sandboxPath
        self.values = values
        self.allowsHostNamespace = allowsHostNamespace
    }
}
