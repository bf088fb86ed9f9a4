import PlumbAddress
import PlumbCNI
import PlumbSubnetStore

extension NetworkSpecification {
    /// Decides where addresses come from, and checks the ranges.
    static func addressing(
        _ settings: AddressSettings?,
        request: RuntimeValues,
        names: FieldNames
    ) throws(CNIError) -> Addressing {
        guard let settings else {
            guard request.addresses.isEmpty else {
                throw names.invalid("ips", list(request.addresses), "can't be given on a network without ipam")
            }
            return .none
        }
        if let type = settings.type, !type.isEmpty, type != "plumb" { return .delegated(type: type) }

        if let addresses = settings.addresses, !addresses.isEmpty {
            let fixed = try fixedAddresses(addresses, names: names)
            // As with the plugin static, what is asked for replaces what is configured.
            return .fixed(request.addresses.isEmpty ? fixed : try requestedAddresses(request.addresses, fixed, names))
        }
        let sets = try rangeSets(settings, request: request, names: names)
        if sets.isEmpty, !request.addresses.isEmpty {
            return .fixed(try requestedAddresses(request.addresses, [], names))
        }
        guard !sets.isEmpty else {
            throw CNIError(
                .invalidConfiguration,
                "\(names["ipam.ranges"]): no address ranges given",
                details: "Give ipam a \"subnet\", \"ranges\" or \"addresses\"; leave ipam out for layer 2 only."
            )
        }
        do throws(SubnetRangeError) {
            try validateRangeSets(sets)
        } catch {
            throw names.invalid("ipam.ranges", error.value, error.reason)
        }
        return .ranges(sets)
    }

    /// The range sets in order: those of the runtime, the old single-range form, then `ranges`.
    private static func rangeSets(
        _ settings: AddressSettings,
        request: RuntimeValues,
        names: FieldNames
    ) throws(CNIError) -> [RangeSet] {
        var sets: [RangeSet] = []
        func append(_ ranges: [RangeSettings], path: String) throws(CNIError) {
            sets.append(
                try ranges.enumerated().map { index, range throws(CNIError) in
                    try Self.range(range, path: "\(path)[\(index)].", names: names)
                }
            )
        }
        for (index, ranges) in request.ranges.enumerated() {
            try append(ranges, path: "runtimeConfig.ipRanges[\(index)]")
        }
        if settings.subnet != nil {
            let single = RangeSettings(
                subnet: settings.subnet,
                rangeStart: settings.rangeStart,
                rangeEnd: settings.rangeEnd,
                gateway: settings.gateway
            )
            sets.append([try Self.range(single, path: "ipam.", names: names)])
        }
        for (index, ranges) in (settings.ranges ?? []).enumerated() {
            try append(ranges, path: "ipam.ranges[\(index)]")
        }
        return sets
    }

    private static func range(
        _ settings: RangeSettings,
        path: String,
        names: FieldNames
    ) throws(CNIError) -> SubnetRange {
        guard let text = settings.subnet, !text.isEmpty else {
            throw CNIError(.invalidConfiguration, "\(names["\(path)subnet"]): missing; a range needs a subnet")
        }
        let subnet = try names.prefix("\(path)subnet", text)
        if subnet.firstAddress.isMulticast || subnet.firstAddress.isLoopback {
            throw names.invalid("\(path)subnet", text, "can't be used for containers: it is loopback or multicast")
        }
        let gateway = try names.address("\(path)gateway", ifGiven: settings.gateway)
        let first = try names.address("\(path)rangeStart", ifGiven: settings.rangeStart)
        let last = try names.address("\(path)rangeEnd", ifGiven: settings.rangeEnd)
        do throws(SubnetRangeError) {
            let router = gateway ?? subnet.firstAddress.advanced(by: 1)
            return try SubnetRange(subnet: subnet, first: first, last: last, gateway: router)
        } catch {
            throw names.invalid("\(path)\(error.field)", error.value, error.reason)
        }
    }

    private static func fixedAddresses(
        _ settings: [StaticAddressSettings],
        names: FieldNames
    ) throws(CNIError) -> [Attachment.Address] {
        try settings.enumerated().map { index, item throws(CNIError) in
            let path = "ipam.addresses[\(index)]"
            let prefix = try names.prefix("\(path).address", item.address ?? "")
            let gateway = try names.address("\(path).gateway", ifGiven: item.gateway)
            if let gateway, gateway.family != prefix.family {
                throw names.invalid("\(path).gateway", gateway, "is of another family than the address \(prefix)")
            }
            return Attachment.Address(prefix: prefix, gateway: gateway)
        }
    }

    /// Addresses that the runtime asks for where the network has no ranges: they must bring their prefix length.
    ///
    /// The gateway is that of a configured address of the same subnet.
    private static func requestedAddresses(
        _ requests: [AddressRequest],
        _ configured: [Attachment.Address],
        _ names: FieldNames
    ) throws(CNIError) -> [Attachment.Address] {
        try requests.map { request throws(CNIError) in
            guard let length = request.prefixLength, let prefix = Prefix(request.address, length: length) else {
                throw names.invalid("ips", request.address, "needs a prefix length, as the network has no ranges")
            }
            let sibling = configured.first { $0.prefix.subnet == prefix.subnet }
            return Attachment.Address(prefix: prefix, gateway: sibling?.gateway)
        }
    }

    private static func list(_ requests: [AddressRequest]) -> String {
        requests.map(\.address.description).joined(separator: ", ")
    }
}
