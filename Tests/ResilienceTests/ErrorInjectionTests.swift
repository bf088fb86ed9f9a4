import PlumbTestSupport
import Testing

/// A system call that fails where it would not have.
private struct Failing: Sendable {
    let verb: Verb
    let families: [Family]
    let call: SystemCall
    let error: String

    /// Carries it out, and lists what is not as it should be: only success and a clean failure are.
    func problems() throws -> [String] {
        let scene = try Scene(verb, families)
        let reply = try Strike.error(error).hit(call, in: scene.call, on: scene.host)
        var problems: [String] = []
        switch reply.result.status {
        case .exited(0):
            let isComplete = verb == .del || reply.json["ips"].elements.count == families.count
            if !isComplete { problems.append("success without a result") }
        case .exited(1):
            // What could not be written to standard output is told on standard error.
            let isTold = call.text.hasPrefix("write(1,") && !reply.result.errors.isEmpty
            let isDescribed = reply.code != nil && !reply.message.isEmpty
            if !isTold && !isDescribed { problems.append("no error in JSON: \(reply)") }
        default:
            problems.append("it ended otherwise: \(reply)")
        }
        try scene.host.detach(scene.victim, scene.configuration)
        problems += try scene.host.remains()
        return problems.map { "\(verb.rawValue) with \(error) at \(call): \($0)" }
    }
}

extension `One after another` {
    @Suite struct `An error of any system call that changes something` {
        private static let errors = ["ENOMEM", "EBUSY", "EINTR", "EAGAIN"]

        @Test(arguments: Verb.allCases)
        func `leads to success or to a clean failure and leaves nothing`(verb: Verb) async throws {
            // The end of a process knows no error, and a thread that can't come back from a sandbox stops as if killed.
            let calls = try Scene.calls(verb, [.ipv4]).filter { !["exit_group", "setns"].contains($0.name) }
            let all = calls.flatMap { call in
                Self.errors.map { Failing(verb: verb, families: [.ipv4], call: call, error: $0) }
            }
            // Seven has no factor in common with the number of errors, so each of them meets each kind of call.
            let failings = stride(from: 0, to: all.count, by: 7).map { all[$0] }
            let problems = try await onThreads(failings, width: 4) { try $0.problems() }.flatMap(\.self)
            #expect(problems == [])
            printCounts("\(verb.rawValue) with an error", failings.map(\.call.name), times: 1, left: problems.count)
        }
    }
}
