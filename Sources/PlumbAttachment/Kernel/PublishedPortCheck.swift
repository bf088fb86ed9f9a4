import PlumbAddress
import PlumbCNI
import PlumbFirewall
import PlumbLinux
import PlumbSubnetStore

/// Looks at published ports before anything is changed for them.
struct PublishedPortCheck {
    let network: NetworkSpecification
    let ports: [PortRequest]

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
            // The answer to a packet from ::1 can't be routed back to lo, and IPv6 has no route_localnet.
            if let address = port.hostAddress, address == IPAddress("::1") {
                throw CNIError(
                    .invalidConfiguration,
                    "portMappings: \(field(of: address)) \"\(address)\" can't be used: the kernel forwards nothing from there",
                    details: "Publish at another address of the host, such as 127.0.0.1."
                )
            }
            guard let address = port.hostAddress, !families.contains(address.family) else { continue }
            throw CNIError(
                .invalidConfiguration,
                "portMappings: \(field(of: address)) \"\(address)\" can't be used: the container gets no address of its family",
                details: "Publish at an address of another family, or give network \"\(network.name)\" a subnet of it."
            )
        }
    }

    private func field(of address: IPAddress) -> String {
        address == network.defaultHostAddress ? "defaultHostIP" : "hostIP"
    }

    /// Refuses ports at which a process of the host listens already: its clients would be led astray.
    ///
    /// Podman's monitor of a container keeps the container's ports bound so that nobody else takes them, and runs already
    /// when podman connects another network or sets one up anew. It has the container's id among its arguments.
    func refuseHeldByHost(except container: String) throws {
        let fixed = ports.compactMap(\.fixed)
        var hostPorts = HostPorts(count: fixed.reduce(0) { $0 + Int($1.count) })
        for port in fixed {
            for address in hostAddresses(port.hostAddress) {
                for number in try hostPorts.held(among: port.hostPorts, port.transport, at: address) {
                    try refuse(number, port.transport, at: address, except: container)
                }
            }
        }
    }

    private func refuse(
        _ port: UInt16,
        _ transport: TransportProtocol,
        at address: IPAddress,
        except container: String
    ) throws {
        let holders = try transport.probed.map { try PortHolder.all($0, address: address.bytes, port: port) } ?? []
        if holders.contains(where: { $0.arguments.contains(container) }) { return }
        let names = holders.map { "\($0.name) (process \($0.pid))" }.joined(separator: ", ")
        throw CNIError(
            .portTaken,
            "portMappings: host port \(port)/\(transport.rawValue) is in use by "
                + (names.isEmpty ? "a process of the host" : names),
            details: "Stop the process that listens at \(address) (see ss -lnp), or publish another port."
        )
    }

    /// The last of some ports that a process of the host holds, so that others are chosen.
    func portHeldByHost(_ port: PortReservation) throws -> UInt16? {
        guard let transport = TransportProtocol(rawValue: port.transport) else { return nil }
        var hostPorts = HostPorts(count: port.hostPorts.count)
        return try hostAddresses(port.hostAddress)
            .compactMap { try hostPorts.held(among: port.hostPorts, transport, at: $0).last }
            .max()
    }

    /// The addresses at which a port is published.
    private func hostAddresses(_ address: IPAddress?) -> [IPAddress] {
        address.map { [$0] } ?? network.addressing.families.map { IPAddress($0, number: 0) }
    }
}
