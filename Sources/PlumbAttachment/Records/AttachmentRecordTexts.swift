import PlumbAddress
import PlumbFirewall

extension Attachment.Address {
    /// The address and its gateway, if it has one, with a space between.
    var recordText: String {
        "\(prefix)" + (gateway.map { " \($0)" } ?? "")
    }

    init?(recordText: String) {
        let words = recordText.split(separator: " ").map(String.init)
        guard (1...2).contains(words.count), let prefix = Prefix(words[0]) else { return nil }
        let gateway = words.count == 2 ? IPAddress(words[1]) : nil
        guard (gateway == nil) == (words.count == 1) else { return nil }
        self.init(prefix: prefix, gateway: gateway)
    }
}

extension Attachment.Route {
    /// The destination, followed by pairs of a word and a value for what else there is of the route.
    var recordText: String {
        let numbers = [("mtu", mtu), ("advmss", advertisedMSS), ("metric", metric), ("table", table), ("scope", scope)]
        var words = ["\(destination)"]
        if let gateway { words += ["via", "\(gateway)"] }
        for case (let word, let number?) in numbers { words += [word, String(number)] }
        return words.joined(separator: " ")
    }

    init?(recordText: String) {
        let words = recordText.split(separator: " ").map(String.init)
        guard words.count % 2 == 1, let destination = Prefix(words[0]) else { return nil }
        var values: [String: String] = [:]
        for index in stride(from: 1, to: words.count, by: 2) { values[words[index]] = words[index + 1] }
        let gateway = values.removeValue(forKey: "via")
        let numbers = values.compactMapValues { Int($0) }
        let address = gateway.flatMap { IPAddress($0) }
        guard
            numbers.count == values.count, (gateway == nil) == (address == nil),
            Set(numbers.keys).isSubset(of: ["mtu", "advmss", "metric", "table", "scope"])
        else { return nil }
        self.init(
            destination: destination,
            gateway: address,
            mtu: numbers["mtu"],
            advertisedMSS: numbers["advmss"],
            metric: numbers["metric"],
            table: numbers["table"],
            scope: numbers["scope"]
        )
    }
}

extension PublishedPort {
    /// Transport, host port, container port, and the host address, if there is one, with spaces between; behind the host
    /// port of a range how many there are.
    var recordText: String {
        let range = count == 1 ? "" : "+\(count)"
        return "\(transport.rawValue) \(hostPort)\(range) \(containerPort)" + (hostAddress.map { " \($0)" } ?? "")
    }

    /// Reads what `recordText` writes.
    static func read(recordText: String) -> PublishedPort? {
        let words = recordText.split(separator: " ").map(String.init)
        guard
            (3...4).contains(words.count),
            let transport = TransportProtocol(rawValue: words[0]),
            let (hostPort, count) = range(words[1]),
            let containerPort = UInt16(words[2]),
            Int(max(hostPort, containerPort)) + Int(count) - 1 <= Int(UInt16.max)
        else { return nil }
        let address = words.count == 4 ? IPAddress(words[3]) : nil
        guard (address == nil) == (words.count == 3) else { return nil }
        return PublishedPort(
            hostAddress: address,
            hostPort: hostPort,
            containerPort: containerPort,
            count: count,
            transport: transport
        )
    }

    private static func range(_ text: String) -> (first: UInt16, count: UInt16)? {
        let numbers = text.split(separator: "+", omittingEmptySubsequences: false).map { UInt16($0) }
        guard (1...2).contains(numbers.count), let first = numbers[0] else { return nil }
        guard let count = numbers.count == 2 ? numbers[1] : 1, count > 0 else { return nil }
        return (first, count)
    }
}
