import PlumbFirewall
import PlumbSubnetStore

/// The names that people may type, as the records of a store have them.
package struct KnownNames: Sendable {
    package let containers: Set<String>
    package let networks: Set<String>
    package let bridges: Set<String>
    /// The host ends of veth pairs.
    package let hostInterfaces: Set<String>
    /// The published ports: `8888/tcp`.
    package let ports: Set<String>

    /// Reads what can be read of a store; the kernel is not asked.
    package init(stateDirectory: String) {
        let entries = StoreReading(stateDirectory).entries
        let attachments = entries.compactMap(\.attachment)
        containers = Set(entries.map(\.row.key.container))
        networks = Set(entries.map(\.row.key.network))
        bridges = Set(attachments.map(\.bridge.name))
        hostInterfaces = Set(entries.map(\.row.hostInterface))
        ports = Set(attachments.flatMap(\.publishedPorts).map { "\($0.hostPort)/\($0.transport.rawValue)" })
    }
}
