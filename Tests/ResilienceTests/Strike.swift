import PlumbTestSupport

/// What happens to a process at one of its system calls.
enum Strike: Hashable, Sendable, CustomStringConvertible {
    /// SIGKILL before the call is carried out.
    case kill
    /// The call is not carried out and answers with an error, such as `ENOMEM`.
    case error(String)

    private var tampering: String {
        switch self {
        case .kill: "signal=KILL"
        case .error(let name): "error=\(name)"
        }
    }

    var description: String {
        switch self {
        case .kill: "kill"
        case .error(let name): name
        }
    }

    /// Makes a call of plumb and strikes at a system call.
    func hit(_ target: SystemCall, in call: PlumbCall, on host: TestHost) throws -> PlumbReply {
        let inject = "inject=\(target.name):\(tampering):when=\(target.number)"
        let quiet = ["-qq", "-e", "signal=none", "-o", "/dev/null"]
        return try host.plumb(call, under: ["strace", "-f", "-e", "trace=\(target.name)", "-e", inject] + quiet)
    }
}

/// A verb whose process is struck.
enum Verb: String, CaseIterable, Sendable {
    case add = "ADD"
    case del = "DEL"
}

/// One host with one network and one container, whose ADD or DEL is struck.
final class Scene {
    let host: TestHost
    let victim: Container
    let verb: Verb
    let configuration: JSON

    /// The network has five addresses of a family, and the container publishes a port for each transport.
    init(_ verb: Verb, _ families: [Family]) throws {
        self.verb = verb
        host = try TestHost()
        victim = try host.container("victim")
        configuration = .smallNetwork(families)
        if verb == .del { try host.attach(victim, configuration) }
    }

    /// The call that is struck.
    var call: PlumbCall { host.call(verb.rawValue, victim, configuration) }

    /// Lists the system calls of an undisturbed run.
    static func calls(_ verb: Verb, _ families: [Family]) throws -> [SystemCall] {
        let scene = try Scene(verb, families)
        let (reply, calls) = try SystemCall.record(scene.call, on: scene.host)
        guard reply.succeeded else { throw TestFailure("\(verb.rawValue) under strace: \(reply)") }
        return calls
    }
}

extension JSON {
    /// A network with five addresses of each family, for containers that publish 8888 by TCP and UDP.
    static func smallNetwork(_ families: [Family], ports: [JSON] = JSON.ports(8888, 7777)) -> JSON {
        var configuration = JSON.network(families, version: "1.1.0", ports: ports)
        let subnets = families.map { $0 == .ipv4 ? "10.88.0.0/29" : "fd00:88::/125" }
        configuration["ipam"]["ranges"] = .array(subnets.map { [["subnet": .string($0)]] })
        return configuration
    }

    /// The configuration that GC gets: without what is of one container, with what is valid.
    func collecting(valid: [Container]) -> JSON {
        var configuration = self
        configuration["runtimeConfig"] = .null
        configuration["cni.dev/valid-attachments"] = .array(
            valid.map { ["containerID": .string($0.id), "ifname": "eth0"] }
        )
        return configuration
    }
}

extension TestHost {
    /// GC that has to succeed.
    func collect(_ configuration: JSON, valid: [Container] = []) throws {
        let reply = try plumb(PlumbCall("GC", configuration: "\(configuration.collecting(valid: valid))"))
        guard reply.succeeded else { throw TestFailure("GC: \(reply)") }
    }
}
