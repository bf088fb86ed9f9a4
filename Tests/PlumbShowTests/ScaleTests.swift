import PlumbLinux
import PlumbTestSupport
import Testing

@Suite struct `A thousand attachments` {
    /// Fills the store with attachments like that of a container, whose links don't exist.
    private func fill(_ host: ShowHost, to count: Int) throws {
        let script = """
            BEGIN;
            WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < \(count)),
                template AS (SELECT record FROM attachment WHERE container = 'frontend')
            INSERT INTO attachment
                (network, container, interface, state, writer_pid, writer_start, host_interface, created_at, record)
            SELECT 'web', 'c' || n, 'eth0', 'attached', 1, 0, 'vethc' || n, 0, json_set(
                record, '$.container', 'c' || n, '$.hostInterface', 'vethc' || n, '$.markID', n,
                '$.markLabel', 'c' || n || ' eth0 web', '$.publishedPorts', json_array('tcp ' || (10000 + n) || ' 80')
            ) FROM numbers, template;
            COMMIT;
            """
        try host.host.namespace.require(
            "sh",
            "-c",
            "exec sqlite3 -bail \(host.host.stateDirectory)/*.sqlite",
            input: script
        )
    }

    @Test func `are listed by one reading of links and rules`() throws {
        let host = try ShowHost()
        func readings() throws -> Int {
            let trace = "\(host.host.folder.path)/trace"
            let reply = try host.show("--json", under: ["strace", "-o", trace, "-e", "trace=getsockopt,flock"])
            #expect(reply.succeeded)
            return try readText(trace).split(separator: "\n").count
        }
        let few = try readings()
        try fill(host, to: 1000)
        #expect(try readings() == few)
        let document = try host.show("--json").json
        #expect(document["attachments"].elements.count == 1003)
        let gone = document["problems"].elements.filter { $0["text"].string?.contains("the container is gone") == true }
        let lost = document["problems"].elements.filter { $0["container"].string?.hasPrefix("c1") == true }
        #expect(!lost.isEmpty && gone.count <= 1000)
    }

    @Test func `are too many problems for a terminal, but not for a file`() throws {
        let host = try ShowHost()
        try fill(host, to: 100)
        let all = try host.show().result.output
        #expect(all.split(separator: "\n").count { $0.hasPrefix("✗  c") && $0.contains("on web: ") } == 100)
        let screen = try TerminalWindow(columns: 120, rows: 400, in: host.host.folder).show(
            [try PlumbExecutable.path(), "show"],
            environment: host.host.stores,
            in: host.host.namespace
        )
        #expect(screen.contains("more: plumb show | cat"), "\(screen)")
    }
}
