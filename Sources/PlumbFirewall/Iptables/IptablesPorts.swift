import PlumbAddress

/// The rules of an attachment's published ports, in one family.
struct IptablesPorts {
    let attachment: AttachmentPolicy
    let network: NetworkPolicy
    let family: AddressFamily

    /// The rules for a table, with their chains, in the order in which they are to be appended.
    func rules(for table: TableName) -> [(chain: String, rule: Rule)] {
        guard let address = attachment.address(of: family) else { return [] }
        let names = ChainNames(prefix: network.chainPrefix)
        let published = attachment.ports(of: family)
        let isDockerLayout = names.prefix == ChainNames.dockerPrefix
        let ports = isDockerLayout ? published.flatMap(\.singlePorts).inDockerOrder : published
        var rules: [(chain: String, rule: Rule)] = []
        var seen: Set<Rule> = []
        // Two host ports may lead to one container port, which takes no second rule.
        func add(_ chain: String, _ rule: Rule) {
            if seen.insert(rule).inserted { rules.append((chain, rule)) }
        }
        for port in ports {
            switch table {
            case .raw:
                return []
            case .mangle:
                if network.fillsChecksums, port.transport == .sctp { add("POSTROUTING", checksum(of: port)) }
            case .nat:
                add(names.ports, translation(of: port, to: address))
                if network.hairpin { add("POSTROUTING", loop(of: port, at: address)) }
            case .filter:
                add(names.ports, admission(of: port, at: address))
            }
        }
        return rules
    }

    private func translation(of port: PublishedPort, to address: IPAddress) -> Rule {
        let hostAddress = port.hostAddress.flatMap { $0.isUnspecified ? nil : $0 }
        return Rule(
            destination: hostAddress.map { .equal(Prefix(host: $0)) },
            transport: port.transport,
            destinationPorts: port.hostPorts,
            comment: attachment.mark.comment,
            target: .dnat(address, port.translation)
        )
    }

    private func admission(of port: PublishedPort, at address: IPAddress) -> Rule {
        Rule(
            destination: .equal(Prefix(host: address)),
            input: .not(network.bridge),
            output: .equal(network.bridge),
            transport: port.transport,
            destinationPorts: port.containerPorts,
            // Who has a route to the container calls its address: only what was translated came by the host's.
            states: network.ingressPolicy == .protected ? .dnat : [],
            comment: attachment.mark.comment,
            target: .accept
        )
    }

    /// What lets a container reach itself through a port that it publishes.
    private func loop(of port: PublishedPort, at address: IPAddress) -> Rule {
        Rule(
            source: .equal(Prefix(host: address)),
            destination: .equal(Prefix(host: address)),
            transport: port.transport,
            destinationPorts: port.containerPorts,
            comment: attachment.mark.comment,
            target: .masquerade(randomPort: false)
        )
    }

    /// What gives answers their checksum where a network card would be left to do it, which few can for SCTP.
    private func checksum(of port: PublishedPort) -> Rule {
        Rule(
            transport: port.transport,
            sourcePorts: port.containerPorts,
            comment: attachment.mark.comment,
            target: .fillChecksum
        )
    }
}

extension PublishedPort {
    fileprivate var translation: Rule.Translation {
        if count == 1 { return .port(containerPort) }
        return hostPort == containerPort ? .same : .moved(from: hostPort, to: containerPorts)
    }
}
