import CLibnl
import Glibc
import PlumbAddress

/// What expressions of nftables load of a packet, as bytes of which some may not be known.
extension Packet {
    func meta(_ key: nft_meta_keys, _ context: NftablesContext) -> [PartlyKnownByte] {
        switch key {
        case NFT_META_IIFNAME: return Self.name(input)
        case NFT_META_OIFNAME: return Self.name(output)
        case NFT_META_IIF: return Self.index(input, context)
        case NFT_META_OIF: return Self.index(output, context)
        case NFT_META_NFPROTO: return Self.known([UInt8(family == .ipv4 ? NFPROTO_IPV4 : NFPROTO_IPV6)])
        case NFT_META_L4PROTO: return Self.known([UInt8(truncatingIfNeeded: transport.number)])
        case NFT_META_PROTOCOL: return Self.known(etherType)
        case NFT_META_BRI_IIFNAME, NFT_META_BRI_OIFNAME: return Self.unknown(16)
        default: return Self.unknown(4)
        }
    }

    /// `ETH_P_IP` or `ETH_P_IPV6`.
    private var etherType: [UInt8] { family == .ipv4 ? [0x08, 0x00] : [0x86, 0xDD] }

    /// The name of an interface as the kernel loads it: 16 bytes with zeros at the end.
    private static func name(_ interface: String?) -> [PartlyKnownByte] {
        let bytes = Array((interface ?? "").utf8.prefix(15))
        return known(bytes + Array(repeating: 0, count: 16 - bytes.count))
    }

    private static func index(_ interface: String?, _ context: NftablesContext) -> [PartlyKnownByte] {
        guard let interface else { return number(0) }
        return context.interfaces[interface].map { number($0) } ?? unknown(4)
    }

    /// Bytes of the packet's headers.
    func payload(_ base: nft_payload_bases, offset: Int, length: Int) -> [PartlyKnownByte] {
        let header =
            switch base {
            case NFT_PAYLOAD_LL_HEADER: frameHeader
            case NFT_PAYLOAD_NETWORK_HEADER: networkHeader
            case NFT_PAYLOAD_TRANSPORT_HEADER: transportHeader
            default: [PartlyKnownByte]()
            }
        let bytes = Array(header.dropFirst(offset).prefix(length))
        return bytes + Self.unknown(length - bytes.count)
    }

    /// The Ethernet header of a frame without a VLAN tag: destination, source, type.
    private var frameHeader: [PartlyKnownByte] {
        Self.unknown(6) + (sourceMAC.map { Self.known($0.bytes) } ?? Self.unknown(6)) + Self.known(etherType)
    }

    /// The IP header (RFC 791, RFC 8200), of which protocol and addresses are known.
    private var networkHeader: [PartlyKnownByte] {
        let number = UInt8(truncatingIfNeeded: transport.number)
        let addresses = Self.known(source.bytes) + Self.known(destination.bytes)
        switch family {
        case .ipv4: return Self.unknown(9) + Self.known([number]) + Self.unknown(2) + addresses
        case .ipv6: return Self.unknown(6) + Self.known([number]) + Self.unknown(1) + addresses
        }
    }

    /// The head of TCP, UDP and SCTP: two ports; in TCP the flags are the 14th byte (RFC 9293).
    private var transportHeader: [PartlyKnownByte] {
        let ports = [sourcePort, destinationPort].flatMap { port in
            port.map { Self.known([UInt8($0 >> 8), UInt8($0 & 0xFF)]) } ?? Self.chosenPort
        }
        guard transport == .tcp else { return ports }
        return ports + Self.unknown(9) + Self.known([tcpFlags])
    }

    /// One of `Packet.chosenPorts`, of which no more than the first bit is known.
    private static let chosenPort = [PartlyKnownByte(value: 0x80, known: 0x80), .unknown]

    func connection(_ key: nft_ct_keys, _ direction: UInt8?) -> [PartlyKnownByte] {
        // Frames are tracked elsewhere, if at all.
        guard layer == .network else { return Self.unknown(16) }
        switch key {
        case NFT_CT_STATE:
            // The bits for translations are status bits in nftables.
            return Self.number(UInt32(states.subtracting([.dnat, .snat]).rawValue))
        case NFT_CT_STATUS:
            let translations = IPS_SRC_NAT.rawValue | IPS_DST_NAT.rawValue
            let status =
                (isSourceTranslated ? IPS_SRC_NAT.rawValue : 0)
                | (isDestinationTranslated ? IPS_DST_NAT.rawValue : 0)
            return zip(Self.number(status), Self.number(translations)).map { status, known in
                PartlyKnownByte(value: status.value, known: known.value)
            }
        case NFT_CT_DIRECTION:
            return Self.known([isAnswer ? 1 : 0])
        case NFT_CT_PROTOCOL:
            return Self.known([UInt8(truncatingIfNeeded: transport.number)])
        case NFT_CT_PROTO_DST where direction == 0:
            return Self.known([UInt8(calledPort >> 8), UInt8(calledPort & 0xFF)])
        default:
            return Self.unknown(16)
        }
    }

    /// What the routing tables say of the packet's addresses (`enum nft_fib_flags`).
    func route(_ result: nft_fib_result, flags: UInt32, _ local: Set<IPAddress>) -> [PartlyKnownByte] {
        guard result == NFT_FIB_RESULT_ADDRTYPE else { return Self.unknown(16) }
        let address: IPAddress? =
            switch flags {
            case NFTA_FIB_F_DADDR.rawValue: destination
            case NFTA_FIB_F_SADDR.rawValue: source
            default: nil
            }
        guard let address else { return Self.unknown(4) }
        let isLocal = address.isLoopback || local.contains(address)
        return Self.number(UInt32(isLocal ? RTN_LOCAL : RTN_UNICAST))
    }

    private static func known(_ bytes: [UInt8]) -> [PartlyKnownByte] { bytes.map { PartlyKnownByte(value: $0) } }

    private static func unknown(_ count: Int) -> [PartlyKnownByte] {
        Array(repeating: .unknown, count: max(count, 0))
    }

    /// A number in the order of the machine, as the kernel keeps it in registers.
    private static func number(_ value: UInt32) -> [PartlyKnownByte] {
        known(unsafe withUnsafeBytes(of: value) { unsafe Array($0) })
    }
}
