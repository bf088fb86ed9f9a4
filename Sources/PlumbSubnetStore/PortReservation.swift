package import PlumbAddress

/// A port of the host that an attachment publishes, or a range of ports that follow each other.
///
/// Two reservations of a transport conflict when they have a port in common and their addresses are the same, or one of
/// them stands for every address of a family that the other has an address in.
package struct PortReservation: Hashable, Sendable {
    /// The transport protocol's name in lower case: `tcp`, `udp` or `sctp`.
    package let transport: String

    /// The host's address; an unspecified one stands for all of its family, nil for all of both families.
    package let hostAddress: IPAddress?

    /// The ports on the host.
    package let hostPorts: ClosedRange<UInt16>

    package init(transport: String, hostAddress: IPAddress?, hostPorts: ClosedRange<UInt16>) {
        self.transport = transport
        self.hostAddress = hostAddress
        self.hostPorts = hostPorts
    }
}

/// A port of the host that an attachment publishes and that the store chooses, or a range of ports that follow each other.
package struct OpenPort: Hashable, Sendable {
    /// The transport protocol's name in lower case: `tcp`, `udp` or `sctp`.
    package let transport: String

    /// The host's address; an unspecified one stands for all of its family, nil for all of both families.
    package let hostAddress: IPAddress?

    /// How many ports follow each other.
    package let count: UInt16

    /// The ports that the store may give.
    package let range: ClosedRange<UInt16>

    /// Ports of the range that it may not give.
    package let exceptions: [ClosedRange<UInt16>]

    /// Whether the search begins behind the port that was chosen last, so that one just given back is not given again at
    /// once; otherwise at the beginning of the range.
    package let goesRound: Bool

    package init(
        transport: String,
        hostAddress: IPAddress?,
        count: UInt16 = 1,
        range: ClosedRange<UInt16>,
        exceptions: [ClosedRange<UInt16>] = [],
        goesRound: Bool = false
    ) {
        self.transport = transport
        self.hostAddress = hostAddress
        self.count = count
        self.range = range
        self.exceptions = exceptions
        self.goesRound = goesRound
    }

    /// The reservation that a choice makes.
    func reservation(from first: UInt16) -> PortReservation {
        PortReservation(transport: transport, hostAddress: hostAddress, hostPorts: first...(first + (count - 1)))
    }

    /// The parts of the range that are left without the exceptions, in their order, as numbers that can't overflow.
    private var parts: [ClosedRange<Int>] {
        var parts: [ClosedRange<Int>] = []
        var next = Int(range.lowerBound)
        for exception in exceptions.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            let end = min(Int(exception.lowerBound) - 1, Int(range.upperBound))
            if next <= end { parts.append(next...end) }
            next = max(next, Int(exception.upperBound) + 1)
        }
        if next <= Int(range.upperBound) { parts.append(next...Int(range.upperBound)) }
        return parts
    }

    /// Where to look, in this order, given the last port of the choice before.
    func searched(after last: UInt16?) -> [ClosedRange<Int>] {
        guard goesRound, let last = last.map(Int.init) else { return parts }
        let rest = parts.compactMap { part in
            part.upperBound > last ? max(part.lowerBound, last + 1)...part.upperBound : nil
        }
        return rest + parts
    }
}

/// A change of the ports that an attachment publishes; those that are neither kept nor added are given back.
package struct PortChange {
    /// The ports that it has and goes on to have.
    package let kept: [PortReservation]

    /// The ports that it gets.
    package let added: [PortReservation]

    /// The ports that it gets and that the store chooses.
    package let open: [OpenPort]

    /// Makes the attachment's record from then on, given the first port of each open one.
    package let record: (_ chosenPorts: [UInt16]) throws -> String

    package init(
        kept: [PortReservation],
        added: [PortReservation],
        open: [OpenPort] = [],
        record: @escaping (_ chosenPorts: [UInt16]) throws -> String
    ) {
        self.kept = kept
        self.added = added
        self.open = open
        self.record = record
    }
}

extension PortReservation: CustomStringConvertible {
    /// The notation of `docker run -p`: `8080/tcp`, `127.0.0.1:53/udp`, `[::1]:53/udp`, `5000-5003/tcp`.
    package var description: String { portText(hostPorts, hostAddress, transport) }
}

extension OpenPort: CustomStringConvertible {
    /// What was asked for, in the notation of `docker run -p`: `32768-60999/tcp`.
    package var description: String { portText(range, hostAddress, transport) }
}

private func portText(_ ports: ClosedRange<UInt16>, _ hostAddress: IPAddress?, _ transport: String) -> String {
    let numbers = ports.count == 1 ? "\(ports.lowerBound)" : "\(ports.lowerBound)-\(ports.upperBound)"
    return switch hostAddress {
    case nil: "\(numbers)/\(transport)"
    case .v4(let address): "\(address):\(numbers)/\(transport)"
    case .v6(let address): "[\(address)]:\(numbers)/\(transport)"
    }
}
