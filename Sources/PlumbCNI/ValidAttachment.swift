/// An attachment that GC must leave alone (CNI 1.1.0, section 2, `cni.dev/valid-attachments`).
public struct ValidAttachment: Hashable, Sendable, Decodable {
    /// The container's identifier.
    public let containerID: String

    /// The name of the interface inside the container.
    public let interfaceName: String

    enum CodingKeys: String, CodingKey {
        case containerID
        case interfaceName = "ifname"
    }

    /// Makes the pair that names an attachment within its network.
    public init(containerID: String, interfaceName: String) {
        self.containerID = containerID
        self.interfaceName = interfaceName
    }
}
