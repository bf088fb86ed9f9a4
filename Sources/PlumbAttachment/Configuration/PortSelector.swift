import PlumbAddress
package import PlumbCNI
import PlumbFirewall

/// A published port by what it takes of the host, as `plumb unpublish` takes it: `8080/tcp`, `127.0.0.1:53/udp`.
package struct PortSelector: Hashable, Sendable, CustomStringConvertible {
    private let hostAddress: IPAddress?
    private let hostPorts: ClosedRange<UInt16>
    private let transport: TransportProtocol

    /// The text that it was read from.
    package let description: String

    /// Reads `[hostIP:]port[-port][/protocol]`; an IPv6 address stands in square brackets, and tcp is the default.
    ///
    /// - Throws: `CNIError` 7 naming the text.
    package init(_ text: String) throws(CNIError) {
        let names = FieldNames.configuration
        let halves = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(halves.count) else { throw Self.malformed(text) }
        description = text
        transport = try names.transport("port", halves.count == 2 ? String(halves[1]) : nil)
        guard let colon = halves[0].lastIndex(of: ":") else {
            hostAddress = nil
            hostPorts = try Self.ports(halves[0], of: text)
            return
        }
        let address = halves[0][..<colon]
        let isBracketed = address.hasPrefix("[") && address.hasSuffix("]")
        guard
            let parsed = IPAddress(String(isBracketed ? address.dropFirst().dropLast() : address)),
            isBracketed == (parsed.family == .ipv6)
        else { throw Self.malformed(text) }
        hostAddress = parsed
        hostPorts = try Self.ports(halves[0][colon...].dropFirst(), of: text)
    }

    private static func ports(_ text: Substring, of item: String) throws(CNIError) -> ClosedRange<UInt16> {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { end in
            end.allSatisfy(\.isNumber) ? UInt16(end) : nil
        }
        guard
            (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1], first > 0, first <= last
        else { throw malformed(item) }
        return first...last
    }

    private static func malformed(_ text: String) -> CNIError {
        CNIError(
            .invalidConfiguration,
            "port: \"\(text)\" is not [hostIP:]hostPort[-hostPort][/protocol], such as 8080/tcp or 8080-8090",
            details: "Give the port of the host alone, as plumb show lists it left of the arrow."
        )
    }

    /// Parts what an attachment publishes into what is meant by selectors and what stays, cutting ranges where need be.
    ///
    /// - Throws: `CNIError` 7 for a port that is not published, with those that are.
    static func part(_ attachment: Attachment, by selectors: [PortSelector]) throws(CNIError) -> PublishedParts {
        var parts = PublishedParts(meant: [], others: attachment.publishedPorts)
        for selector in selectors {
            let isMeant = { selector.matches($0, of: attachment) }
            let meant = attachment.publishedPorts.filter(isMeant).map { $0.clamped(to: selector.hostPorts) }
            guard selector.hostPorts.allSatisfy({ port in meant.contains { $0.hostPorts.contains(port) } }) else {
                let list = attachment.publishedPorts.map(\.description).joined(separator: ", ")
                throw CNIError(
                    .invalidConfiguration,
                    "port: \"\(selector)\" is not published by \(attachment.key)",
                    details: list.isEmpty ? "It publishes none." : "It publishes \(list)."
                )
            }
            parts.meant += meant.filter { !parts.meant.contains($0) }
            parts.others = parts.others.flatMap { isMeant($0) ? $0.without(selector.hostPorts) : [$0] }
        }
        return parts
    }

    private func matches(_ published: PublishedPort, of attachment: Attachment) -> Bool {
        guard published.transport == transport, published.hostPorts.overlaps(hostPorts) else { return false }
        guard let hostAddress else { return true }
        // A port at every address, of one family alone, is listed as one at 0.0.0.0 or ::.
        let isOfWholeFamily = hostAddress.isUnspecified && attachment.families == [hostAddress.family]
        return published.hostAddress == hostAddress || published.hostAddress == nil && isOfWholeFamily
    }
}

/// What an attachment publishes, in two parts.
struct PublishedParts: Hashable {
    var meant: [PublishedPort]
    var others: [PublishedPort]
}

extension PublishedPort {
    /// The ports whose host's are among others, at least one of which it has.
    fileprivate func clamped(to ports: ClosedRange<UInt16>) -> PublishedPort {
        let part = hostPorts.clamped(to: ports)
        return PublishedPort(
            hostAddress: hostAddress,
            hostPort: part.lowerBound,
            containerPort: containerPort + (part.lowerBound - hostPort),
            count: UInt16(part.count),
            transport: transport
        )
    }

    /// What is left without some of the host's ports: what lies before them, and what lies behind.
    fileprivate func without(_ ports: ClosedRange<UInt16>) -> [PublishedPort] {
        var rest: [PublishedPort] = []
        if hostPorts.lowerBound < ports.lowerBound {
            rest.append(clamped(to: hostPorts.lowerBound...(ports.lowerBound - 1)))
        }
        if ports.upperBound < hostPorts.upperBound {
            rest.append(clamped(to: (ports.upperBound + 1)...hostPorts.upperBound))
        }
        return rest
    }
}
