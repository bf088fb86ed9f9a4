import PlumbAddress

extension Rule {
    /// The rule as `iptables -S` prints it, such as `-A FORWARD -i docker0 ! -o docker0 -j ACCEPT`.
    func text(in chain: String) -> String {
        var text = "-A \(chain)"
        text += headText
        text += portsText
        if !local.isEmpty {
            text += " -m addrtype"
            if local.contains(.source) { text += " --src-type LOCAL" }
            if local.contains(.destination) { text += " --dst-type LOCAL" }
        }
        if !states.isEmpty {
            let names = ConnectionStates.names.filter { states.contains($0.state) }.map(\.name)
            text += " -m conntrack --ctstate \(names.joined(separator: ","))"
        }
        if let comment { text += " -m comment --comment \(Self.quoted(comment))" }
        return text + " -j \(target)"
    }

    /// The match of the transport protocol.
    private var portsText: String {
        guard let transport, sourcePorts != nil || destinationPorts != nil else { return "" }
        func option(_ name: String, _ ports: ClosedRange<UInt16>?) -> String {
            guard let ports else { return "" }
            return " \(name) \(ports.lowerBound)" + (ports.count > 1 ? ":\(ports.upperBound)" : "")
        }
        return " -m \(transport.rawValue)" + option("--sport", sourcePorts) + option("--dport", destinationPorts)
    }

    /// What the entry itself compares, before any match: addresses, interfaces and the protocol.
    private var headText: String {
        var text = ""
        func add<Value>(_ option: String, _ match: Match<Value>?) {
            guard let match else { return }
            text += match.isNegated ? " ! \(option) \(match.value)" : " \(option) \(match.value)"
        }
        add("-s", source)
        add("-d", destination)
        add("-i", input)
        add("-o", output)
        if let transport { text += " -p \(transport.rawValue)" }
        return text
    }

    /// A text the way `xtables_save_string` of iptables quotes it.
    private static func quoted(_ text: String) -> String {
        func isPlain(_ byte: UInt8) -> Bool {
            (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte) || byte == 0x2D || byte == 0x5F
        }
        guard text.isEmpty || !text.utf8.allSatisfy(isPlain) else { return text }
        var quoted = "\""
        for character in text {
            if "\"\\'".contains(character) { quoted += "\\" }
            quoted.append(character)
        }
        return quoted + "\""
    }
}

extension Rule.Target: CustomStringConvertible {
    /// The target the way it stands behind `-j`.
    var description: String {
        switch self {
        case .accept: "ACCEPT"
        case .drop: "DROP"
        case .return: "RETURN"
        case .jump(let chain): chain
        case .masquerade(let randomPort): randomPort ? "MASQUERADE --random-fully" : "MASQUERADE"
        case .dnat(let address, .same): "DNAT --to-destination \(address)"
        case .dnat(.v4(let address), let ports): "DNAT --to-destination \(address):\(ports)"
        case .dnat(.v6(let address), let ports): "DNAT --to-destination [\(address)]:\(ports)"
        case .fillChecksum: "CHECKSUM --checksum-fill"
        }
    }
}

extension Rule.Translation: CustomStringConvertible {
    /// The ports behind the address of `--to-destination`, such as `7777` or `6000-6003/5000`.
    var description: String {
        switch self {
        case .same: ""
        case .port(let port): "\(port)"
        case .moved(let base, let ports): "\(ports.lowerBound)-\(ports.upperBound)/\(base)"
        }
    }
}
