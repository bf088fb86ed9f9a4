import CLibnl
import Glibc
import PlumbAddress

/// A request to ctnetlink, freed at the end of its life.
@safe struct ConntrackMessage: ~Copyable {
    let pointer: OpaquePointer

    deinit { unsafe nlmsg_free(pointer) }

    private init(_ kind: cntl_msg_types, flags: CInt, family: AddressFamily) {
        let type = NFNL_SUBSYS_CTNETLINK << 8 | CInt(kind.rawValue)
        var header = nfgenmsg()
        // A removal by filter heeds the family only in messages of version 1.
        header.version = 1
        header.nfgen_family = UInt8(family == .ipv4 ? AF_INET : AF_INET6)
        guard
            let pointer = unsafe nlmsg_alloc_simple(type, flags),
            unsafe nlmsg_append(pointer, &header, MemoryLayout<nfgenmsg>.size, CInt(NLMSG_ALIGNTO)) == 0
        else { preconditionFailure("no memory for a netlink message") }
        unsafe self.pointer = pointer
    }

    /// The request for a list of the connections that a query is about.
    ///
    /// Kernels from 5.8 on filter; others ignore the filter and list all connections of the family.
    static func list(_ query: ConntrackQuery) -> ConntrackMessage {
        let message = ConntrackMessage(IPCTNL_MSG_CT_GET, flags: NLM_F_REQUEST | NLM_F_DUMP, family: query.family)
        message.put(query)
        return message
    }

    /// The request for a list of all connections of a family.
    static func listAll(_ family: AddressFamily) -> ConntrackMessage {
        ConntrackMessage(IPCTNL_MSG_CT_GET, flags: NLM_F_REQUEST | NLM_F_DUMP, family: family)
    }

    /// The request to forget all connections that an exact query is about.
    ///
    /// Kernels that do not filter removals read the tuple as that of one connection and refuse it as incomplete.
    static func deleteAll(_ query: ConntrackQuery) -> ConntrackMessage {
        precondition(query.isExact)
        let message = ConntrackMessage(IPCTNL_MSG_CT_DELETE, flags: NLM_F_REQUEST | NLM_F_ACK, family: query.family)
        message.put(query)
        return message
    }

    private func put(_ query: ConntrackQuery) {
        switch query {
        case .answered(let address):
            let type = address.family == .ipv4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC
            nest(CTA_TUPLE_REPLY.rawValue) {
                nest(CTA_TUPLE_IP.rawValue) { put(type.rawValue, address.bytes) }
            }
            putFilter(original: 0, reply: FilterFlag.source)
        case .published(_, let transport, _):
            let single = query.singlePort
            let host = single?.hostAddress.flatMap { $0.isUnspecified ? nil : $0 }
            var flags = FilterFlag.protocolNumber
            nest(CTA_TUPLE_ORIG.rawValue) {
                if let host {
                    let type = host.family == .ipv4 ? CTA_IP_V4_DST : CTA_IP_V6_DST
                    nest(CTA_TUPLE_IP.rawValue) { put(type.rawValue, host.bytes) }
                    flags |= FilterFlag.destination
                }
                nest(CTA_TUPLE_PROTO.rawValue) {
                    put(CTA_PROTO_NUM.rawValue, [UInt8(transport.number)])
                    if let port = single?.hostPort {
                        put(CTA_PROTO_DST_PORT.rawValue, [UInt8(port >> 8), UInt8(port & 0xFF)])
                        flags |= FilterFlag.destinationPort
                    }
                }
            }
            putFilter(original: flags, reply: 0)
        }
    }

    /// The request to forget a connection.
    static func delete(_ entry: ConntrackEntry) -> ConntrackMessage {
        // Without a tuple the kernel would forget all connections.
        precondition(!entry.identity.isEmpty)
        let family = entry.original.source?.family ?? .ipv4
        let message = ConntrackMessage(IPCTNL_MSG_CT_DELETE, flags: NLM_F_REQUEST | NLM_F_ACK, family: family)
        var identity = entry.identity
        let result = unsafe nlmsg_append(message.pointer, &identity, identity.count, CInt(NLMSG_ALIGNTO))
        precondition(result == 0, "no room in a netlink message")
        return message
    }

    /// The bits that name the compared parts of a tuple in CTA_FILTER (`CTA_FILTER_FLAG_*` of libnetfilter_conntrack).
    private enum FilterFlag {
        static let source: UInt32 = 1 << 0
        static let destination: UInt32 = 1 << 1
        static let protocolNumber: UInt32 = 1 << 3
        static let destinationPort: UInt32 = 1 << 5
    }

    private func putFilter(original: UInt32, reply: UInt32) {
        nest(CTA_FILTER.rawValue) {
            for (type, flags) in [(CTA_FILTER_ORIG_FLAGS, original), (CTA_FILTER_REPLY_FLAGS, reply)] {
                put(UInt32(type.rawValue), unsafe withUnsafeBytes(of: flags) { unsafe Array($0) })
            }
        }
    }

    private func nest(_ type: UInt32, _ content: () -> Void) {
        guard let start = unsafe nla_nest_start(pointer, CInt(type) | CInt(NLA_F_NESTED)) else {
            preconditionFailure("no room in a netlink message")
        }
        content()
        unsafe nla_nest_end(pointer, start)
    }

    private func put(_ type: UInt32, _ bytes: [UInt8]) {
        let result = unsafe nla_put(pointer, CInt(type), CInt(bytes.count), bytes)
        precondition(result == 0, "no room in a netlink message")
    }
}
