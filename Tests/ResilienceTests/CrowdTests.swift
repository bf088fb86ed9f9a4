import PlumbTestSupport
import Testing

/// Two hundred containers that come and go at once, on two networks.
private final class Crowd {
    let host: TestHost
    private let containers: [Container]
    private let backend: Backend

    init(_ backend: Backend, count: Int) throws {
        self.backend = backend
        host = try TestHost()
        containers = try (0..<count).map { [host] in try host.container("c\($0)") }
    }

    private func configuration(_ number: Int) -> JSON {
        let port = JSON.port(20_000 + number, 80, number.isMultiple(of: 4) ? .udp : .tcp)
        var configuration = JSON.network([.ipv4], version: "1.1.0", ports: [port])
        configuration["firewallBackend"] = .string(backend.rawValue)
        configuration["removeWhenEmpty"] = true
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
        @Test(arguments: Backend.allCases)
        func `all succeed with addresses of their own, while another program edits the same tables`(
            backend: Backend
        ) async throws {
            let crowd = try Crowd(backend, count: 200)
            let host = crowd.host
            let editing = backend == .iptables ? legacyEditing : nftEditing
            let editor = try Background(["sh", "-c", editing], environment: host.stores, in: host.namespace)
            try editor.waitForOutput()

            let added = try await crowd.all("ADD")
            #expect(added.filter { !$0.succeeded }.map(\.description) == [])
            let addresses = added.compactMap { $0.json["ips"][0]["address"].string }
            #expect(Set(addresses).count == 200)
            let rules = try host.firewallRules()
            let leading = (0..<200).filter { number in rules.contains { Self.leads($0, 20_000 + number, backend) } }
            #expect(leading == Array(0..<200))
            if backend == .iptables {
                let admitting = rules.filter { $0.contains("ipv4 filter: -A PLUMB ") && $0.contains("--dport 80 ") }
                #expect(admitting.count == 200)
            } else {
                #expect(rules.filter { $0.contains("only published ports are open") }.count == 1, "made by one of them")
            }

            let deleted = try await crowd.all("DEL")
            #expect(deleted.filter { !$0.succeeded }.map(\.description) == [])
            #expect(try host.remains() == [])
            editor.end()
            // Nobody has undone what the other program did either.
            let left = try host.firewallRules()
            #expect(left.contains { $0.contains("EDITED") && $0.contains("dport") })
            #expect(!left.contains { $0.contains("plumb") || $0.contains("PLUMB") }, "tables go with the last network")
        }

        private static func leads(_ rule: String, _ port: Int, _ backend: Backend) -> Bool {
            switch backend {
            case .iptables: rule.contains("ipv4 nat: -A PLUMB ") && rule.contains("--dport \(port) ")
            case .nftables: rule.hasPrefix("map ports4: ") && rule.contains("p . \(port) ")
            }
        }

        /// Adds a rule to each table and takes every second away again, for as long as its parent lives.
        private var legacyEditing: String {
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

        /// Does the same to a table of nftables.
        private var nftEditing: String {
            """
            nft add table inet other; nft add chain inet other EDITED; echo ready; number=0
            while kill -0 $PPID; do
                number=$((number + 1))
                flush=$([ $((number % 9)) != 0 ] || echo "flush chain inet other EDITED;")
                nft "$flush add rule inet other EDITED tcp dport $((number % 50000)) return" || exit
            done
            """
        }
    }
}
