/// What names an attachment: one interface of one container on one network (CNI specification 1.1.0, section 2).
package struct AttachmentKey: Hashable, Sendable, Codable {
    /// The network's name.
    package let network: String

    /// The container's identifier, as the runtime has it.
    package let container: String

    /// The interface's name inside the container, such as `eth0`.
    package let interface: String

    package init(network: String, container: String, interface: String) {
        self.network = network
        self.container = container
        self.interface = interface
    }
}

extension AttachmentKey: Comparable {
    /// Orders by network, then container, then interface.
    package static func < (left: Self, right: Self) -> Bool {
        (left.network, left.container, left.interface) < (right.network, right.container, right.interface)
    }
}

extension AttachmentKey: CustomStringConvertible {
    /// The words that errors name a holder with.
    package var description: String { "\(interface) of container \(container) on network \(network)" }
}
