package import PlumbAddress

/// A port of the host that an attachment publishes.
///
/// Two reservations of a transport and port conflict when their addresses are the same, or when one of them stands for
/// every address of a family that the other has an address in.
package struct PortReservation: Hashable, Sendable {
    /// The transport protocol's name in lower case: `tcp`, `udp` or `sctp`.
    package let transport: String

    /// The host's address; an unspecified one stands for all of its family, nil for all of both families.
    package let hostAddress: IPAddress?

    /// The port on the host.
    package let hostPort: UInt16

    package init(transport: String, hostAddress: IPAddress?, hostPort: UInt16) {
        self.transport = transport
        self.hostAddress = hostAddress
        self.hostPort = hostPort
    }

    /// The addresses that the rows of the reservation have; nil becomes the unspecified address of each family.
    var addresses: [IPAddress] {
        hostAddress.map { [$0] } ?? AddressFamily.allCases.map { IPAddress($0, number: 0) }
    }
}

extension PortReservation: CustomStringConvertible {
    /// The notation of `docker run -p`: `8080/tcp`, `127.0.0.1:53/udp`, `[::1]:53/udp`.
    package var description: String {
        switch hostAddress {
        case nil: "\(hostPort)/\(transport)"
        case .v4(let address): "\(address):\(hostPort)/\(transport)"
        case .v6(let address): "[\(address)]:\(hostPort)/\(transport)"
        }
    }
}
