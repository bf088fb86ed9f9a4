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

        /// Whether it calls 127.0.0.1 or ::1 unless another address is named.
        var callsLoopback: Bool { self == .localhost || address?.isLoopback == true }
    }

    /// A port of the host as people write it: `8888`, `8888/udp`, `192.0.2.10:8888/tcp`, `[2001:db8::1]:8888`; or as
    /// `plumb show` does: `0.0.0.0:8888`, `[::]:8888`.
    package struct Port: Hashable, Sendable, CustomStringConvertible {
        /// The address that was given, if one was; `0.0.0.0` and `::` tell no more than the family.
        let binding: IPAddress?
        package let number: UInt16
        package let transport: TransportProtocol

        /// The address that tells the port from the same one at another address, if one is given.
        package var address: IPAddress? { binding.flatMap { $0.isUnspecified ? nil : $0 } }

        /// Reads a port; without a protocol it is one of TCP.
        ///
        /// - Throws: `PathError`
        package init(_ text: String) throws(PathError) {
            let halves = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            let transport = halves.count == 2 ? TransportProtocol(rawValue: halves[1].lowercased()) : .tcp
            guard let end = halves.first, let transport else { throw Self.malformed(text) }
            let colon = end.lastIndex(of: ":")
            let number = colon.map { end[end.index(after: $0)...] } ?? end
            guard number.allSatisfy(\.isNumber), let value = UInt16(number), value > 0 else {
                throw Self.malformed(text)
            }
            self.number = value
            self.transport = transport
            guard let colon else {
                binding = nil
                return
            }
            let host = end[..<colon].drop { $0 == "[" }.prefix { $0 != "]" }
            guard let address = IPAddress(String(host)) else { throw Self.malformed(text) }
            binding = address
        }

        init(at binding: IPAddress?, _ number: UInt16, _ transport: TransportProtocol) {
            self.binding = binding
            self.number = number
            self.transport = transport
        }

        private static func malformed(_ text: String) -> PathError {
            PathError("\"\(text)\" is no published port", advice: "Write it like 8888/tcp or 192.0.2.10:53/udp.")
        }

        package var description: String {
            let port = "\(number)/\(transport.rawValue)"
            return switch binding {
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
    /// - Throws: `PathError` when nobody calls from the client's address, or when the addresses and the wish for IPv6
    ///   contradict each other.
    package init(_ port: Port, from client: Client?, isIPv6: Bool = false) throws(PathError) {
        self.port = port
        self.client = client ?? (port.address?.isLoopback == true ? .localhost : .lan)
        if let address = self.client.address, !address.isOfSender {
            throw PathError("--from: no packet comes from \(address)", advice: "Give the address of a host.")
        }
        let addresses = [port.binding, self.client.address].compactMap(\.self)
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

extension IPAddress {
    /// Whether packets may come from the address over a network, or from the host itself.
    fileprivate var isOfSender: Bool {
        // ::ffff:0:0/96 stands for IPv4 within a host alone (RFC 4291 §2.5.5.2).
        let isOtherwiseUsed = family == .ipv4 ? number == 0xFFFF_FFFF : number >> 32 == 0xFFFF
        return !isUnspecified && !isMulticast && !isOtherwiseUsed
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
