import Glibc
import PlumbLinux
import PlumbTestSupport
import Testing

@Suite struct `A watch` {
    /// A watch that writes to a file, with standard input open and silent.
    private struct Watcher {
        let program: Background
        let path: String

        init(_ host: ShowHost, _ arguments: String = "", under launcher: String = "") throws {
            path = "\(host.host.folder.path)/watch"
            let script = "exec \(launcher) '\(try PlumbExecutable.path())' show --watch \(arguments) >\(path) 2>&1"
            program = try Background(["sh", "-c", script], environment: host.host.stores, in: host.host.namespace)
        }

        var lines: [Substring] {
            get throws {
                do throws(SystemError) {
                    return try readText(path).split(separator: "\n")
                } catch  where error.errno == ENOENT {
                    // The shell has not made it yet.
                    return []
                }
            }
        }

        func sees(_ condition: ([Substring]) -> Bool) throws -> Bool { try eventually { condition(try lines) } }
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func `tells of changes as they happen, until a signal`(signal: CInt) throws {
        let host = try ShowHost()
        let watcher = try Watcher(host)
        #expect(try watcher.sees { $0.count == 5 && $0.allSatisfy { $0.hasPrefix("  ✓") } })

        let late = try host.host.container("late")
        try host.host.attach(late, .network())
        #expect(try watcher.sees { $0.contains { $0.contains("late/eth0 on web  attached") } })
        try host.host.namespace.require("ip", "link", "set", "web0", "down")
        #expect(try watcher.sees { $0.contains { $0.hasPrefix("+ ✗ network web: the bridge web0 is down") } })
        try host.host.namespace.require("ip", "link", "set", "web0", "up")
        #expect(try watcher.sees { $0.contains { $0.hasPrefix("- ✗ network web: the bridge web0 is down") } })
        try host.host.detach(late, .network())
        #expect(try watcher.sees { $0.contains { $0.hasPrefix("- ✓ late/eth0") } })

        watcher.program.signal(signal)
        #expect(try watcher.program.result().status == .exited(0))
    }

    @Test func `writes a JSON object on each line`() throws {
        let host = try ShowHost()
        let watcher = try Watcher(host, "--json")
        #expect(try watcher.sees { $0.count == 5 })
        try host.cache.namespace.require("ip", "link", "delete", "eth0")
        #expect(try watcher.sees { $0.contains { $0.contains("\"change\":\"added\"") && $0.contains("\"problem\"") } })
        watcher.program.signal(SIGTERM)
        #expect(try watcher.program.result().status == .exited(0))
        for line in try watcher.lines {
            let object = try JSON(parsing: String(line))
            #expect(["present", "added", "changed", "removed"].contains(object["change"].string), "\(line)")
            let kinds = ["attachment", "network", "problem", "unrecorded"].filter { object[$0] != .null }
            #expect(kinds.count == 1 && object.keys.count == 2, "\(line)")
        }
    }

    @Test func `meets a store that is made later`() throws {
        let host = try TestHost()
        let path = "\(host.folder.path)/watch"
        let script = "exec '\(try PlumbExecutable.path())' show --watch >\(path) 2>&1"
        let program = try Background(["sh", "-c", script], environment: host.stores, in: host.namespace)
        #expect(eventually { TemporaryFolder.names(in: host.folder.path).contains("watch") })
        let first = try host.container("first")
        defer { extendLifetime(first) }
        try host.attach(first, .network())
        let isMet = try eventually { try readText(path).contains(" ✓ first/eth0 on web  attached") }
        let text = try readText(path)
        #expect(isMet, "\(text)")
        program.signal(SIGINT)
        #expect(try program.result().status == .exited(0))
    }

    @Test func `ends with its input, and with its reader`() throws {
        let host = try ShowHost()
        let ended = try host.show("--watch")
        #expect(ended.succeeded && ended.result.output.split(separator: "\n").count == 5, "\(ended)")
        let script = "'\(try PlumbExecutable.path())' show --watch | head -n 1"
        let left = try Background(["sh", "-c", script], environment: host.host.stores, in: host.host.namespace)
        #expect(try left.result().status == .exited(0))
    }

    @Test func `does nothing while nothing happens`() throws {
        let host = try ShowHost()
        let trace = "\(host.host.folder.path)/trace"
        let watcher = try Watcher(
            host,
            under: "strace -D -o \(trace) -e trace=poll,ppoll,recvfrom,read,clock_nanosleep"
        )
        #expect(try watcher.sees { $0.count == 5 })
        // It waits without a limit: there is no interval after which it would look by itself.
        #expect(try eventually { try readText(trace).split(separator: "\n").last?.contains(/poll\(.*, -1/) == true })
        #expect(try !readText(trace).contains("nanosleep"))
        watcher.program.signal(SIGTERM)
        _ = try watcher.program.result()
    }

    @Test func `never scrolls its screen, and loses no character at its edge`() throws {
        let host = try ShowHost()
        try host.cache.namespace.require("ip", "link", "delete", "eth0")
        // Its input ends at once, and so does the watch once it has drawn.
        let command = ["sh", "-c", "true | \"\(try PlumbExecutable.path())\" show --watch"]
        let screen = try TerminalWindow(columns: 40, rows: 12, in: host.host.folder)
            .show(command, environment: host.host.stores, in: host.host.namespace)
        let lines = screen.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        #expect(lines.count <= 12 && lines.contains { $0.hasPrefix("   NETWO") }, "\(screen)")
        #expect(lines.contains { $0.hasSuffix(" more lines: plumb show | cat") }, "\(screen)")
        #expect(
            lines.contains { $0.count == 40 && $0.hasPrefix("     fix: plumb repair cache") && $0.last == "…" },
            "\(screen)"
        )
    }

    @Test func `goes with no name`() throws {
        let reply = try TestHost().plumb(PlumbCall(arguments: ["show", "web", "--watch"]))
        #expect(reply.result.status == .exited(64) && reply.result.errors.contains("--watch"), "\(reply)")
    }
}
