import CLibnl
import PlumbAddress

/// A connection that the kernel tracks.
struct ConntrackEntry: Hashable {
    /// The ends of a connection as one direction's packets name them.
    struct Tuple: Hashable {
        var source: IPAddress?
        var destination: IPAddress?
        var protocolNumber: UInt16 = 0
        var sourcePort: UInt16 = 0
        var destinationPort: UInt16 = 0
    }

    let original: Tuple
    let reply: Tuple

    /// The attributes that name the connection in a request, as the kernel wrote them.
    let identity: [UInt8]

    /// Reads a connection from the attributes of a ctnetlink message, or nil when they don't name one.
    init?(_ attributes: ArraySlice<UInt8>) {
        var original: Tuple?
        var reply: Tuple?
        var identity: [UInt8] = []
        for attribute in NetlinkAttributes(attributes) {
            switch UInt32(attribute.type) {
            case CTA_TUPLE_ORIG.rawValue:
                original = Tuple(attribute.payload)
                identity += attribute.bytes
            case CTA_TUPLE_REPLY.rawValue:
                reply = Tuple(attribute.payload)
            case CTA_ZONE.rawValue, CTA_ID.rawValue:
                identity += attribute.bytes
            default:
                break
            }
        }
        guard let original, let reply else { return nil }
        (self.original, self.reply, self.identity) = (original, reply, identity)
    }
}

extension ConntrackEntry.Tuple {
    fileprivate init(_ payload: ArraySlice<UInt8>) {
        for part in NetlinkAttributes(payload) {
            switch UInt32(part.type) {
            case CTA_TUPLE_IP.rawValue: readAddresses(part.payload)
            case CTA_TUPLE_PROTO.rawValue: readPorts(part.payload)
            default: break
            }
        }
    }

    private mutating func readAddresses(_ payload: ArraySlice<UInt8>) {
        for address in NetlinkAttributes(payload) {
            switch UInt32(address.type) {
            case CTA_IP_V4_SRC.rawValue, CTA_IP_V6_SRC.rawValue: source = IPAddress(bytes: address.payload)
            case CTA_IP_V4_DST.rawValue, CTA_IP_V6_DST.rawValue: destination = IPAddress(bytes: address.payload)
            default: break
            }
        }
    }

    private mutating func readPorts(_ payload: ArraySlice<UInt8>) {
        for value in NetlinkAttributes(payload) {
            let number = value.payload.prefix(2).reduce(UInt16(0)) { $0 << 8 | UInt16($1) }
            switch UInt32(value.type) {
            case CTA_PROTO_NUM.rawValue: protocolNumber = UInt16(value.payload.first ?? 0)
            case CTA_PROTO_SRC_PORT.rawValue: sourcePort = number
            case CTA_PROTO_DST_PORT.rawValue: destinationPort = number
            default: break
            }
        }
    }
}
