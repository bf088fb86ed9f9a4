import PlumbAddress

/// A condition of a rule, which may be turned round with `!`.
enum Match<Value: Hashable & Sendable>: Hashable, Sendable {
    case equal(Value)
    case not(Value)

    var value: Value {
        switch self {
        case .equal(let value), .not(let value): value
        }
    }

    var isNegated: Bool {
        switch self {
        case .equal: false
        case .not: true
        }
    }
}

/// The connection states that `xt_conntrack` compares, with the numbers of `linux/netfilter/xt_conntrack.h`.
struct ConnectionStates: OptionSet, Hashable, Sendable {
    let rawValue: UInt16

    /// `XT_CONNTRACK_STATE_BIT(ctinfo)` is `1 << (ctinfo % IP_CT_IS_REPLY + 1)`.
    static let established = Self(rawValue: 1 << 1)
    static let related = Self(rawValue: 1 << 2)
    static let new = Self(rawValue: 1 << 3)
    /// A virtual state: the source was translated (`XT_CONNTRACK_STATE_SNAT`).
    static let snat = Self(rawValue: 1 << 6)
    /// A virtual state: the destination was translated (`XT_CONNTRACK_STATE_DNAT`).
    static let dnat = Self(rawValue: 1 << 7)

    /// The names in the order in which `iptables -S` prints them.
    static let names: [(state: Self, name: String)] = [
        (.related, "RELATED"), (.established, "ESTABLISHED"), (.dnat, "DNAT"),
    ]
}

/// Which of a packet's addresses have to be the host's own (`-m addrtype` with the type LOCAL).
struct LocalAddresses: OptionSet, Hashable, Sendable {
    let rawValue: UInt8

    static let source = Self(rawValue: 1)
    static let destination = Self(rawValue: 2)
}

/// A rule of an iptables chain: the packets that it is for, and what becomes of them.
///
/// The vocabulary is what plumb's own rules need. Two rules are the same if they do the same and carry the same comment,
/// so a rule is found again in the kernel by its value.
struct Rule: Hashable, Sendable {
    enum Target: Hashable, Sendable {
        case accept
        case drop
        case `return`
        case jump(String)
        /// Takes the address of the interface that the packet leaves by, and a source port that is fully random if that is
        /// wanted, instead of the connection's own where that is free.
        case masquerade(randomPort: Bool)
        case dnat(IPAddress, Translation)
        /// Computes the checksum of a packet that was to get it from the network card.
        case fillChecksum
    }

    /// What DNAT makes of the destination port.
    enum Translation: Hashable, Sendable {
        /// It stays as it is.
        case same
        case port(UInt16)
        /// A range is moved as a whole: `from` becomes the first of the ports, the next one the second, and so on.
        case moved(from: UInt16, to: ClosedRange<UInt16>)
    }

    var source: Match<Prefix>?
    var destination: Match<Prefix>?
    /// The interface that the packet came in by; a name that ends in `+` stands for all that begin so.
    var input: Match<String>?
    /// The interface that the packet goes out by.
    var output: Match<String>?
    var transport: TransportProtocol?
    /// Only with a transport.
    var sourcePorts: ClosedRange<UInt16>?
    /// Only with a transport.
    var destinationPorts: ClosedRange<UInt16>?
    var local: LocalAddresses = []
    /// Any of these; empty if the state does not matter.
    var states: ConnectionStates = []
    var comment: String?
    var target: Target
}
