import PlumbTestSupport
import Testing

extension `One after another` {
    @Suite struct `plumb repair after the death of` {
        @Test(arguments: Verb.allCases)
        func `an ADD or DEL at any system call leaves nothing of it behind`(verb: Verb) async throws {
            let calls = try Scene.calls(verb, [.ipv4])
            let struck = stride(from: 0, to: calls.count, by: 3).map { calls[$0] }
            let problems = try await onThreads(struck, width: 4) { call in
                let scene = try Scene(verb, [.ipv4])
                let reply = try Strike.kill.hit(call, in: scene.call, on: scene.host)
                var problems = reply.result.status == .signalled(9) ? [] : ["it was not killed: \(reply)"]
                let isFinished = try scene.host.show()["attachments"].elements.contains { $0["state"] == "attached" }
                let repair = try scene.host.plumb(PlumbCall(arguments: ["repair"]))
                if !repair.succeeded { problems.append("repair: \(repair)") }
                if !isFinished { problems += try scene.host.remains() }
                let again = try scene.host.plumb(PlumbCall(arguments: ["repair"]))
                if !again.succeeded || !again.result.output.isEmpty { problems.append("a second repair: \(again)") }
                return problems.map { "\(verb.rawValue) killed at \(call): \($0)" }
            }.flatMap(\.self)
            #expect(problems == [])
            printCounts("\(verb.rawValue) killed, then repaired", struck.map(\.name), times: 1, left: problems.count)
        }
    }

    @Suite struct `plumb repair beside others` {
        @Test func `leaves an ADD that has not come to its end alone`() throws {
            let host = try TestHost()
            let container = try host.container("slow")
            // The lock of the firewall is taken after the record is made, so the ADD waits there.
            let lockPath = "\(host.folder.path)/xtables.lock"
            let lock = try Background(["flock", "--no-fork", lockPath, "sh", "-c", "echo held; exec cat"])
            try lock.waitForOutput()
            let writer = try host.start(host.call("ADD", container, .smallNetwork([.ipv4])))
            #expect(try eventually { try host.show()["attachments"].elements.count == 1 })
            let repair = try host.plumb(PlumbCall(arguments: ["repair"]))
            #expect(repair.succeeded && repair.result.output.isEmpty, "\(repair)")
            lock.end()
            #expect(try writer.reply().succeeded)
            try host.detach(container, .smallNetwork([.ipv4]))
            #expect(try host.remains() == [])
        }

        @Test func `never brings back what containers that come and go have left`() async throws {
            let host = try TestHost()
            let configuration = JSON.smallNetwork([.ipv4], ports: [])
            let caller = host.caller
            let containers = try (0..<4).map { try host.container("c\($0)") }
            let calls = containers.flatMap { container in
                [host.call("ADD", container, configuration), host.call("DEL", container, configuration)]
            }
            let repair = PlumbCall(arguments: ["repair"])
            let problems = try await onThreads(Array(0..<6), width: 6) { number in
                var problems: [String] = []
                for _ in 0..<8 {
                    let round = number < 4 ? Array(calls[(number * 2)...(number * 2 + 1)]) : [repair]
                    for call in round {
                        let reply = try caller.plumb(call)
                        if !reply.succeeded { problems.append("\(reply)") }
                    }
                }
                return problems
            }.flatMap(\.self)
            #expect(problems == [])
            #expect(try host.remains() == [])
        }
    }
}
