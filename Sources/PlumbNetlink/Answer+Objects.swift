import CLibnl
import PlumbAddress

extension Answer {
    /// Reads the typed object that libnl-route makes of the message, or nil when it is none that libnl-route knows.
    @unsafe func object<Value>(_ read: (OpaquePointer) -> Value?) -> Value? {
        guard let message = unsafe nlmsg_convert(header) else { return nil }
        defer { unsafe nlmsg_free(message) }
        unsafe nlmsg_set_proto(message, NETLINK_ROUTE)
        var value: Value?
        func visit(_ object: OpaquePointer) { value = unsafe read(object) }
        unsafe withoutActuallyEscaping(visit) { visit in
            var visitor = unsafe Visitor(visit: visit)
            // A callback of C captures nothing, so the visitor travels as its context.
            _ = unsafe withUnsafeMutablePointer(to: &visitor) { visitor in
                unsafe nl_msg_parse(
                    message,
                    { object, context in
                        guard let object = unsafe object, let context = unsafe context else { return }
                        unsafe context.assumingMemoryBound(to: Visitor.self).pointee.visit(object)
                    },
                    visitor
                )
            }
        }
        return value
    }

    /// Reads the route that the message holds, or nil when it holds none.
    @unsafe func route<Value>(_ read: (OpaquePointer) -> Value?) -> Value? {
        var route: OpaquePointer?
        guard unsafe rtnl_route_parse(header, &route) >= 0, let route = unsafe route else { return nil }
        defer { unsafe rtnl_route_put(route) }
        return unsafe read(route)
    }
}

/// What to do with an object, in a form whose address C can carry.
@unsafe private struct Visitor {
    let visit: (OpaquePointer) -> Void
}

/// The bytes of a `struct nl_addr`.
@unsafe func addressBytes(_ address: OpaquePointer?) -> UnsafeRawBufferPointer {
    guard let address = unsafe address else { return unsafe UnsafeRawBufferPointer(start: nil, count: 0) }
    return unsafe UnsafeRawBufferPointer(start: nl_addr_get_binary_addr(address), count: Int(nl_addr_get_len(address)))
}

/// The prefix of a `struct nl_addr`, which for a default route has no bytes; nil for anything but IPv4 and IPv6.
@unsafe func prefix(_ address: OpaquePointer?) -> Prefix? {
    guard let address = unsafe address else { return nil }
    let number = unsafe nl_addr_get_family(address)
    guard let family = AddressFamily.allCases.first(where: { CInt($0.number) == number }) else { return nil }
    let bytes = unsafe addressBytes(address)
    let value = unsafe bytes.isEmpty ? IPAddress(family, number: 0) : IPAddress(bytes: bytes)
    return value.flatMap { Prefix($0, length: unsafe Int(nl_addr_get_prefixlen(address))) }
}
