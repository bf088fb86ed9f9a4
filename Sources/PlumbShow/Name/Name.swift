import PlumbAddress
import PlumbFirewall

/// The kinds of names that a person may have at hand.
package enum NameKind: String, CaseIterable, Sendable {
    case container
    case network
    case bridge
    case veth
    case address
    case mac
    case port
    case pid
    case sandbox
}

/// A name as it was typed: `web`, `8888/tcp`, or with its kind in front where others have it too, `network:web`.
struct Name {
    let text: String
    /// The kind that the name has to be of; nil for any.
    let kind: NameKind?

    init(_ typed: String) {
        for kind in NameKind.allCases where typed.hasPrefix("\(kind.rawValue):") {
            text = String(typed.dropFirst(kind.rawValue.count + 1))
            self.kind = kind
            return
        }
        text = typed
        kind = nil
    }

    func mayBe(_ kind: NameKind) -> Bool { self.kind == nil || self.kind == kind }

    /// The name without the index of a pair's other end, which `ip link` prints behind it.
    var linkName: Substring { text.prefix { $0 != "@" } }

    /// The index of the other end, as in `eth0@if7`.
    var peerIndex: Int? {
        let suffix = text.dropFirst(linkName.count)
        return suffix.hasPrefix("@if") ? Int(suffix.dropFirst(3)) : nil
    }

    /// An address, with or without the length of its subnet.
    var address: IPAddress? { IPAddress(text) ?? Prefix(text)?.address }

    var mac: MACAddress? { MACAddress(text) }

    var pid: Int32? { text.allSatisfy(\.isASCIIDigit) ? Int32(text) : nil }

    /// A port of the host: `8888`, `8888/tcp`, `127.0.0.1:8888/tcp`, `[::1]:8888`.
    var port: HostPort? { HostPort(text) }
}

/// A port of the host, as far as it was said.
struct HostPort {
    let address: IPAddress?
    let number: UInt16
    let transport: TransportProtocol?

    init?(_ text: String) {
        var rest = text[...]
        var transport: TransportProtocol?
        if let slash = rest.lastIndex(of: "/") {
            guard let named = TransportProtocol(rawValue: rest[rest.index(after: slash)...].lowercased()) else {
                return nil
            }
            transport = named
            rest = rest[..<slash]
        }
        var address: IPAddress?
        if let colon = rest.lastIndex(of: ":") {
            let host = rest[..<colon]
            let bare = host.hasPrefix("[") && host.hasSuffix("]") ? host.dropFirst().dropLast() : host
            guard let named = IPAddress(String(bare)) else { return nil }
            address = named
            rest = rest[rest.index(after: colon)...]
        }
        guard !rest.isEmpty, rest.allSatisfy(\.isASCIIDigit), let number = UInt16(rest), number > 0 else { return nil }
        self.address = address
        self.number = number
        self.transport = transport
    }

    /// Whether a published port is meant; at an address one that is published at any counts as well.
    func matches(_ port: PublishedPort) -> Bool {
        guard port.hostPorts.contains(number), transport == nil || transport == port.transport else { return false }
        guard let address, let published = port.hostAddress else { return true }
        return published == address || published.isUnspecified && published.family == address.family
    }
}

extension Character {
    /// Whether the character is one of `0` to `9`; `isNumber` takes in those of other scripts.
    var isASCIIDigit: Bool { isASCII && isNumber }
}
