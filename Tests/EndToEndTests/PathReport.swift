import PlumbTestSupport
import Testing

/// What `plumb show path --json` says.
struct PathReport {
    let reply: PlumbReply

    /// The hop that is broken; nil when none is.
    var broken: String? { reply.json["broken"].string }
    var verdict: String? { reply.json["verdict"].string }

    /// The names of the hops that were come by, in their order.
    var hops: [String] { reply.json["hops"].elements.compactMap { $0["hop"].string } }

    private var last: JSON { reply.json["hops"].elements.last ?? .null }

    /// What was found at the last hop that was come by, which is the broken one if one is.
    var found: String { last["found"].string ?? "" }
    var mending: [String] { last["fixes"].elements.compactMap(\.string) }
    var advice: String? { last["advice"][0].string }
}

extension Site {
    /// Follows the path to a published port.
    func path(
        _ port: String = "8888/tcp",
        from client: String = "lan",
        _ family: Family = .ipv4
    ) throws -> PathReport {
        let arguments = ["show", "path", port, "--from", client, "--json"] + (family == .ipv6 ? ["--ipv6"] : [])
        return PathReport(reply: try host.plumb(PlumbCall(arguments: arguments)))
    }

    /// Whether the path is whole and says so by its exit status.
    func expectWhole(
        _ port: String = "8888/tcp",
        from client: String = "lan",
        _ family: Family = .ipv4,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let report = try path(port, from: client, family)
        #expect(report.reply.result.status == .exited(0), "\(report.reply)", sourceLocation: sourceLocation)
        #expect(report.verdict == "whole", "\(report.reply)", sourceLocation: sourceLocation)
    }

    /// Whether the path is broken at a hop for a reason that holds a text; returns the commands that mend it.
    @discardableResult
    func expectBroken(
        at hop: String,
        _ text: String,
        _ port: String = "8888/tcp",
        from client: String = "lan",
        _ family: Family = .ipv4,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> [String] {
        let report = try path(port, from: client, family)
        #expect(report.reply.result.status == .exited(1), "\(report.reply)", sourceLocation: sourceLocation)
        #expect(report.broken == hop, "\(report.reply)", sourceLocation: sourceLocation)
        #expect(report.found.contains(text), "\(report.found)", sourceLocation: sourceLocation)
        return report.mending
    }

    /// Whether it can't be told of one hop alone whether the path is whole, for a reason that holds a text.
    func expectUnknown(_ hop: String, _ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let report = try path()
        #expect(report.reply.result.status == .exited(2), "\(report.reply)", sourceLocation: sourceLocation)
        #expect(report.verdict == "unknown", "\(report.reply)", sourceLocation: sourceLocation)
        let unknown = report.reply.json["hops"].elements.filter { $0["verdict"].string == "unknown" }
        #expect(unknown.map { $0["hop"].string } == [hop], "\(report.reply)", sourceLocation: sourceLocation)
        let found = unknown.first?["found"].string ?? ""
        #expect(found.contains(text), "\(report.reply)", sourceLocation: sourceLocation)
    }

    /// What asks for the port 8888 as a client of `--from` would, and tells whether it got an answer in time.
    func asker(_ client: String, _ family: Family = .ipv4) throws -> (Duration) throws -> Bool {
        let (namespace, address) =
            switch client {
            case "host": (host.namespace, family.host)
            case "localhost": (host.namespace, family.loopback)
            case container.id: (container.namespace, family.host)
            default: (host.lan, family.host)
            }
        return { try namespace.ask(.tcp, address, 8888, limit: $0).isAnswer }
    }

    /// Runs commands on the host as a person at a shell would.
    func mend(_ commands: [String], sourceLocation: SourceLocation = #_sourceLocation) throws {
        #expect(!commands.isEmpty, sourceLocation: sourceLocation)
        for command in commands { try run(command) }
    }

    /// Runs commands of plumb's as a person does at whose shell no variable tells of the store.
    func mendByPlumb(_ commands: [String], sourceLocation: SourceLocation = #_sourceLocation) throws {
        for command in commands {
            let words = command.split(separator: " ").map(String.init)
            #expect(words.first == "plumb", sourceLocation: sourceLocation)
            let call = PlumbCall(environment: ["PLUMB_STATE_DIR": ""], arguments: Array(words.dropFirst()))
            let reply = try host.plumb(call)
            #expect(reply.succeeded, "\(reply)", sourceLocation: sourceLocation)
        }
    }

    /// Runs a line of a shell on the host.
    func run(_ line: String) throws {
        try host.namespace.require("sh", "-c", line)
    }

    /// Whether the container answers the LAN, asked with patience where it should.
    func answers(_ port: UInt16 = 8888, _ family: Family = .ipv4) throws -> Bool {
        try host.lan.ask(.tcp, family.host, port).isAnswer
    }

    func isSilent(_ port: UInt16 = 8888, _ family: Family = .ipv4) throws -> Bool {
        try !host.lan.askInVain(.tcp, family.host, port).isAnswer
    }
}

/// Breaks a path, and mends it by the commands that the diagnosis names.
func breaking(
    _ hop: String,
    _ text: String,
    _ site: Site,
    from client: String = "lan",
    _ family: Family = .ipv4,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ damage: () throws -> Void
) throws {
    let ask = try site.asker(client, family)
    #expect(try ask(.seconds(5)), sourceLocation: sourceLocation)
    try site.expectWhole(from: client, family, sourceLocation: sourceLocation)
    try damage()
    #expect(try !ask(.milliseconds(400)), "the damage does none", sourceLocation: sourceLocation)
    let commands = try site.expectBroken(at: hop, text, from: client, family, sourceLocation: sourceLocation)
    try site.mend(commands, sourceLocation: sourceLocation)
    #expect(try ask(.seconds(5)), "\(commands) do not mend it", sourceLocation: sourceLocation)
    try site.expectWhole(from: client, family, sourceLocation: sourceLocation)
}
