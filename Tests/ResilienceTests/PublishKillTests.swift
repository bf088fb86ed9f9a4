import PlumbTestSupport
import Testing

/// A change of a running container's ports whose process is struck.
private enum Change: String, CaseIterable, Sendable {
    case publish
    case unpublish

    var arguments: [String] {
        switch self {
        case .publish: ["publish", "web", "8888:7777/tcp", "8888:7777/udp"]
        case .unpublish: ["unpublish", "web", "8888/tcp", "8888/udp"]
        }
    }
}

/// A host with one container that publishes 7000 and, before `unpublish`, 8888 as well.
private final class ChangedSite {
    let host: TestHost
    let container: Container
    let change: Change
    let configuration: JSON
    let result: JSON

    init(_ change: Change) throws {
        self.change = change
        host = try TestHost()
        container = try host.container("web")
        let others = change == .publish ? [] : JSON.ports(8888, 7777)
        configuration = .network([.ipv4], version: "1.1.0", ports: [JSON.port(7000, 7777)] + others)
        result = try host.attach(container, configuration)
    }

    var call: PlumbCall { PlumbCall(arguments: change.arguments) }

    static func calls(_ change: Change) throws -> [SystemCall] {
        let site = try ChangedSite(change)
        let (reply, calls) = try SystemCall.record(site.call, on: site.host)
        guard reply.succeeded else { throw TestFailure("\(change.rawValue) under strace: \(reply)") }
        return calls
    }

    /// What is wrong after a repair: CHECK, a second repair, or a record that says other than the rules.
    func inconsistencies() throws -> [String] {
        var problems: [String] = []
        var checked = configuration
        checked["prevResult"] = result
        let check = try host.plumb(host.call("CHECK", container, checked))
        if !check.succeeded { problems.append("CHECK: \(check)") }
        let again = try host.plumb(PlumbCall(arguments: ["repair"]))
        if !again.result.output.isEmpty || !again.succeeded { problems.append("a second repair: \(again)") }
        let attachment = try host.show()["attachments"][0]
        let isRecorded = attachment["publishedPorts"].elements.contains { $0["hostPort"] == 8888 }
        let isOpen = try host.firewallRules().contains { $0.contains("--dport 8888") }
        if isRecorded != isOpen { problems.append("recorded: \(isRecorded), open: \(isOpen)") }
        if attachment["state"] != "attached" { problems.append("state: \(attachment["state"])") }
        if try !host.firewallRules().contains(where: { $0.contains("--dport 7000") }) {
            problems.append("7000 is lost")
        }
        return problems
    }

    func problemsOfDetaching() throws -> [String] {
        try host.detach(container, configuration)
        return try host.remains()
    }
}

extension `One after another` {
    @Suite struct `A change of published ports` {
        @Test(arguments: Change.allCases)
        private func `killed at any system call leaves what repair or DEL brings in order`(change: Change) async throws
        {
            let calls = try ChangedSite.calls(change)
            #expect(calls.count > 40)
            let problems = try await onThreads(Array(calls.enumerated()), width: 4) { index, call in
                let site = try ChangedSite(change)
                let reply = try Strike.kill.hit(call, in: site.call, on: site.host)
                var problems = reply.result.status == .signalled(9) ? [] : ["it was not killed: \(reply)"]
                if index.isMultiple(of: 2) {
                    let repair = try site.host.plumb(PlumbCall(arguments: ["repair"]))
                    if !repair.succeeded { problems.append("repair: \(repair)") }
                    problems += try site.inconsistencies()
                }
                problems += try site.problemsOfDetaching()
                return problems.map { "\(change.rawValue) killed at \(call): \($0)" }
            }.flatMap(\.self)
            #expect(problems == [])
            printCounts("\(change.rawValue) killed", calls.map(\.name), times: 1, left: problems.count)
        }

        @Test(arguments: Change.allCases)
        private func `with an error of any system call is done as a whole or not at all`(change: Change) async throws {
            let calls = try ChangedSite.calls(change).filter { !["exit_group", "setns", "clone"].contains($0.name) }
            let problems = try await onThreads(calls, width: 4) { call in
                let site = try ChangedSite(change)
                let reply = try Strike.error("ENOMEM").hit(call, in: site.call, on: site.host)
                var problems = try site.inconsistencies()
                let isPublished = try site.host.firewallRules().contains { $0.contains("--dport 8888") }
                let hasChanged = isPublished == (change == .publish)
                let isToldOnOutput = call.text.hasPrefix("write(1,")
                if reply.succeeded != hasChanged, !isToldOnOutput {
                    problems.append("\(reply), changed: \(hasChanged)")
                }
                problems += try site.problemsOfDetaching()
                return problems.map { "\(change.rawValue) with ENOMEM at \(call): \($0)" }
            }.flatMap(\.self)
            #expect(problems == [])
            printCounts("\(change.rawValue) with an error", calls.map(\.name), times: 1, left: problems.count)
        }
    }
}
