import PlumbAddress
import PlumbFirewall
import PlumbLinux

/// The ports that processes of the host hold with sockets of their own.
struct HostPorts {
    /// Whether the kernel's tables are read, as there are too many ports for a probe of each.
    private let readsTables: Bool
    private var tables: [HostPortProbe.Transport: SocketTable] = [:]

    /// Up to how many ports are cheaper to probe, each with a socket of its own, than to look up in the tables.
    private static let mostProbes = 64

    /// Prepares for questions about a number of ports in all.
    init(count: Int) {
        readsTables = count > Self.mostProbes
    }

    /// Those of some ports that can't be bound at an address, in their order.
    ///
    /// What the tables list is probed all the same, since it need not be in the way.
    mutating func held(
        among ports: ClosedRange<UInt16>,
        _ transport: TransportProtocol,
        at address: IPAddress
    ) throws -> [UInt16] {
        guard let probed = transport.probed else { return [] }
        guard readsTables else { return try ports.filter { try transport.isHeld($0, at: address) } }
        let table = try tables[probed] ?? SocketTable.readHolders(probed)
        tables[probed] = table
        return try table.ports(heldAt: address.bytes).filter(ports.contains).sorted()
            .filter { try transport.isHeld($0, at: address) }
    }
}
