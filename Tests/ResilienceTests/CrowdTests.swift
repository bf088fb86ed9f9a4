import PlumbTestSupport
import Testing

/// Two hundred containers that come and go at once, on two networks.
private final class Crowd {
    let host: TestHost
    private let containers: [Container]

    init(count: Int) throws {
        host = try TestHost()
        containers = try (0..<count).map { [host] in try host.container("c\($0)") }
    }

    private func configuration(_ number: Int) -> JSON {
        let port = JSON.port(20_000 + number, 80, number.isMultiple(of: 4) ? .udp : .tcp)
        var configuration = JSON.network([.ipv4], version: "1.1.0", ports: [port])
        guard number.isMultiple(of: 2) else { return configuration }
        configuration["name"] = "other"
        configuration["bridge"] = "other0"
        configuration["ipam"]["ranges"][0][0]["subnet"] = "10.99.0.0/16"
        return configuration
    }

    /// Calls a verb for all of them at once, and prints how long that took in all.
    func all(_ verb: String) async throws -> [PlumbReply] {
        let caller = host.caller
        let calls = containers.enumerated().map { host.call(verb, $1, configuration($0)) }
        let start = ContinuousClock.now
        let replies = try await onThreads(calls, width: calls.count) { try caller.plumb($0) }
        print("\(calls.count) \(verb)s at once: \(start.duration(to: .now))")
        return replies
    }
}

extension `One after another` {
    @Suite struct `Two hundred calls at once` {
        @Test func `all succeed with addresses of their own, while another program edits the same tables`() async throws
        {
            let crowd = try Crowd(count: 200)
            let host = crowd.host
            let editor = try Background(["sh", "-c", editing], environment: host.stores, in: host.namespace)
            try editor.waitForOutput()

            let added = try await crowd.all("ADD")
            #expect(added.filter { !$0.succeeded }.map(\.description) == [])
            let addresses = added.compactMap { $0.json["ips"][0]["address"].string }
            #expect(Set(addresses).count == 200)
            let rules = try host.firewallRules()
            let lacking = (0..<200).filter { number in
                !rules.contains { $0.contains("ipv4 nat: -A PLUMB ") && $0.contains("--dport \(20_000 + number) ") }
            }
            #expect(lacking == [])
            #expect(rules.filter { $0.contains("ipv4 filter: -A PLUMB ") && $0.contains("--dport 80 ") }.count == 200)

            let deleted = try await crowd.all("DEL")
            #expect(deleted.filter { !$0.succeeded }.map(\.description) == [])
            #expect(try host.remains() == [])
            editor.end()
            // Nobody has undone what the other program did either.
            let edited = try host.firewallRules().filter { $0.contains("-A EDITED") }
            #expect(!edited.isEmpty)
        }

        /// Adds a rule to each table and takes every second away again, for as long as its parent lives.
        private var editing: String {
            """
            for table in nat filter; do iptables-legacy -w -t $table -N EDITED; done; echo ready; number=0
            while kill -0 $PPID; do
                number=$((number + 1))
                for table in nat filter; do
                    iptables-legacy -w -t $table -A EDITED -p tcp --dport $((number % 50000)) -j RETURN || exit
                    [ $((number % 2)) = 0 ] && iptables-legacy -w -t $table -D EDITED 1
                done
            done
            """
        }
    }
}
