package import PlumbAddress
package import PlumbCNI
package import PlumbFirewall

/// An address that the runtime or the user asks for, with or without its prefix length.
package struct AddressRequest: Hashable, Sendable {
    /// The address itself.
    package let address: IPAddress

    /// The length of its subnet in bits; nil to take that of the range that holds it.
    package let prefixLength: Int?

    package init(address: IPAddress, prefixLength: Int? = nil) {
        self.address = address
        self.prefixLength = prefixLength
    }
}

/// What one request brings beside the network's configuration.
package struct RuntimeValues: Sendable {
    /// The addresses to take.
    package var addresses: [AddressRequest] = []

    /// The MAC of the container's end; nil to derive one.
    package var mac: MACAddress?

    /// The ports to publish.
    package var ports: [PortRequest] = []

    /// The range sets to take addresses from before those of the configuration.
    package var ranges: [[RangeSettings]] = []

    package init() {}
}

extension RuntimeValues {
    /// Collects what a runtime sends by its three ways: capabilities win over `args.cni`, those over `CNI_ARGS`.
    ///
    /// - Throws: `CNIError` 7 naming field and value.
    package init(_ request: Request<NetworkSettings>) throws(CNIError) {
        let names = FieldNames.configuration
        let configuration = request.configuration
        let arguments = request.environment.arguments

        if let text = configuration.runtimeConfig?.mac, !text.isEmpty {
            mac = try names.mac("runtimeConfig.mac", text)
        } else if let text = configuration.args?.mac, !text.isEmpty {
            mac = try names.mac("args.cni.mac", text)
        } else if let text = arguments["MAC"], !text.isEmpty {
            mac = try names.mac("CNI_ARGS MAC", text)
        } else if let text = configuration.settings.mac, !text.isEmpty {
            mac = try names.mac("mac", text)
        }

        if let list = configuration.runtimeConfig?.ips, !list.isEmpty {
            addresses = try Self.addresses(list, path: "runtimeConfig.ips")
        } else if let list = configuration.args?.ips, !list.isEmpty {
            addresses = try Self.addresses(list, path: "args.cni.ips")
        } else if let text = arguments["IP"], !text.isEmpty {
            addresses = try Self.addresses(text.split(separator: ",").map(String.init), path: "CNI_ARGS IP")
        }

        let defaultAddress = try names.address("defaultHostIP", ifGiven: configuration.settings.defaultHostIP)
        ports = try Self.ports(configuration.runtimeConfig?.portMappings ?? [], defaultAddress)
        ranges = (configuration.runtimeConfig?.ipRanges ?? []).map { set in
            set.map { range in
                RangeSettings(
                    subnet: range.subnet.description,
                    rangeStart: range.rangeStart?.description,
                    rangeEnd: range.rangeEnd?.description,
                    gateway: range.gateway?.description
                )
            }
        }
    }

    /// Reads addresses with or without a prefix length.
    package static func addresses(_ list: [String], path: String) throws(CNIError) -> [AddressRequest] {
        try list.map { text throws(CNIError) in
            if text.contains("/") {
                let prefix = try FieldNames.configuration.prefix(path, text)
                return AddressRequest(address: prefix.address, prefixLength: prefix.length)
            }
            return AddressRequest(address: try FieldNames.configuration.address(path, text))
        }
    }

    private static func ports(
        _ mappings: [PortMapping],
        _ defaultAddress: IPAddress?
    ) throws(CNIError) -> [PortRequest] {
        let names = FieldNames.configuration
        let requests = try mappings.enumerated().map { index, mapping throws(CNIError) in
            let path = "runtimeConfig.portMappings[\(index)]"
            let count = try names.portCount("\(path).range", mapping.range)
            func ports(_ field: String, _ first: Int) throws(CNIError) -> ClosedRange<UInt16> {
                let first = try names.port("\(path).\(field)", first)
                guard Int(first) + count - 1 <= Int(UInt16.max) else {
                    throw names.invalid("\(path).range", count, "goes beyond port 65535 from \(field) \(first) on")
                }
                return first...(first + UInt16(count - 1))
            }
            return PortRequest(
                hostAddress: try names.address("\(path).hostIP", ifGiven: mapping.hostIP) ?? defaultAddress,
                hostPorts: mapping.hostPort == 0 ? nil : try ports("hostPort", mapping.hostPort),
                containerPorts: try ports("containerPort", mapping.containerPort),
                transport: try names.transport("\(path).protocol", mapping.protocol)
            )
        }
        try PortRequest.refuseRepetition(in: requests, names["runtimeConfig.portMappings"])
        return PortRequest.merged(requests)
    }
}

extension FieldNames {
    /// A port number from 1 to 65535.
    package func port(_ path: String, _ value: Int) throws(CNIError) -> UInt16 {
        guard let port = UInt16(exactly: value), port > 0 else {
            throw invalid(path, value, "is not a port from 1 to 65535")
        }
        return port
    }

    /// How many ports a range has.
    package func portCount(_ path: String, _ value: Int) throws(CNIError) -> Int {
        guard (1...Int(UInt16.max)).contains(value) else {
            throw invalid(path, value, "is not a number of ports from 1 to 65535")
        }
        return value
    }

    /// A transport protocol in any case of letters; tcp when there is none.
    package func transport(_ path: String, _ text: String?) throws(CNIError) -> TransportProtocol {
        guard let text, !text.isEmpty else { return .tcp }
        guard let transport = TransportProtocol(rawValue: text.lowercased()) else {
            throw invalid(path, text, "is none of tcp, udp, sctp")
        }
        return transport
    }
}
