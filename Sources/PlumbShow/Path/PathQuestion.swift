package import PlumbAddress
package import PlumbFirewall

/// What is asked: the way of a packet from somewhere to a published port.
package struct PathQuestion: Hashable, Sendable {
    /// Where the packet comes from.
    package enum Client: Hashable, Sendable {
        /// The neighbour on the network of the host's default route.
        case lan
        /// The host, which calls its own address.
        case host
        /// The host, which calls 127.0.0.1 or ::1.
        case localhost
        /// Whoever has this address: the host itself, a container, or somebody outside.
        case address(IPAddress)
        /// A container, by its id or the beginning of it.
        case container(String)

        /// Reads what stands behind `--from`.
        package init(_ text: String) {
            switch text {
            case "lan": self = .lan
            case "host": self = .host
            case "localhost": self = .localhost
            default: self = IPAddress(text).map { .address($0) } ?? .container(text)
            }
        }

        /// The address, where that is what is known of the client.
        var address: IPAddress? {
            if case .address(let address) = self { address } else { nil }
        }
    }

    /// A port of the host as people write it: `8888`, `8888/udp`, `192.0.2.10:8888/tcp`, `[2001:db8::1]:8888`.
    package struct Port: Hashable, Sendable, CustomStringConvertible {
        /// The address that tells the port from the same one at another address, if one is given.
        package let address: IPAddress?
        package let number: UInt16
        package let transport: TransportProtocol

        /// Reads a port; without a protocol it is one of TCP.
        ///
        /// - Throws: `PathError`
        package init(_ text: String) throws(PathError) {
            let halves = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            let transport = halves.count == 2 ? TransportProtocol(rawValue: String(halves[1])) : .tcp
            guard let binding = halves.first, let transport else { throw Self.malformed(text) }
            let colon = binding.lastIndex(of: ":")
            let number = colon.map { binding[binding.index(after: $0)...] } ?? binding
            guard number.allSatisfy(\.isNumber), let value = UInt16(number), value > 0 else {
                throw Self.malformed(text)
            }
            self.number = value
            self.transport = transport
            guard let colon else {
                address = nil
                return
            }
            let host = binding[..<colon].drop { $0 == "[" }.prefix { $0 != "]" }
            guard let address = IPAddress(String(host)) else { throw Self.malformed(text) }
            self.address = address
        }

        private static func malformed(_ text: String) -> PathError {
            PathError("\"\(text)\" is no published port", advice: "Write it like 8888/tcp or 192.0.2.10:53/udp.")
        }

        package var description: String {
            let port = "\(number)/\(transport.rawValue)"
            return switch address {
            case .v4(let address): "\(address):\(port)"
            case .v6(let address): "[\(address)]:\(port)"
            case nil: port
            }
        }
    }

    package let port: Port
    package let client: Client

    /// Whether the way is that of IPv6 where a port is published in both families.
    package let prefersIPv6: Bool

    package init(_ port: Port, from client: Client, prefersIPv6: Bool = false) {
        self.port = port
        self.client = client
        self.prefersIPv6 = prefersIPv6
    }
}

/// Why a path can't be looked at.
package struct PathError: Error, Hashable, Sendable, CustomStringConvertible {
    package let message: String

    /// The way out.
    package let advice: String

    package init(_ message: String, advice: String) {
        self.message = message
        self.advice = advice
    }

    package var description: String { "\(message)\n\(advice)" }
}
