import PlumbLinux
import Testing

@testable import PlumbAttachment
@testable import PlumbShow

@Suite struct `Resolving a name` {
    private func resolver() throws -> NameResolver {
        let items = [
            try example("alpha", address: "10.88.0.2/16", ports: [port(8080, 80)], sandbox: 11),
            try example(
                "alphabet",
                address: "10.88.0.3/16",
                ports: [port(8081, 80, at: "127.0.0.1")],
                sandbox: 12,
                link: 8
            ),
            try example("8080", address: "10.88.0.4/16", ports: [port(4711, 80)], sandbox: 13, link: 9),
            try example(
                "beta",
                on: "dmz",
                address: "10.90.0.2/16",
                ports: [port(8081, 80, at: "192.0.2.1")],
                sandbox: 14
            ),
            try example("beta", on: "lan", address: "10.88.0.5/16", sandbox: 14, link: 10),
        ]
        return NameResolver(survey(items)) { pid in
            pid == 4711 ? NamespaceIdentity(device: 4, inode: 11) : nil
        }
    }

    @Test(arguments: [
        ("alpha", "alpha"), ("alphab", "alphabet"), ("8080", "8080"), ("port:8080", "alpha"), ("8080/tcp", "alpha"),
        ("port:4711", "8080"), ("pid:4711", "alpha"), ("127.0.0.1:8081", "alphabet"), ("192.0.2.1:8081/tcp", "beta"),
        ("beta", "beta"), ("10.90.0.2", "beta"), ("eth0@if8", "alphabet"), ("/run/netns/alpha", "alpha"),
        ("80", "8080"),
    ])
    func `finds the container`(name: String, container: String) throws {
        #expect(try resolver().resolve(name) == .found(.container(container)))
    }

    @Test(arguments: ["lan", "lan0", "10.88.0.1", "network:lan", "bridge:lan0"])
    func `finds the network`(name: String) throws {
        let found = try resolver().resolve(name)
        // Both networks of the example have the same gateway address.
        if name == "10.88.0.1" {
            #expect(found != .found(.network("lan")))
        } else {
            #expect(found == .found(.network("lan")))
        }
    }

    @Test func `that several have lists all of them by what tells them apart`() throws {
        func names(_ name: String) throws -> [String] {
            guard case .ambiguous(let candidates) = try resolver().resolve(name) else { return [] }
            return candidates.map(\.name)
        }
        #expect(try names("alph") == ["container:alpha", "container:alphabet"])
        #expect(try names("8081") == ["port:127.0.0.1:8081/tcp", "port:192.0.2.1:8081/tcp"])
        #expect(try names("4711") == ["port:4711/tcp", "pid:4711"])
        for name in try names("8081") + (try names("4711")) {
            guard case .found = try resolver().resolve(name) else {
                Issue.record("\(name) is still not clear")
                continue
            }
        }
    }

    @Test(arguments: [
        "gamma", "port:alpha", "container:lan", "mac:alpha", "0", "65536", "8080/icmp", "[::1:8080",
        "999999999999999999999",
        "eth0@if99", "", ":", "٤٧١١",
    ])
    func `that nothing has is unknown`(name: String) throws {
        guard case .unknown(let candidates) = try resolver().resolve(name) else {
            Issue.record("\(name) was found")
            return
        }
        #expect(!candidates.isEmpty)
    }

    @Test func `that was mistyped names what is close`() throws {
        guard case .unknown(let candidates) = try resolver().resolve("bate") else { return }
        #expect(candidates.map(\.name) == ["container:beta"])
        #expect(editDistance("", "abc") == 3 && editDistance("kitten", "sitting") == 3 && editDistance("a", "a") == 0)
    }
}
