import PlumbTestSupport
import Testing

@Suite struct `Screens` {
    /// Where a screen is drawn: the columns of a terminal, or nil where there is none.
    static let places: [Int?] = [80, 160, nil]

    private func draw(_ host: ShowHost, _ arguments: [String], columns: Int?, isStyled: Bool = false) throws -> String {
        guard let columns else {
            return try host.host.plumb(PlumbCall(arguments: ["show"] + arguments)).result.output
        }
        return try TerminalWindow(columns: columns, in: host.host.folder).show(
            [try PlumbExecutable.path(), "show"] + arguments,
            environment: host.host.stores,
            isStyled: isStyled,
            in: host.host.namespace
        )
    }

    private func compare(_ host: ShowHost, _ name: String, _ arguments: [String] = []) throws {
        for columns in Self.places {
            let screen = try draw(host, arguments, columns: columns)
            let lines = screen.split(separator: "\n")
            if let columns, arguments.isEmpty {
                let table = lines.prefix { !$0.contains("PROBLEM") }
                #expect(table.allSatisfy { $0.count <= columns }, "\(screen)")
            }
            try Golden.compare(try host.normalised(screen), "\(name)-\(columns.map(String.init) ?? "pipe")")
        }
    }

    @Test func `show networks and attachments at a glance`() throws {
        try compare(try ShowHost(), "overview")
    }

    @Test func `show what is broken, and what mends it`() throws {
        let host = try ShowHost()
        try host.cache.namespace.require("ip", "link", "delete", "eth0")
        try host.host.namespace.require("ip", "link", "set", "lan0", "down")
        try host.host.namespace.require("iptables-legacy", "-t", "nat", "-F", "PLUMB")
        try compare(host, "broken")
    }

    @Test func `show a container in depth`() throws {
        try compare(try ShowHost(), "container", ["frontend"])
    }

    @Test func `show a network in depth, foreign ports of its bridge included`() throws {
        let host = try ShowHost()
        try host.addStranger()
        try compare(host, "network", ["network:web"])
    }

    @Test func `have colours on a terminal, and nowhere else unless asked`() throws {
        let host = try ShowHost()
        #expect(try draw(host, [], columns: 120, isStyled: true).contains("\u{1B}["))
        #expect(try !draw(host, ["--color", "never"], columns: 120, isStyled: true).contains("\u{1B}["))
        #expect(try !draw(host, [], columns: nil).contains("\u{1B}["))
        #expect(try draw(host, ["--color", "always"], columns: nil).contains("\u{1B}[32m✓"))
        #expect(try host.show("--color", "auto", environment: ["NO_COLOR": "1"]).succeeded)
        let quiet = try TerminalWindow(columns: 100, in: host.host.folder).show(
            [try PlumbExecutable.path(), "show"],
            environment: host.host.stores.merging(["NO_COLOR": "1"]) { $1 },
            isStyled: true,
            in: host.host.namespace
        )
        #expect(quiet.contains("✓") && !quiet.contains("\u{1B}["))
    }

    @Test func `end quietly when their reader goes away`() throws {
        let host = try ShowHost()
        for trap in ["", "trap '' PIPE; "] {
            for arguments in ["show", "show frontend", "show --json"] {
                let script = "\(trap)'\(try PlumbExecutable.path())' \(arguments) | head -c 1 >/dev/null"
                let command = Command(["sh", "-c", script], environment: host.host.stores)
                let result = try command.run(in: host.host.namespace)
                #expect(result.succeeded && result.errors.isEmpty, "\(result)")
            }
        }
        let full = Command(
            ["sh", "-c", "'\(try PlumbExecutable.path())' show --json >/dev/full"],
            environment: host.host.stores
        )
        let result = try full.run(in: host.host.namespace)
        #expect(result.status == .exited(1) && result.errors.contains("No space left"), "\(result)")
    }
}
