package import PlumbAddress

/// A run of addresses of a subnet that containers get theirs from: a "range" of host-local's configuration.
package struct SubnetRange: Hashable, Sendable {
    /// The subnet, whose length the interfaces' addresses get.
    package let subnet: Prefix

    /// The addresses that may be given out, the gateway apart.
    package let range: AddressRange

    /// The gateway, which is never given out.
    package let gateway: IPAddress?

    /// Makes a range of a subnet, all of its usable addresses unless `first` and `last` say less.
    ///
    /// Not usable are the network and broadcast addresses of IPv4 (RFC 1122 §3.2.1.3) and the subnet-router anycast
    /// address of IPv6 (RFC 4291 §2.6.1): ends that include them are moved inwards, as host-local takes such ends.
    ///
    /// - Throws: `SubnetRangeError` that names the field of the configuration and its value.
    package init(
        subnet: Prefix,
        first: IPAddress? = nil,
        last: IPAddress? = nil,
        gateway: IPAddress? = nil
    ) throws(SubnetRangeError) {
        guard subnet.isSubnet else {
            throw SubnetRangeError("subnet", subnet, "has bits set beyond its length; \(subnet.subnet) is the subnet")
        }
        // A /31 or /127 has no room for a gateway beside two ends, and host-local refuses it as well.
        guard subnet.length <= subnet.family.bitWidth - 2 else {
            throw SubnetRangeError("subnet", subnet, "is too small; /\(subnet.family.bitWidth - 2) is the smallest")
        }
        let ends = [("rangeStart", first), ("rangeEnd", last), ("gateway", gateway)]
        for case (let field, let address?) in ends where !subnet.contains(address) {
            throw SubnetRangeError(field, address, "is outside the subnet \(subnet)")
        }
        let start = first ?? subnet.firstAddress
        let end = last ?? subnet.lastAddress
        guard start <= end else {
            throw SubnetRangeError("rangeStart", start, "is above rangeEnd \(end)")
        }
        guard
            let lowest = subnet.firstAddress.advanced(by: 1),
            let highest = subnet.lastAddress.advanced(by: subnet.family == .ipv4 ? -1 : 0),
            let range = AddressRange(max(start, lowest), min(end, highest))
        else {
            throw SubnetRangeError("rangeStart", start, "leaves no usable address up to rangeEnd \(end)")
        }
        self.subnet = subnet
        self.range = range
        self.gateway = gateway
    }
}

extension SubnetRange: TextCodable {
    /// Reads what `description` writes.
    package init?(_ description: String) {
        let fields = description.split(separator: " ", omittingEmptySubsequences: false)
        guard (2...3).contains(fields.count), let subnet = Prefix(String(fields[0])) else { return nil }
        let ends = fields[1].split(separator: "-", omittingEmptySubsequences: false).map { IPAddress(String($0)) }
        let gateway = fields.count == 3 ? IPAddress(String(fields[2])) : nil
        guard ends.count == 2, let first = ends[0], let last = ends[1], (gateway == nil) == (fields.count == 2) else {
            return nil
        }
        do throws(SubnetRangeError) {
            try self.init(subnet: subnet, first: first, last: last, gateway: gateway)
        } catch {
            return nil
        }
    }

    /// The subnet, the addresses and the gateway, if there is one: `10.88.0.0/16 10.88.0.1-10.88.255.254 10.88.0.1`.
    ///
    /// The store compares definitions by this text, so equal ranges always have equal texts.
    package var description: String {
        "\(subnet) \(range)" + (gateway.map { " \($0)" } ?? "")
    }
}
