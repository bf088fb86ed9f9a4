import PlumbAddress
package import PlumbAttachment
import PlumbFirewall
package import PlumbLinux
import PlumbNetlink
import PlumbSubnetStore

/// What a name leads to.
package enum Target: Hashable, Sendable {
    /// A container by its id, with all its attachments.
    case container(String)
    /// A network by its name.
    case network(String)
    /// A link that carries plumb's mark and has no record, by its name.
    case link(String)
}

/// A way to understand a name.
package struct Candidate: Hashable, Sendable {
    /// What it leads to.
    package let target: Target

    /// What can be typed for it and nothing else: `network:web`.
    package let name: String

    /// What it is, in words.
    package let meaning: String
}

/// What became of a name.
package enum Resolution: Hashable, Sendable {
    case found(Target)
    /// Several things have the name.
    case ambiguous([Candidate])
    /// Nothing has the name; these have similar ones, or all there are if they are few.
    case unknown([Candidate])
}

/// Finds what a person means by whatever name is at hand.
package struct NameResolver {
    private let survey: Survey
    private let sandboxOfProcess: (Int32) -> NamespaceIdentity?

    /// Makes a resolver; the closure tells the network namespace of a process, nil if there is no such process.
    package init(
        _ survey: Survey,
        sandboxOfProcess: @escaping (Int32) -> NamespaceIdentity? = { NamespaceIdentity(path: "/proc/\($0)/ns/net") }
    ) {
        self.survey = survey
        self.sandboxOfProcess = sandboxOfProcess
    }

    /// Resolves a name: what it names exactly comes before numbers, and these before beginnings of container ids.
    package func resolve(_ typed: String) -> Resolution {
        let name = Name(typed)
        for candidates in [exact(name), numbers(name), beginnings(name)] where !candidates.isEmpty {
            let targets = Set(candidates.map(\.target))
            if let target = targets.first, targets.count == 1 { return .found(target) }
            return .ambiguous(candidates)
        }
        return .unknown(similar(to: name.text))
    }

    private func exact(_ name: Name) -> [Candidate] {
        var found: [Candidate] = []
        for network in survey.networks {
            if name.mayBe(.network), network.name == name.text { found.append(candidate(network)) }
            if name.mayBe(.bridge), let bridge = network.bridge, bridge == name.text {
                found.append(candidate(network))
            }
            if name.mayBe(.address), let address = name.address, hasGateway(network, address) {
                found.append(candidate(network))
            }
        }
        for item in survey.items where names(item, name) { found.append(candidate(item)) }
        for link in survey.unrecorded {
            let isContainer = name.mayBe(.container) && link.container == name.text
            if isContainer || name.mayBe(.veth) && link.link.name == name.linkName { found.append(candidate(link)) }
        }
        return distinct(found)
    }

    /// Whether a name belongs to an attachment and nobody else.
    private func names(_ item: Survey.Item, _ name: Name) -> Bool {
        let attachment = item.attachment
        if name.mayBe(.container), attachment.key.container == name.text { return true }
        if name.mayBe(.veth) {
            if attachment.hostInterface.name == name.linkName { return true }
            // As the container sees the pair: by the index that the host's end has on the host.
            let isPeer = name.peerIndex.map { $0 == item.link?.index } ?? false
            if isPeer, attachment.containerInterface.name == name.linkName { return true }
        }
        if name.mayBe(.sandbox), attachment.sandbox.path == name.text { return true }
        if name.mayBe(.address), let address = name.address {
            return attachment.addresses.contains { $0.prefix.address == address }
        }
        if name.mayBe(.mac), let mac = name.mac {
            return attachment.containerInterface.mac == mac || attachment.hostInterface.mac == mac
        }
        return false
    }

    private func hasGateway(_ network: Survey.Network, _ address: IPAddress) -> Bool {
        survey.items.contains { item in
            item.attachment.key.network == network.name
                && item.attachment.bridge.gateways.contains { $0.address == address }
        }
    }

    /// Published ports and processes.
    private func numbers(_ name: Name) -> [Candidate] {
        var found: [Candidate] = []
        if name.mayBe(.port), let wanted = name.port {
            for item in survey.items {
                guard let port = item.attachment.publishedAt.first(where: wanted.matches) else { continue }
                found.append(candidate(item, as: "port:\(port.hostText(wanted.number))", "publishes \(port)"))
            }
        }
        if name.mayBe(.pid), let pid = name.pid, let sandbox = sandboxOfProcess(pid) {
            for item in survey.items where item.attachment.sandbox.identity == sandbox {
                found.append(candidate(item, as: "pid:\(pid)", "process \(pid) is in its sandbox"))
            }
        }
        return found
    }

    private func beginnings(_ name: Name) -> [Candidate] {
        guard name.mayBe(.container), !name.text.isEmpty else { return [] }
        let items = survey.items.filter { $0.attachment.key.container.hasPrefix(name.text) }.map { candidate($0) }
        let links = survey.unrecorded.filter { $0.container.hasPrefix(name.text) || name.text.hasPrefix($0.container) }
        return distinct(items + links.map { candidate($0) })
    }
}

extension NameResolver {
    private func candidate(_ network: Survey.Network) -> Candidate {
        let bridge = network.bridge.map { " on bridge \($0)" } ?? ""
        return Candidate(
            target: .network(network.name),
            name: "network:\(network.name)",
            meaning: "network \(network.name)\(bridge)"
        )
    }

    private func candidate(_ item: Survey.Item, as name: String? = nil, _ reason: String? = nil) -> Candidate {
        let key = item.attachment.key
        let meaning = "container \(key.container.prefix(12)) on \(key.network)"
        return Candidate(
            target: .container(key.container),
            name: name ?? "container:\(abbreviated(key.container))",
            meaning: reason.map { "\(meaning), \($0)" } ?? meaning
        )
    }

    private func candidate(_ link: Survey.UnrecordedLink) -> Candidate {
        Candidate(
            target: .link(link.link.name),
            name: "veth:\(link.link.name)",
            meaning: "link of \(link.mark.label), without a record"
        )
    }

    /// The first 12 letters of an id, as `docker ps` prints it, where they are enough to tell it from others.
    private func abbreviated(_ id: String) -> String {
        let beginning = id.prefix(12)
        let isUnique = !survey.items.contains { item in
            item.attachment.key.container.hasPrefix(beginning) && item.attachment.key.container != id
        }
        return isUnique ? String(beginning) : id
    }

    /// One candidate for each target: a container with two interfaces is one answer.
    private func distinct(_ candidates: [Candidate]) -> [Candidate] {
        var seen: Set<Target> = []
        return candidates.filter { seen.insert($0.target).inserted }
    }

    /// What may have been meant: names that hold the text, or differ in two letters at most; else all, if they are few.
    private func similar(to text: String) -> [Candidate] {
        let all = distinct(
            survey.networks.map { candidate($0) } + survey.items.map { candidate($0) }
                + survey.unrecorded.map { candidate($0) }
        )
        let close = all.filter { candidate in
            let name = String(candidate.name.drop { $0 != ":" }.dropFirst())
            return !text.isEmpty && name.contains(text) || editDistance(name, text) <= min(2, text.count - 1)
        }
        let fewest = close.isEmpty ? all : close
        return Array(fewest.prefix(12))
    }
}

extension PublishedPort {
    /// One of the host's ports the way it can be typed: `127.0.0.1:53/udp`, and `8888/tcp` where it is any address.
    fileprivate func hostText(_ number: UInt16) -> String {
        switch hostAddress {
        case .v4(let address) where address.rawValue != 0: "\(address):\(number)/\(transport.rawValue)"
        case .v6(let address) where address.rawValue != 0: "[\(address)]:\(number)/\(transport.rawValue)"
        default: "\(number)/\(transport.rawValue)"
        }
    }
}

/// How many letters have to be put in, taken out or replaced to make one text of the other (Levenshtein).
func editDistance(_ one: String, _ other: String) -> Int {
    let other = Array(other)
    var row = Array(0...other.count)
    for (position, letter) in one.enumerated() {
        var diagonal = row[0]
        row[0] = position + 1
        for (index, candidate) in other.enumerated() {
            let replaced = diagonal + (letter == candidate ? 0 : 1)
            diagonal = row[index + 1]
            row[index + 1] = min(replaced, row[index] + 1, row[index + 1] + 1)
        }
    }
    return row[other.count]
}
