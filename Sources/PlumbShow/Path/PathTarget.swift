package import PlumbAddress
package import PlumbAttachment
package import PlumbFirewall
import PlumbSubnetStore

/// The published port that a path leads to.
package struct PathTarget: Hashable, Sendable {
    package let attachment: Attachment

    /// The published port, or the range of ports, that holds the one in question.
    package let published: PublishedPort

    /// The port of the host in question.
    package let hostPort: UInt16

    /// The address of the container that the port leads to.
    package let address: IPAddress

    /// The port of the container that it leads to.
    package var containerPort: UInt16 { published.containerPort + (hostPort - published.hostPort) }

    package var family: AddressFamily { address.family }
    package var transport: TransportProtocol { published.transport }
    package var container: String { attachment.key.container }

    /// The end of the path as people write it: `10.88.0.2:7777`.
    package var end: String { endpoint(address, containerPort) }
}

/// An address with a port: `10.88.0.2:7777`, `[fd00::2]:7777`.
package func endpoint(_ address: IPAddress, _ port: UInt16) -> String {
    switch address {
    case .v4(let address): "\(address):\(port)"
    case .v6(let address): "[\(address)]:\(port)"
    }
}

extension PathTarget {
    /// Finds who publishes a port.
    ///
    /// - Throws: `PathError` that lists the candidates when nobody does, or more than one.
    static func find(_ question: PathQuestion, among attachments: [Attachment]) throws(PathError) -> PathTarget {
        let wanted = question.port
        let published = attachments.flatMap { attachment in attachment.publishedPorts.map { (attachment, $0) } }
        let candidates = published.filter { _, port in wanted.mayBe(port) }
        let families = question.family.map { [$0] } ?? [.ipv4, .ipv6]
        let answering = candidates.filter { attachment, port in
            families.contains { port.applies(to: $0) && attachment.families.contains($0) }
        }
        let called = answering.filter { question.mayCall($0.1) }
        let nearest = called.isEmpty ? answering : called
        guard Set(nearest.map(\.0.key.container)).count <= 1 else { throw ambiguous(wanted, nearest) }
        for family in families {
            for (attachment, port) in nearest where port.applies(to: family) {
                let addresses = attachment.addresses.map(\.prefix.address)
                guard let address = addresses.first(where: { $0.family == family }) else { continue }
                return PathTarget(attachment: attachment, published: port, hostPort: wanted.number, address: address)
            }
        }
        if let family = question.family, !candidates.isEmpty {
            let others = AddressFamily.allCases.filter { $0 != family }.map(\.name).joined()
            throw PathError(
                "\(wanted) is not published in \(family.name): \(list(candidates)) leads to addresses of \(others) alone",
                advice: "Ask for the path in \(others)."
            )
        }
        throw PathError(
            "no container publishes \(wanted)",
            advice: published.isEmpty ? "No port is published at all." : "Published are: \(list(published))"
        )
    }

    private static func ambiguous(
        _ wanted: PathQuestion.Port,
        _ candidates: [(Attachment, PublishedPort)]
    ) -> PathError {
        let names = candidates.compactMap { _, port in
            port.hostAddress.map { "\(PathQuestion.Port(at: $0, wanted.number, wanted.transport))" }
        }
        return PathError(
            "\(wanted) is published by more than one container: \(list(candidates))",
            advice: "Name the host's address as well: \(names.joined(separator: ", "))"
        )
    }

    private static func list(_ ports: [(Attachment, PublishedPort)]) -> String {
        ports.map { "\($0.1) of \($0.0.key.container)" }.joined(separator: ", ")
    }

    /// Finds the attachment of a container by which it would call, preferably on the network of the target.
    ///
    /// - Throws: `PathError` that lists the candidates.
    func client(named name: String, among attachments: [Attachment]) throws(PathError) -> Attachment {
        let usable = attachments.filter { $0.families.contains(family) }
        let exact = usable.filter { $0.key.container == name }
        let matching = exact.isEmpty && !name.isEmpty ? usable.filter { $0.key.container.hasPrefix(name) } : exact
        let containers = Set(matching.map(\.key.container)).sorted()
        guard containers.count == 1, let first = matching.first else {
            let all = Set(usable.map(\.key.container)).sorted()
            guard !containers.isEmpty || !attachments.contains(where: { $0.key.container == name }) else {
                throw PathError(
                    "--from: \(name) has no address of \(family.name)",
                    advice: "Ask for the path in the other family, or from one of: " + all.joined(separator: ", ")
                )
            }
            throw PathError(
                containers.isEmpty ? "--from: no container is called \"\(name)\"" : "--from: \"\(name)\" is ambiguous",
                advice: "Give lan, host, localhost, an address, or one of: "
                    + (containers.isEmpty ? all : containers).joined(separator: ", ")
            )
        }
        return matching.first { $0.key.network == attachment.key.network } ?? first
    }
}

extension PathQuestion {
    /// Whether the client can call where a port is published: at 127.0.0.1 the host alone does.
    fileprivate func mayCall(_ port: PublishedPort) -> Bool {
        guard self.port.address == nil, let address = port.hostAddress, !address.isUnspecified else { return true }
        return address.isLoopback == client.callsLoopback
    }
}

extension PathQuestion.Port {
    /// Whether a published port is meant, or holds the one that is in its range.
    fileprivate func mayBe(_ port: PublishedPort) -> Bool {
        guard port.transport == transport, port.hostPorts.contains(number) else { return false }
        guard let address, let published = port.hostAddress else { return true }
        return published == address || published.isUnspecified && published.family == address.family
    }
}

extension AddressFamily {
    /// The family's name for people.
    var name: String {
        switch self {
        case .ipv4: "IPv4"
        case .ipv6: "IPv6"
        }
    }
}
