import PlumbAddress
import PlumbAttachment
import PlumbFirewall
import PlumbLinux
import PlumbNetlink
import PlumbSubnetStore

/// An attachment in depth as people read it.
struct AttachmentScreen {
    let inspection: AttachmentInspection
    /// Now, in seconds since 1970.
    let now: Int64

    private var attachment: Attachment { inspection.attachment }

    /// What is in the sandbox, if it could be looked into.
    private var sandbox: SandboxInspection? {
        inspection.sandbox.flatMap { $0.isEntered ? $0 : nil }
    }

    /// How many connections are listed; a busy container has thousands.
    private static let mostConnections = 20

    func lines(on screen: Screen) -> [String] {
        let sections = [
            sandboxSection, pairSection, addressSection, portSection, ruleSection, connectionSection, sysctlSection,
        ]
        var lines = heading(screen) + sections.flatMap { $0.lines(on: screen) }
        if !inspection.problems.isEmpty { lines += [""] + ProblemList(inspection.problems).lines(on: screen) }
        return lines
    }

    private func heading(_ screen: Screen) -> [String] {
        let mark = Health(inspection.problems).mark
        let key = attachment.key
        let title = "\(key.container)  \(attachment.containerInterface.name) on network \(key.network)"
        return [
            "\(screen.paint(mark.items[0], mark.style))  \(screen.paint(printable(title), .heading))",
            "   \(inspection.item.state.rawValue) for \(age(now - inspection.item.createdAt))",
        ]
    }

    private var sandboxSection: Section {
        var section = Section("SANDBOX")
        section.add("path", attachment.sandbox.path)
        section.add("inode", "\(attachment.sandbox.identity.inode)")
        guard let sandbox = inspection.sandbox else {
            section.add("state", "gone")
            return section
        }
        if let owner = sandbox.userNamespace {
            section.add("user namespace", "\(owner.identity.inode), made by uid \(owner.owner)")
        }
        let processes = sandbox.processes.prefix(8).map { "\($0.pid) \($0.name)" }
        let more = sandbox.processes.count > 8 ? ", and \(sandbox.processes.count - 8) more" : ""
        let nobody = sandbox.isEntered ? "none" : "?"
        section.add("processes", processes.isEmpty ? nobody : processes.joined(separator: ", ") + more)
        section.add("enter it", "nsenter --net=\(attachment.sandbox.path)")
        return section
    }

    /// The two ends side by side.
    private var pairSection: Section {
        let (inside, host) = (sandbox?.link, inspection.item.link)
        let names = [
            inside?.endName ?? "\(attachment.containerInterface.name) (?)",
            inspection.item.hostVeth,
        ]
        var section = Section("PAIR  \(names[0]) ↔ \(names[1])")
        section.add(["", "container", "host"])
        func row(_ name: String, _ value: (Link) -> String) {
            section.add([name, inside.map(value) ?? "-", host.map(value) ?? "-"])
        }
        row("index") { "\($0.index)" }
        row("mac") { $0.mac?.description ?? "none" }
        row("mtu") { "\($0.mtu)" }
        row("state") { ($0.isUp ? "up" : "down") + ($0.isUp && !$0.hasCarrier ? ", no carrier" : "") }
        row("received") { $0.received.text }
        row("sent") { $0.sent.text }
        let isPort = host?.master != nil && host?.master == inspection.bridge?.index
        section.add(["bridge", "-", isPort ? attachment.bridge.name : "no port of \(attachment.bridge.name)"])
        return section
    }

    private var addressSection: Section {
        var section = Section("ADDRESSES AND ROUTES")
        guard let sandbox else {
            for address in attachment.addresses { section.add("address", "\(address.prefix), as recorded") }
            return section
        }
        for address in sandbox.addresses {
            let state = address.isDuplicate ? ", duplicate" : address.isTentative ? ", tentative" : ""
            section.add("address", "\(address.prefix)\(state)")
        }
        for route in sandbox.routes { section.add("route", route.text(attachment.containerInterface.name)) }
        for neighbour in sandbox.neighbours {
            section.add("neighbour", "\(neighbour.address) \(neighbour.mac?.description ?? "?") \(neighbour.state)")
        }
        return section
    }

    private var portSection: Section {
        var section = Section("PUBLISHED PORTS")
        let addresses = attachment.addresses.map(\.prefix.address)
        for port in attachment.publishedAt {
            let family = port.hostAddress.map { host in addresses.filter { $0.family == host.family } } ?? addresses
            let reached = sandbox?.listeners(for: port, at: family).reached ?? []
            let listeners = reached.map { listener in
                let holders = sandbox?.holders(of: listener).map { "\($0.name) (\($0.pid))" } ?? []
                return "\(holders.isEmpty ? "somebody" : holders.joined(separator: ", ")) at \(listener.place)"
            }
            let answer = sandbox == nil ? "?" : listeners.isEmpty ? "nobody listens" : listeners.joined(separator: "; ")
            section.add(port.description, port.transport == .sctp ? "-" : answer)
        }
        return section
    }

    private var ruleSection: Section { .rules(inspection.rules) }

    private var connectionSection: Section {
        var section = Section("CONNECTIONS")
        for connection in inspection.connections.prefix(Self.mostConnections) { section.add(connection.description) }
        let more = inspection.connections.count - Self.mostConnections
        if more > 0 { section.add("and \(more) more") }
        return section
    }

    private var sysctlSection: Section {
        var section = Section("SYSCTLS")
        for sysctl in inspection.hostSysctls { section.add("host", sysctl.name, sysctl.value) }
        for sysctl in sandbox?.sysctls ?? [] { section.add("sandbox", sysctl.name, sysctl.value) }
        return section
    }
}

extension Section {
    /// Rules with their counters.
    static func rules(_ rules: [InspectedRule]) -> Section {
        var section = Section("RULES")
        for rule in rules {
            let place =
                switch rule.syntax {
                case .iptables(.ipv4): rule.table
                case .iptables(.ipv6): "\(rule.table)6"
                // Rules of nftables don't name their chain themselves.
                case .nftables(let family): "\(family) \(rule.table) \(rule.chain)"
                }
            section.add(place, rule.countersText, rule.rule.text)
        }
        return section
    }
}

extension InspectedRule {
    fileprivate var countersText: String {
        guard let packets = rule.packets, let bytes = rule.bytes else { return "-" }
        return "\(counted(packets, "packet")), \(byteText(bytes))"
    }
}

extension LinkCounters {
    var text: String {
        var text = "\(counted(packets, "packet")), \(byteText(bytes))"
        if errors > 0 { text += ", \(counted(errors, "error"))" }
        if dropped > 0 { text += ", \(dropped) dropped" }
        return text
    }
}

extension Route {
    /// The route as `ip route` prints it.
    func text(_ link: String) -> String {
        var words = [destination.length == 0 ? "default" : "\(destination)"]
        if let gateway { words.append("via \(gateway)") }
        words.append("dev \(link)")
        if let source { words.append("src \(source)") }
        if let metric { words.append("metric \(metric)") }
        if let mtu { words.append("mtu \(mtu)") }
        return words.joined(separator: " ")
    }
}

/// A number with its noun.
func counted(_ number: UInt64, _ noun: String) -> String {
    number == 1 ? "1 \(noun)" : "\(number) \(noun)s"
}

/// A number of bytes, in units of 1024 from 10 KiB on.
func byteText(_ bytes: UInt64) -> String {
    var (value, units) = (bytes, ["B", "KiB", "MiB", "GiB", "TiB"][...])
    while value >= 10_240, units.count > 1 {
        value /= 1024
        units = units.dropFirst()
    }
    return "\(value) \(units.first ?? "B")"
}

/// A number of seconds as people say it.
func age(_ seconds: Int64) -> String {
    let units: [(length: Int64, name: String)] = [(86_400, "day"), (3_600, "hour"), (60, "minute")]
    for unit in units where seconds >= 2 * unit.length { return "\(seconds / unit.length) \(unit.name)s" }
    return counted(UInt64(max(0, seconds)), "second")
}
