import Testing

/// A backend of the firewall.
package enum Backend: String, CaseIterable, Sendable {
    case iptables
    case nftables
}

/// How packets get to a container: their transport protocol, and the backend that leads them.
package struct Way: Sendable, CustomTestStringConvertible {
    package let transport: Transport
    package let backend: Backend

    package static let allCases = Backend.allCases.flatMap { backend in
        Transport.allCases.map { Way(transport: $0, backend: backend) }
    }

    package var testDescription: String { "\(transport) by \(backend)" }
}
