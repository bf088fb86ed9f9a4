package import PlumbAddress
package import PlumbCNI
import PlumbFirewall

extension PortRequest {
    /// Reads a list in the syntax of `docker run -p`, with commas between:
    /// `[[hostIP:][hostPort]:]containerPort[/protocol]`.
    ///
    /// Ports may be ranges of equal length (`8000-8010:7000-7010`); a range for a single port of the container stands for
    /// the first free one of it. Without a host port, or with 0, plumb chooses one. IPv6 addresses stand in square
    /// brackets.
    ///
    /// - Throws: `CNIError` 7 naming the variable and the item.
    package static func list(
        _ text: String,
        variable: String,
        defaultAddress: IPAddress? = nil
    ) throws(CNIError) -> [PortRequest] {
        let requests = try text.split(separator: ",").map { item throws(CNIError) in
            try PublishSyntax(item: String(item), variable: variable).request(defaultAddress)
        }
        try refuseRepetition(in: requests, variable)
        return merged(requests)
    }
}

/// One item of the list.
private struct PublishSyntax {
    let item: String
    let variable: String
    let names = FieldNames.configuration

    func request(_ defaultAddress: IPAddress?) throws(CNIError) -> PortRequest {
        let halves = item.split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count <= 2, let binding = halves.first else { throw malformed }
        let transport = try names.transport(variable, halves.count == 2 ? String(halves[1]) : nil)

        let (address, rest) = try hostAddress(of: binding)
        let fields = rest.split(separator: ":", omittingEmptySubsequences: false)
        guard let container = fields.last, fields.count == 2 || fields.count == 1 && address == nil else {
            throw malformed
        }
        let containerPorts = try range(container)
        let isGiven = fields.count == 2 && !fields[0].isEmpty && fields[0] != "0"
        let hostPorts = isGiven ? try range(fields[0]) : nil
        if let hostPorts, containerPorts.count > 1, hostPorts.count != containerPorts.count {
            throw names.invalid(variable, item, "pairs \(hostPorts.count) host ports with \(containerPorts.count)")
        }
        return PortRequest(
            hostAddress: address ?? defaultAddress,
            hostPorts: hostPorts,
            containerPorts: containerPorts,
            transport: transport
        )
    }

    private func hostAddress(of binding: Substring) throws(CNIError) -> (IPAddress?, Substring) {
        if binding.hasPrefix("[") {
            guard let close = binding.firstIndex(of: "]") else { throw malformed }
            let address = try names.address(variable, String(binding[binding.index(after: binding.startIndex)..<close]))
            let rest = binding[binding.index(after: close)...]
            guard rest.hasPrefix(":") else { throw malformed }
            return (address, rest.dropFirst())
        }
        let fields = binding.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard fields.count == 2, fields[1].contains(":") else { return (nil, binding) }
        guard !fields[0].isEmpty else { throw malformed }
        return (try names.address(variable, String(fields[0])), fields[1])
    }

    private func range(_ text: Substring) throws(CNIError) -> ClosedRange<UInt16> {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        guard (1...2).contains(ends.count), let lower = port(ends[0]), let upper = port(ends[ends.count - 1]) else {
            throw names.invalid(variable, item, "has \"\(text)\" where a port from 1 to 65535 belongs")
        }
        guard lower <= upper else { throw names.invalid(variable, item, "has a reversed range of ports") }
        return lower...upper
    }

    /// A port of nothing but digits: a sign, which `UInt16` would read, is a slip of the hand.
    private func port(_ text: Substring) -> UInt16? {
        guard text.utf8.first != UInt8(ascii: "+"), let port = UInt16(text), port > 0 else { return nil }
        return port
    }

    private var malformed: CNIError {
        names.invalid(
            variable,
            item,
            "is not [[hostIP:][hostPort]:]containerPort[/protocol], such as 8888:7777/tcp"
        )
    }
}
