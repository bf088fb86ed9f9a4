import PlumbTestSupport
import Testing

@Suite struct `What can't be read` {
    /// What keeps a store from being read.
    enum Trouble: CaseIterable {
        case damaged
        case newer
        case lost

        /// Brings the trouble about.
        func script(_ directory: String) -> String {
            switch self {
            case .damaged: "for file in \(directory)/*.sqlite; do printf garbage >$file; done"
            case .newer: "sqlite3 \(directory)/*.sqlite 'PRAGMA user_version = 99' && rm -f \(directory)/*-journal"
            case .lost: "rm -r \(directory)"
            }
        }

        var words: String? {
            switch self {
            case .damaged: "damaged"
            case .newer: "version 99"
            case .lost: nil
            }
        }
    }

    @Test(arguments: Trouble.allCases)
    func `of a store leaves what the kernel says`(trouble: Trouble) throws {
        let host = try ShowHost()
        let veth = try host.veth(host.frontend)
        try host.host.namespace.require("sh", "-c", trouble.script(host.host.stateDirectory))
        let reply = try host.show()
        #expect(reply.result.status == .exited(trouble.words == nil ? 0 : 2), "\(reply)")
        let row = reply.result.output.split(separator: "\n").first { $0.contains(veth) }
        #expect(row?.contains("frontend") == true && row?.contains("web") == true, "\(reply)")
        if let words = trouble.words { #expect(reply.result.output.contains(words), "\(reply)") }
        let document = try host.show("--json").json
        #expect(document["unrecorded"].elements.contains { $0["hostVeth"].string == veth && $0["bridge"] == "web0" })
        let help: (fixes: JSON, advice: JSON) =
            switch trouble {
            case .damaged: ([.string("rm \(try host.storeFile())")], ["stop its containers first"])
            case .newer: ([], ["use plumb of that version, or a later one"])
            case .lost: ([.string("ip link delete \(veth)")], .null)
            }
        let problem = document["problems"].elements.first { $0["subject"] == "store" || $0["link"].string == veth }
        #expect(problem?["fixes"] == help.fixes && problem?["advice"] == help.advice, "\(document)")
        for line in help.advice.elements { #expect(reply.result.output.contains("advice: \(line.string ?? "?")")) }
        #expect(document["networks"].elements.compactMap { $0["name"].string } == ["lan", "web"])
        #expect(try host.show(veth).result.output.contains("frontend eth0 web"))
        for name in [veth, "network:web"] {
            let detail = try host.show(name, "--json")
            #expect(detail.result.status == .exited(trouble.words == nil ? 0 : 2), "\(detail)")
            #expect((detail.json["problems"][0]["subject"] == "store") == (trouble.words != nil), "\(detail)")
        }
        let unknown = try host.show("frontier")
        #expect(unknown.result.status == .exited(trouble.words == nil ? 1 : 2), "\(unknown)")
        if let words = trouble.words { #expect(unknown.result.errors.contains(words), "\(unknown)") }
    }

    @Test func `of a locked store leaves what the kernel says, and names who holds the lock`() throws {
        let host = try ShowHost()
        let holder = try Background(
            ["flock", "-F", "\(host.host.stateDirectory)/lock", "sh", "-c", "echo locked; exec sleep 60"],
            in: host.host.namespace
        )
        try holder.waitForOutput()
        let reply = try host.show()
        #expect(reply.result.status == .exited(2), "\(reply)")
        #expect(
            reply.result.output.contains("process \(holder.pid)") && reply.result.output.contains("frontend"),
            "\(reply)"
        )
        holder.end()
        #expect(try host.show().succeeded)
    }

    @Test func `of a record leaves the rest`() throws {
        let host = try ShowHost()
        let script =
            "sqlite3 \(host.host.stateDirectory)/*.sqlite \"UPDATE attachment SET record = '{}' WHERE container = 'cache'\""
        try host.host.namespace.require("sh", "-c", script)
        let reply = try host.show()
        #expect(reply.result.status == .exited(2), "\(reply)")
        #expect(reply.result.output.contains("✓  frontend") && reply.result.output.contains("?  cache"), "\(reply)")
        #expect(reply.result.output.contains("its record can't be read"), "\(reply)")
    }

    /// Root without any capability.
    private static let powerless = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]

    @Test func `for want of a capability names it, and leaves the rest`() throws {
        let host = try ShowHost()
        let overview = try host.show(under: Self.powerless)
        #expect(overview.result.status == .exited(2), "\(overview)")
        #expect(overview.result.output.contains("CAP_NET_ADMIN") && overview.result.output.contains("10.88.0.2/24"))
        let detail = try host.show("frontend", under: Self.powerless)
        #expect(detail.result.status == .exited(2), "\(detail)")
        for word in [
            "CAP_SYS_PTRACE and CAP_SYS_ADMIN", "CAP_NET_ADMIN", "10.88.0.2/24, as recorded", "8888->7777/tcp",
        ] {
            #expect(detail.result.output.contains(word), "\(word): \(detail)")
        }
        #expect(detail.result.output.contains(try host.veth(host.frontend)))
        #expect(!detail.result.output.contains("nobody listens"), "nothing was looked at")
        let document = try host.show("frontend", "--json", under: Self.powerless)
        #expect(document.json["attachments"][0]["sandbox"]["entered"] == false, "\(document)")
    }

    @Test func `of a container that is gone says so`() throws {
        let host = try ShowHost()
        let veth = try host.veth(host.frontend)
        host.frontend.namespace.close()
        #expect(
            try eventually { try host.host.namespace.ip("link").elements.allSatisfy { $0["ifname"].string != veth } }
        )
        let reply = try host.show()
        #expect(reply.succeeded && reply.result.output.contains("the container is gone"), "\(reply)")
        let detail = try host.show("frontend")
        #expect(detail.succeeded && detail.result.output.contains("(gone)"), "\(detail)")
        let command = try #require(try host.show("--json").json["problems"][0]["fixes"][0].string)
        let path = try PlumbExecutable.path()
        let repaired = Command(
            ["sh", "-c", command.replacing(" plumb ", with: " '\(path)' ")],
            environment: host.host.stores
        )
        #expect(try repaired.run(in: host.host.namespace).succeeded, "\(command)")
        #expect(try !host.show().result.output.contains("frontend"))
    }

    @Test func `by others shows links that have plumb's marks`() throws {
        let host = try ShowHost()
        let command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "test", "-x"]
        guard try Command(command + [try PlumbExecutable.path()]).run().succeeded else { return }
        let reply = try host.show(under: ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"])
        #expect(reply.result.status == .exited(2), "\(reply)")
        #expect(
            reply.result.output.contains("frontend") && reply.result.output.contains("advice: run plumb as root"),
            "\(reply)"
        )
        #expect(reply.result.errors.isEmpty, "\(reply)")
    }
}
