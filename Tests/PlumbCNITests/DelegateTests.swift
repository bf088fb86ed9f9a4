import FoundationEssentials
import Glibc
import PlumbAddress
import PlumbCNI
import Testing

/// A folder with shell scripts that stand for plugins, removed with the value.
private struct Plugins: ~Copyable {
    let folder: String

    init() throws {
        folder = "\(FileManager.default.temporaryDirectory.path)/plumb-delegate-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: folder)
        } catch {
            Issue.record(error)
        }
    }

    func install(_ name: String, mode: Int = 0o755, _ script: String) throws {
        let made = FileManager.default.createFile(
            atPath: "\(folder)/\(name)",
            contents: Data("#!/bin/sh\ncd \(folder)\n\(script)\n".utf8),
            attributes: [.posixPermissions: mode]
        )
        try #require(made)
    }

    func contents(_ name: String) throws -> String {
        let data = try #require(FileManager.default.contents(atPath: "\(folder)/\(name)"))
        return String(decoding: data, as: UTF8.self)
    }

    func request(_ configuration: String) throws -> Request<BridgeSettings> {
        let path = try #require(Environment.processVariables()["PATH"])
        let variables = [
            "CNI_COMMAND": "ADD", "CNI_CONTAINERID": "c1", "CNI_NETNS": "/run/netns/c1", "CNI_IFNAME": "eth0",
            "CNI_PATH": "/nonexistent:\(folder)", "TRACEPARENT": "00-1", "PATH": path,
        ]
        let bytes = Array(configuration.utf8)
        return Request(
            environment: try Environment(variables),
            configuration: try Configuration.decode(bytes),
            configurationBytes: bytes
        )
    }
}

private let configuration = #"{"cniVersion":"1.0.0","name":"n","ipam":{"type":"ipam"}}"#

// One after the other: while a test starts its plugin, the child holds what another test is writing open for a moment,
// and the kernel does not execute a file that is being written.
@Suite(.serialized) struct `A delegate` {
    @Test func `gets the whole configuration and the variables of the request`() throws {
        let plugins = try Plugins()
        try plugins.install("ipam", "cat > stdin; env > variables; echo '{\"ips\":[{\"address\":\"10.0.0.2/24\"}]}'")
        let request = try plugins.request(configuration)
        let delegate = try Delegate.find("ipam", in: request.environment.path)
        let result = try delegate.add(request)
        #expect(result.ips.map(\.address.description) == ["10.0.0.2/24"])
        #expect(try plugins.contents("stdin") == configuration)
        let variables = try plugins.contents("variables").split(separator: "\n")
        for expected in ["CNI_COMMAND=ADD", "CNI_CONTAINERID=c1", "CNI_IFNAME=eth0", "TRACEPARENT=00-1"] {
            #expect(variables.contains { $0 == expected })
        }
    }

    @Test func `inherits no end of its own pipes`() throws {
        let plugins = try Plugins()
        let scan = "n=3; while [ $n -lt 64 ]; do [ -e /proc/$$/fd/$n ] && echo $n >> descriptors; n=$((n + 1)); done"
        try plugins.install("ipam", "\(scan); exit 0")
        let inherited = (CInt(3)..<64).filter { number in
            let flags = fcntl(number, F_GETFD)
            return flags >= 0 && flags & FD_CLOEXEC == 0
        }
        try Delegate.find("ipam", in: [plugins.folder]).check(plugins.request(configuration))
        let seen = try plugins.contents("descriptors").split(separator: "\n").compactMap { CInt($0) }
        // The one more is the script, which the shell keeps open; a leak would be two.
        #expect(Set(seen).subtracting(inherited).count == 1)
    }

    @Test func `runs each command under its own name`() throws {
        let plugins = try Plugins()
        try plugins.install("ipam", "printf '%s ' $CNI_COMMAND >> commands")
        let request = try plugins.request(configuration)
        let delegate = try Delegate.find("ipam", in: request.environment.path)
        try delegate.del(request)
        try delegate.check(request)
        try delegate.gc(request)
        try delegate.status(request)
        #expect(try plugins.contents("commands") == "DEL CHECK GC STATUS ")
    }

    @Test func `hands its error on, and is cleaned up after a failed ADD`() throws {
        let plugins = try Plugins()
        try plugins.install(
            "ipam",
            """
            printf '%s ' $CNI_COMMAND >> commands
            [ $CNI_COMMAND = DEL ] && exit 0
            echo '{"cniVersion":"1.0.0","code":100,"msg":"full","details":"none of 3"}'; exit 1
            """
        )
        let request = try plugins.request(configuration)
        let delegate = try Delegate.find("ipam", in: request.environment.path)
        #expect(throws: CNIError(.poolExhausted, "full", details: "none of 3")) { try delegate.add(request) }
        #expect(try plugins.contents("commands") == "ADD DEL ")
    }

    @Test func `tells when cleaning up failed as well`() throws {
        let plugins = try Plugins()
        try plugins.install("ipam", "echo \"{\\\"code\\\":5,\\\"msg\\\":\\\"$CNI_COMMAND\\\"}\"; exit 1")
        let request = try plugins.request(configuration)
        let delegate = try Delegate.find("ipam", in: request.environment.path)
        #expect(throws: CNIError(.ioFailure, "ADD", details: "DEL failed as well: DEL (code 5)")) {
            try delegate.add(request)
        }
    }

    @Test(arguments: [
        ("exit 3", "CHECK of the plugin \"ipam\" ended with status 3 without a CNI error", ""),
        (
            "echo oops; exit 1",
            "CHECK of the plugin \"ipam\" ended with status 1 without a CNI error",
            "it printed \"oops\\n\""
        ),
        ("kill -9 $$", "CHECK of the plugin \"ipam\" was killed by signal 9 without a CNI error", ""),
    ])
    func `that dies without a word is an internal failure`(script: String, message: String, details: String) throws {
        let plugins = try Plugins()
        try plugins.install("ipam", script)
        let request = try plugins.request(configuration)
        let delegate = try Delegate.find("ipam", in: request.environment.path)
        #expect(throws: CNIError(.internalFailure, message, details: details)) { try delegate.check(request) }
    }

    @Test(arguments: [
        #"{"code":4,"msg":"unknown CNI_COMMAND: GC"}"#, #"{"code":1,"msg":"config version does not allow GC"}"#,
    ])
    func `may be older than GC and STATUS`(error: String) throws {
        let plugins = try Plugins()
        try plugins.install("ipam", "echo '\(error)'; exit 1")
        let request = try plugins.request(configuration)
        let delegate = try Delegate.find("ipam", in: request.environment.path)
        try delegate.gc(request)
        try delegate.status(request)
        #expect(throws: CNIError.self) { try delegate.check(request) }
    }

    @Test(arguments: ["exit 0", "cat > /dev/null", "head -c 200000 /dev/zero | tr '\\0' ' '; cat > /dev/null"])
    func `may read nothing, or write before it reads`(script: String) throws {
        let plugins = try Plugins()
        try plugins.install("ipam", script)
        let padding = String(repeating: " ", count: 500_000)
        let request = try plugins.request(configuration + padding)
        try Delegate.find("ipam", in: [plugins.folder]).check(request)
    }

    @Test func `that prints without end is stopped`() throws {
        let plugins = try Plugins()
        try plugins.install("ipam", "exec cat /dev/zero")
        let request = try plugins.request(configuration)
        let delegate = try Delegate.find("ipam", in: [plugins.folder])
        #expect(throws: CNIError(.ioFailure, "\(plugins.folder)/ipam printed more than 1048576 bytes")) {
            try delegate.check(request)
        }
    }

    @Test(arguments: ["", ".", "..", "../ipam", "a/b", "/bin/sh", "a\u{0}b"])
    func `must have a plain file name`(type: String) {
        #expect(throws: CNIError(.invalidConfiguration, "\(JSONValue.string(type)) is not the name of a plugin")) {
            try Delegate.find(type, in: ["/bin"])
        }
    }

    @Test func `must be an executable file in CNI_PATH`() throws {
        let plugins = try Plugins()
        let folder = plugins.folder
        try plugins.install("data", mode: 0o644, "exit 0")
        try FileManager.default.createDirectory(atPath: "\(folder)/directory", withIntermediateDirectories: false)
        for type in ["absent", "data", "directory"] {
            #expect(
                throws: CNIError(
                    .invalidConfiguration,
                    "no plugin \"\(type)\" in CNI_PATH",
                    details: "looked in /nonexistent, \(folder)"
                )
            ) { try Delegate.find(type, in: ["/nonexistent", folder]) }
        }
        let error = #expect(throws: CNIError.self) { try Delegate.find("ipam", in: []) }
        #expect(error?.code == .invalidEnvironment)
    }
}
