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

    /// The family that the port's or the client's address decides, or a wish for IPv6; nil where either will do.
    let family: AddressFamily?

    /// Asks for the way of a client, who is one of the LAN where none is named, or the host itself for its 127.0.0.1.
    ///
    /// - Throws: `PathError` when the addresses and the wish for IPv6 contradict each other.
    package init(_ port: Port, from client: Client?, isIPv6: Bool = false) throws(PathError) {
        self.port = port
        self.client = client ?? (port.address?.isLoopback == true ? .localhost : .lan)
        let addresses = [port.address, self.client.address].compactMap(\.self)
        let families = Set(addresses.map(\.family) + (isIPv6 ? [.ipv6] : []))
        guard families.count <= 1 else {
            let words = addresses.map { "\($0)" } + (isIPv6 ? ["--ipv6"] : [])
            throw PathError(
                "\(words.joined(separator: " and ")) are not of one family",
                advice: "A packet keeps its family: name addresses of either IPv4 or IPv6, the latter with --ipv6."
            )
        }
        family = families.first
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
