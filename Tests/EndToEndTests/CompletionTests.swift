import PlumbTestSupport
import Testing

@Suite struct `Completion` {
    /// What bash offers for the last word of a command line, whose first word is the executable.
    private func offered(_ words: String..., on host: TestHost) throws -> [String] {
        let words = try [PlumbExecutable.path()] + words
        let script = """
            source <("$1" completion bash)
            COMP_WORDS=("$@")
            COMP_CWORD=$(($# - 1))
            # Only a shell that completes has this.
            compopt() { :; }
            _plumb
            printf '%s\\n' "${COMPREPLY[@]}"
            """
        let environment = ["PLUMB_STATE_DIR": host.stateDirectory]
        let reply = try Command(["bash", "-c", script, "bash"] + words, environment: environment)
            .run(in: host.namespace)
        #expect(reply.succeeded && reply.errors.isEmpty, "\(reply)")
        return reply.output.split(separator: "\n").map(String.init)
    }

    @Test func `offers commands, options and their values`() throws {
        let host = try TestHost()
        #expect(try offered("sh", on: host) == ["show"])
        #expect(try offered("show", "ru", on: host) == ["rules"])
        #expect(try offered("show", "rules", "--like", on: host) == ["--like-docker"])
        #expect(try offered("show", "--gr", on: host) == ["--graph"])
        #expect(try offered("show", "--graph", "", on: host) == ["dot", "mermaid", "svg"])
        #expect(try offered("completion", "", on: host) == ["bash", "fish", "zsh"])
        #expect(try offered("import", "host-local", "--data-dir", "/etc/ap", on: host).contains("/etc/apt"))
    }

    @Test func `offers the names of the store, also where no subcommand is named`() throws {
        let site = try Site(ports: [.port(8888, 7777), .port(53, 53, .udp)])
        let veth = try #require(site.result["interfaces"][1]["name"].string)
        let names = try offered("show", "", on: site.host)
        for name in ["server", "web", "web0", veth, "8888/tcp", "53/udp", "rules"] {
            #expect(names.contains(name), "\(name) is not in \(names)")
        }
        #expect(try offered("show", "serv", on: site.host) == ["server"])
        #expect(try offered("show", "88", on: site.host) == ["8888/tcp"])
        #expect(try offered("import", "host-local", "--network", "", on: site.host) == ["web"])
        #expect(try offered("repair", "server", "web", on: site.host) == ["web", "web0"])
        let elsewhere = try offered("show", "--state-dir", "/nonexistent", "serv", on: site.host)
        #expect(elsewhere.isEmpty)
    }

    @Test func `is silent where there is nothing to read`() throws {
        let site = try Site()
        let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        let command = Command(nobody + [try PlumbExecutable.path(), "complete", "plumb", "show", "serv"])
        let reply = try command.run(in: site.host.namespace)
        #expect(reply.output.isEmpty && reply.errors.isEmpty, "\(reply)")
    }

    @Test(arguments: ["bash", "zsh", "fish"]) func `has a script that the shell can read`(shell: String) throws {
        let script = try Command([try PlumbExecutable.path(), "completion", shell]).run()
        #expect(script.succeeded && script.output.contains("plumb complete") || script.output.contains(" complete "))
        guard try Command(["sh", "-c", "command -v \(shell)"]).run().succeeded else { return }
        let check = try Command([shell, "-n", "/dev/stdin"], input: script.output).run()
        #expect(check.succeeded && check.errors.isEmpty, "\(check)")
    }
}
