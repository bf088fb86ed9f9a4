import CLinux
import Glibc
import PlumbAddress
import PlumbNetlink
import Testing

/// A second network namespace beside that of the test: the descriptor of the namespace, and a socket inside.
struct Sandbox: ~Copyable {
    let namespace: CInt
    let socket: NetlinkSocket

    private init(_ namespace: CInt, _ socket: consuming NetlinkSocket) {
        self.namespace = namespace
        self.socket = socket
    }

    deinit { close(namespace) }

    static func make() throws -> Sandbox {
        let home = try openNamespace()
        defer { close(home) }
        try #require(unshare(CLONE_NEWNET) == 0)
        let sandbox = Sandbox(try openNamespace(), try NetlinkSocket.open())
        try #require(setns(home, CLONE_NEWNET) == 0)
        return sandbox
    }
}

private func openNamespace() throws -> CInt {
    let descriptor = unsafe open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)
    try #require(descriptor >= 0)
    return descriptor
}

/// A bridge with a port whose peer is in a sandbox, all of it up and without IPv6 addresses.
struct Wire: ~Copyable {
    let host: NetlinkSocket
    let sandbox: Sandbox
    let bridge: Int
    let port: Int
    let peer: Int

    static func make() throws -> Wire {
        let host = try NetlinkSocket.open()
        let sandbox = try Sandbox.make()
        try host.apply([.createBridge(BridgeSettings(name: "plumb0", mac: mac(1)))])
        let bridge = try #require(try host.linkIndex(named: "plumb0"))
        try host.apply([
            .createVeth(vethSettings(namespace: sandbox.namespace, master: bridge)),
            .changeLink(.name("veth0"), LinkSettings(ipv6LinkLocal: false)),
        ])
        let port = try #require(try host.linkIndex(named: "veth0"))
        let peer = try #require(try sandbox.socket.linkIndex(named: "eth0"))
        try sandbox.socket.apply([.changeLink(.index(peer), LinkSettings(isUp: true, ipv6LinkLocal: false))])
        return Wire(host: host, sandbox: sandbox, bridge: bridge, port: port, peer: peer)
    }
}

func vethSettings(_ number: Int = 0, namespace: CInt, master: Int? = nil) -> VethSettings {
    VethSettings(
        name: "veth\(number)",
        mac: mac(2 * UInt64(number) + 16),
        mtu: 1450,
        master: master,
        peerName: number == 0 ? "eth0" : "eth\(number)",
        peerMAC: mac(2 * UInt64(number) + 17),
        peerNamespace: namespace
    )
}

func mac(_ number: UInt64) -> MACAddress {
    MACAddress(locallyAdministered: number)
}

func prefix(_ text: String) throws -> Prefix {
    try #require(Prefix(text))
}

func address(_ text: String) throws -> IPAddress {
    try #require(IPAddress(text))
}

/// What `ip` says with these arguments in the test's namespace.
func ip(_ arguments: String...) throws -> String {
    try output(of: ["ip"] + arguments)
}

/// Runs a program in the namespace of the calling thread and gives what it printed.
func output(of command: [String]) throws -> String {
    var ends: [CInt] = [0, 0]
    try #require(unsafe pipe(&ends) == 0)
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
    unsafe posix_spawn_file_actions_addclose(&actions, ends[0])
    unsafe posix_spawn_file_actions_addclose(&actions, ends[1])
    var arguments = unsafe command.map { unsafe strdup($0) } + [nil]
    defer { for index in unsafe arguments.indices { unsafe free(arguments[index]) } }
    var pid = pid_t()
    let result = unsafe posix_spawnp(&pid, command[0], &actions, nil, &arguments, environ)
    close(ends[1])
    defer { close(ends[0]) }
    try #require(result == 0)
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
        let count = unsafe read(ends[0], &buffer, buffer.count)
        guard count > 0 else { break }
        text += buffer[..<count]
    }
    var status: CInt = 0
    unsafe waitpid(pid, &status, 0)
    try #require(status == 0)
    return String(decoding: text, as: UTF8.self)
}

/// The first line of a small file.
func firstLine(of path: String) throws -> String {
    let descriptor = unsafe open(path, O_RDONLY)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 256)
    let count = unsafe read(descriptor, &buffer, buffer.count)
    try #require(count >= 0)
    return String(decoding: buffer[..<count].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
}
