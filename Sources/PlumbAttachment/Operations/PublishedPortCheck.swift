import PlumbAddress
import PlumbCNI
import PlumbFirewall
import PlumbLinux

/// Looks at published ports before anything is changed for them.
struct PublishedPortCheck {
    let network: NetworkSpecification
    let ports: [PublishedPort]

    /// Refuses ports of a network that nobody outside may reach, rather than to leave them out without a word.
    func refuseInternal() throws(CNIError) {
        guard network.isInternal, let port = ports.first else { return }
        throw CNIError(
            .invalidConfiguration,
            "portMappings: \(port) can't be published on network \"\(network.name)\", which is internal",
            details: "Publish it on another network of the container, or take \"internal\" out of the configuration."
        )
    }

    /// Refuses ports that no packet could be sent on from, as the container has no address of the family.
    func refuseUnreachable() throws(CNIError) {
        guard let port = ports.first else { return }
        if case .delegated = network.addressing { return }
        let families = network.addressing.families
        guard !families.isEmpty else {
            throw CNIError(
                .invalidConfiguration,
                "portMappings: \(port) can't be published on network \"\(network.name)\", which gives no addresses",
                details: "Give the network an ipam block."
            )
        }
        for port in ports {
            guard let address = port.hostAddress, !families.contains(address.family) else { continue }
            throw CNIError(
                .invalidConfiguration,
                "portMappings: hostIP \"\(address)\" can't be used: the container gets no address of its family",
                details: "Publish at an address of another family, or give network \"\(network.name)\" a subnet of it."
            )
        }
    }

    /// Refuses ports at which a process of the host listens already: its clients would be led astray.
    ///
    /// Podman's monitor of a container keeps the container's ports bound so that nobody else takes them, and runs already
    /// when podman connects another network or sets one up anew. It has the container's id among its arguments.
    func refuseHeldByHost(except container: String) throws {
        let families = network.addressing.families
        for port in ports {
            for address in port.hostAddresses(of: families) where try Self.isHeld(port, at: address) {
                let holders = try Self.holders(of: port, at: address)
                if holders.contains(where: { $0.arguments.contains(container) }) { continue }
                let names = holders.map { "\($0.name) (process \($0.pid))" }.joined(separator: ", ")
                throw CNIError(
                    .portTaken,
                    "portMappings: host port \(port.hostPort)/\(port.transport.rawValue) is in use by "
                        + (names.isEmpty ? "a process of the host" : names),
                    details: "Stop the process that listens at \(address) (see ss -lnp), or publish another port."
                )
            }
        }
    }

    private static func isHeld(_ port: PublishedPort, at address: IPAddress) throws -> Bool {
        guard let transport = port.transport.probed else { return false }
        switch address {
        case .v4(let address): return try HostPortProbe.isHeld(transport, ipv4: address.rawValue, port: port.hostPort)
        case .v6: return try HostPortProbe.isHeld(transport, ipv6: address.bytes, port: port.hostPort)
        }
    }

    private static func holders(of port: PublishedPort, at address: IPAddress) throws -> [PortHolder] {
        guard let transport = port.transport.probed else { return [] }
        return try PortHolder.all(transport, address: address.bytes, port: port.hostPort)
    }
}

extension TransportProtocol {
    /// The sockets that can hold a port of the transport; nil for SCTP, which nobody listens with where the kernel lacks it.
    fileprivate var probed: HostPortProbe.Transport? {
        switch self {
        case .tcp: .tcp
        case .udp: .udp
        case .sctp: nil
        }
    }
}

extension PublishedPort {
    /// The addresses at which the port is published, given the families of the container.
    fileprivate func hostAddresses(of families: [AddressFamily]) -> [IPAddress] {
        if let hostAddress { return [hostAddress] }
        return families.map { IPAddress($0, number: 0) }
    }
}
