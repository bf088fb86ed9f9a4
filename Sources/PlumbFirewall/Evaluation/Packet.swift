package import PlumbAddress

/// A place on a packet's way at which the kernel asks its firewall (`enum nf_inet_hooks`).
package enum Hook: String, Hashable, Sendable, CaseIterable {
    case prerouting
    case input
    case forward
    case output
    case postrouting
    /// Where an interface has received a frame (`NF_NETDEV_INGRESS`).
    case ingress
    /// Where an interface is about to send a frame (`NF_NETDEV_EGRESS`).
    case egress
}

/// What of the network a hook belongs to.
package enum Layer: Hashable, Sendable {
    /// IP, with its routing.
    case network
    /// Bridges, which pass frames between their ports and to the host.
    case bridge
    /// The interface with this name.
    case interface(String)
}

/// A packet as it stands at a hook, with what connection tracking knows of it.
package struct Packet: Hashable, Sendable {
    package var source: IPAddress
    package var destination: IPAddress
    package var transport: TransportProtocol

    /// Nil for a port that the client's kernel chooses.
    package var sourcePort: UInt16?

    /// Nil in an answer, which goes to the port that the client's kernel has chosen.
    package var destinationPort: UInt16?

    /// The interface that the packet came in by; nil for one that the host sends itself.
    package var input: String?

    /// The interface that the packet goes out by, as far as that is known at the hook.
    package var output: String?

    /// Whether the packet answers another, and so belongs to a connection that is established.
    package var isAnswer: Bool

    /// Whether the connection's destination was translated (`ctstate DNAT`).
    package var isDestinationTranslated: Bool

    /// Whether the connection's source was translated (`ctstate SNAT`).
    package var isSourceTranslated: Bool

    /// The port that the client called.
    package var calledPort: UInt16

    /// The MAC address in the source of the packet's frame, where that is known.
    package var sourceMAC: MACAddress?

    /// What of the network the packet is at.
    package var layer = Layer.network

    /// Makes the first packet of a connection.
    package init(
        from source: IPAddress,
        to destination: IPAddress,
        port: UInt16,
        over transport: TransportProtocol,
        input: String?
    ) {
        self.source = source
        self.destination = destination
        self.transport = transport
        sourcePort = nil
        destinationPort = port
        self.input = input
        output = nil
        isAnswer = false
        isDestinationTranslated = false
        isSourceTranslated = false
        calledPort = port
    }

    /// The answer to this packet, as it comes from where this one went.
    package var answer: Packet {
        var answer = self
        (answer.source, answer.destination) = (destination, source)
        (answer.sourcePort, answer.destinationPort) = (destinationPort, sourcePort)
        (answer.input, answer.output) = (output, nil)
        answer.isAnswer = true
        return answer
    }

    /// What clients choose their ports from: Linux by default 32768 to 60999 (`ip_local_port_range`), others from 49152 on
    /// (RFC 6335, section 6).
    static let chosenPorts: ClosedRange<UInt16> = 32768...65535

    /// The family of both addresses.
    package var family: AddressFamily { destination.family }

    /// What `-m conntrack --ctstate` compares.
    var states: ConnectionStates {
        var states: ConnectionStates = isAnswer ? .established : .new
        if isDestinationTranslated { states.insert(.dnat) }
        if isSourceTranslated { states.insert(.snat) }
        return states
    }

    /// The flags of a handshake's TCP header: SYN, and in the answer ACK as well.
    var tcpFlags: UInt8 { isAnswer ? 0x12 : 0x02 }
}
