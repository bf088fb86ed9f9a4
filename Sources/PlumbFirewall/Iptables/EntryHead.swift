import CNetfilter
import PlumbAddress

/// What the head of an entry compares, in Swift's terms.
struct EntryHead {
    let source: Match<Prefix>?
    let destination: Match<Prefix>?
    let input: Match<String>?
    let output: Match<String>?
    /// The number of the protocol, or 0 for any.
    let protocolNumber: UInt16

    /// Whether every packet matches.
    var comparesNothing: Bool {
        source == nil && destination == nil && input == nil && output == nil && protocolNumber == 0
    }

    /// Reads a head of IPv4, or nil when it compares what plumb never does, such as fragments.
    init?(_ entry: ipt_entry) {
        let ip = entry.ip
        func address(_ field: in_addr) -> UInt128 { UInt128(UInt32(bigEndian: field.s_addr)) }
        guard ip.flags == 0, ip.invflags & ~Self.knownInverses == 0 else { return nil }
        self.init(
            .ipv4,
            source: (address(ip.src), address(ip.smsk)),
            destination: (address(ip.dst), address(ip.dmsk)),
            input: (Self.text(ip.iniface), Self.length(ip.iniface_mask)),
            output: (Self.text(ip.outiface), Self.length(ip.outiface_mask)),
            protocolNumber: ip.proto,
            inverse: ip.invflags
        )
    }

    /// Reads a head of IPv6, or nil when it compares what plumb never does, such as the traffic class.
    init?(_ entry: ip6t_entry) {
        let ip = entry.ipv6
        func address(_ field: in6_addr) -> UInt128 {
            UInt128(bigEndian: unsafe unsafeBitCast(field, to: UInt128.self))
        }
        let wantsProtocol = ip.proto != 0
        guard
            ip.flags == (wantsProtocol ? UInt8(IP6T_F_PROTO) : 0), ip.invflags & ~Self.knownInverses == 0
        else { return nil }
        self.init(
            .ipv6,
            source: (address(ip.src), address(ip.smsk)),
            destination: (address(ip.dst), address(ip.dmsk)),
            input: (Self.text(ip.iniface), Self.length(ip.iniface_mask)),
            output: (Self.text(ip.outiface), Self.length(ip.outiface_mask)),
            protocolNumber: ip.proto,
            inverse: ip.invflags
        )
    }

    private static let knownInverses =
        Rule.Inverse.input | Rule.Inverse.output | Rule.Inverse.source | Rule.Inverse.destination

    private init?(
        _ family: AddressFamily,
        source: (address: UInt128, mask: UInt128),
        destination: (address: UInt128, mask: UInt128),
        input: (name: String, compared: Int),
        output: (name: String, compared: Int),
        protocolNumber: UInt16,
        inverse: UInt8
    ) {
        func match<Value>(_ value: Value, _ flag: UInt8) -> Match<Value> {
            inverse & flag == 0 ? .equal(value) : .not(value)
        }
        guard
            let sourcePrefix = Self.prefix(family, source),
            let destinationPrefix = Self.prefix(family, destination),
            let inputName = Self.interface(input),
            let outputName = Self.interface(output)
        else { return nil }
        self.source = sourcePrefix.map { match($0, Rule.Inverse.source) }
        self.destination = destinationPrefix.map { match($0, Rule.Inverse.destination) }
        self.input = inputName.map { match($0, Rule.Inverse.input) }
        self.output = outputName.map { match($0, Rule.Inverse.output) }
        self.protocolNumber = protocolNumber
    }

    /// The prefix of an address and a mask: `.some(nil)` if they match anything, nil if the mask has holes.
    private static func prefix(_ family: AddressFamily, _ field: (address: UInt128, mask: UInt128)) -> Prefix?? {
        if field.mask == 0 { return .some(nil) }
        let unused = 128 - family.bitWidth
        let ones = (~(field.mask << UInt128(unused))).leadingZeroBitCount
        guard let prefix = Prefix(IPAddress(family, number: field.address), length: ones) else { return nil }
        let isContiguous = field.mask.nonzeroBitCount == ones
        return isContiguous ? .some(prefix) : nil
    }

    /// The interface of a name and the count of its bytes that are compared: `.some(nil)` if that is none.
    private static func interface(_ field: (name: String, compared: Int)) -> String?? {
        switch field.compared {
        case 0: .some(nil)
        case field.name.utf8.count + 1: field.name
        case field.name.utf8.count - 1 where field.name.utf8.last == UInt8(ascii: "+"): field.name
        default: nil
        }
    }

    private static func text<Field>(_ field: Field) -> String {
        unsafe withUnsafeBytes(of: field) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    private static func length<Field>(_ mask: Field) -> Int {
        unsafe withUnsafeBytes(of: mask) { bytes in
            unsafe bytes.firstIndex { $0 != 0xFF } ?? bytes.count
        }
    }
}
