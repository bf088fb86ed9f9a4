import PlumbTestSupport
import Testing

/// What follows upon the death of the process.
private enum Aftermath: String, CaseIterable, Sendable {
    /// The runtime calls DEL.
    case deletion = "DEL"
    /// The container dies, and nobody says anything.
    case death = "death of the sandbox"
}

/// A process killed at a system call.
private struct Killing: Sendable {
    let verb: Verb
    let families: [Family]
    let call: SystemCall
    let aftermath: Aftermath
    /// Whether the next container has the name of the killed one.
    let takesName: Bool

    /// Carries it out, and lists what is not as it should be.
    func problems() throws -> [String] {
        let scene = try Scene(verb, families)
        let reply = try Strike.kill.hit(call, in: scene.call, on: scene.host)
        var problems: [String] = []
        if reply.result.status != .signalled(9) { problems.append("it was not killed: \(reply)") }
        switch aftermath {
        case .deletion: try scene.host.detach(scene.victim, scene.configuration)
        case .death: scene.victim.namespace.close()
        }
        let next = try scene.host.container(takesName ? scene.victim.id : "next")
        // Not only the port but the very address, which the store would give to others first.
        var configuration = scene.configuration
        configuration["runtimeConfig"]["ips"] = .array(families.map { .string($0.container(0)) })
        let added = try scene.host.add(next, configuration)
        if !added.succeeded { problems.append("the next ADD: \(added)") }
        switch aftermath {
        case .deletion: try scene.host.detach(next, configuration)
        case .death: try scene.host.collect(scene.configuration)
        }
        problems += try scene.host.remains()
        return problems.map { "\(verb.rawValue) killed at \(call), then \(aftermath.rawValue): \($0)" }
    }
}

extension `One after another` {
    @Suite struct `A process killed at any system call that changes something` {
        @Test(arguments: Verb.allCases)
        func `leaves nothing that the next one does not clean up`(verb: Verb) async throws {
            try await killAll(verb, [.ipv4], stride: 1)
        }

        @Test(arguments: Verb.allCases)
        func `leaves nothing with both families either`(verb: Verb) async throws {
            try await killAll(verb, Family.allCases, stride: 5)
        }

        private func killAll(_ verb: Verb, _ families: [Family], stride step: Int) async throws {
            let calls = try Scene.calls(verb, families)
            #expect(calls.count > 80)
            let struck = stride(from: 0, to: calls.count, by: step).map { calls[$0] }
            let killings = Aftermath.allCases.flatMap { aftermath in
                struck.enumerated().map { index, call in
                    Killing(
                        verb: verb,
                        families: families,
                        call: call,
                        aftermath: aftermath,
                        takesName: index.isMultiple(of: 2)
                    )
                }
            }
            let problems = try await onThreads(killings, width: 4) { try $0.problems() }.flatMap(\.self)
            #expect(problems == [])
            let title = "\(verb.rawValue) killed, \(families.map(\.rawValue).joined(separator: " and "))"
            printCounts(title, struck.map(\.name), times: Aftermath.allCases.count, left: problems.count)
        }
    }
}
