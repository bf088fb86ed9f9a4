import PlumbTestSupport
import Testing

/// A host with a network on which a container is attached, so that another finds bridge and chains.
private struct TracedSite {
    let host: TestHost
    let first: Container
    let configuration = JSON.network([.ipv4], ports: [])

    init() throws {
        host = try TestHost()
        first = try host.container("first")
        try host.attach(first, configuration)
    }

    /// ADD or DEL of a container with published ports, with or without a trace.
    func call(_ command: String, _ container: Container, trace: String?) -> PlumbCall {
        var configuration = configuration
        configuration["runtimeConfig"]["portMappings"] = .array(JSON.ports(8888, 7777))
        var call = host.call(command, container, configuration)
        call.environment["PLUMB_TRACE"] = trace
        return call
    }
}

/// A trace as its title and the names and times of its steps.
private struct ReadTrace {
    let title: String
    let steps: [(name: String, milliseconds: Double)]

    init(_ text: String) throws {
        let lines = text.split(separator: "\n").map(String.init)
        title = try #require(lines.first)
        steps = try lines.dropFirst().map { line in
            let fields = line.split(separator: " ")
            let number = try #require(fields.firstIndex { Double($0) != nil })
            #expect(fields[(number + 1)...].allSatisfy { $0.allSatisfy { $0 == "#" } }, "\(line)")
            return (fields[..<number].joined(separator: " "), try #require(Double(fields[number])))
        }
    }
}

@Suite struct `PLUMB_TRACE` {
    private static let added = [
        "start", "parse", "read host", "reserve", "bridge", "pair", "sandbox", "firewall", "conntrack", "mark",
        "answer",
    ]
    private static let deleted = [
        "start", "parse", "read record", "firewall", "conntrack", "links", "release", "answer",
    ]

    @Test func `shows the steps of ADD and DEL on standard error, and the answer alone on standard output`() throws {
        let site = try TracedSite()
        let container = try site.host.container("web")
        for (command, names) in [("ADD", Self.added), ("DEL", Self.deleted)] {
            let reply = try site.host.plumb(site.call(command, container, trace: "1"))
            #expect(reply.succeeded && (command == "DEL" ? reply.result.output.isEmpty : reply.code == nil), "\(reply)")
            #expect(command == "DEL" || reply.json["ips"].elements.count == 1)
            let trace = try ReadTrace(reply.result.errors)
            #expect(trace.title.hasPrefix("plumb \(command) web eth0: "))
            #expect(trace.steps.map(\.name) == names)
            let total = try #require(trace.title.split(separator: " ").dropLast().last.flatMap { Double($0) })
            #expect(abs(trace.steps.map(\.milliseconds).reduce(0, +) - total) < 0.01)
        }
    }

    @Test func `shows how far a call came that failed, and how it was undone`() throws {
        let site = try TracedSite()
        let container = try site.host.container("web")
        let claim = "iptables-legacy -t nat -A PLUMB -p tcp --dport 8888 -j DNAT --to-destination 192.0.2.99:1"
        try site.host.namespace.require("sh", "-ec", claim)
        let reply = try site.host.plumb(site.call("ADD", container, trace: "true"))
        #expect(reply.code == 104, "\(reply)")
        let trace = try ReadTrace(reply.result.errors)
        #expect(trace.title.hasPrefix("plumb ADD web eth0 failed: "))
        #expect(trace.steps.map(\.name).suffix(5) == ["firewall", "firewall", "conntrack", "links", "release"])
    }

    @Test func `appends to a file, and writes to a descriptor that is open`() throws {
        let site = try TracedSite()
        let container = try site.host.container("web")
        let path = "\(site.host.folder.path)/trace"
        for command in ["ADD", "DEL"] {
            let reply = try site.host.plumb(site.call(command, container, trace: path))
            #expect(reply.succeeded && reply.result.errors.isEmpty, "\(reply)")
        }
        var call = site.call("ADD", container, trace: "3")
        call.launcher = ["sh", "-c", "exec \"$@\" 3>>\(path)", "sh"]
        #expect(try site.host.plumb(call).succeeded)
        let titles = try Command(["cat", path]).run().output.split(separator: "\n").filter { $0.hasPrefix("plumb ") }
        #expect(titles.map { $0.split(separator: " ")[1] } == ["ADD", "DEL", "ADD"])
    }

    @Test func `is told and no failure where it can't be written`() throws {
        let site = try TracedSite()
        let container = try site.host.container("web")
        let reply = try site.host.plumb(site.call("ADD", container, trace: "/nowhere/trace"))
        #expect(reply.succeeded && reply.result.errors.contains("/nowhere/trace"), "\(reply)")
        var call = site.call("DEL", container, trace: "7")
        call.launcher = ["sh", "-c", "exec \"$@\" 7>&-", "sh"]
        #expect(try site.host.plumb(call).result.errors.contains("descriptor 7"))
    }

    @Test func `with a value that names no place is refused before anything is changed`() throws {
        let site = try TracedSite()
        let before = try site.host.state()
        let reply = try site.host.plumb(site.call("ADD", site.host.container("web"), trace: "yes"))
        #expect(reply.code == 7 && reply.message.contains("PLUMB_TRACE"), "\(reply)")
        #expect(try site.host.state() == before)
    }

    @Test func `costs no system call when it is off, and three when it is on`() throws {
        let site = try TracedSite()
        let container = try site.host.container("web")
        /// How often each system call is made that is not about memory, whose number varies by itself.
        func calls(_ trace: String?) throws -> [String: Int] {
            let log = try site.host.folder.write("calls", "")
            let names = "trace=!brk,mmap,munmap,mremap,madvise,mprotect,futex"
            // At random addresses /proc/self/maps, which glibc reads at the start, has one line more or less.
            let reply = try site.host.plumb(
                site.call("ADD", container, trace: trace),
                under: ["setarch", "--addr-no-randomize", "strace", "-qq", "-e", names, "-e", "signal=none", "-o", log]
            )
            #expect(reply.succeeded, "\(reply)")
            #expect(try site.host.plumb(site.call("DEL", container, trace: nil)).succeeded)
            let lines = try Command(["cat", log]).run().output.split(separator: "\n")
            return Dictionary(grouping: lines) { String($0.prefix { $0 != "(" }) }.mapValues(\.count)
        }
        _ = try calls(nil)
        let without = try calls(nil)
        #expect(try calls("0") == without)
        let added = try calls("1").merging(without) { $0 - $1 }.filter { $0.value != 0 }
        // The clock of the process's own time is the one that takes a call.
        #expect(added == ["write": 1, "fcntl": 1, "clock_gettime": 1])
    }
}
