import Glibc
import PlumbAddress
import PlumbCNI
import PlumbFirewall
import PlumbLinux
import PlumbNetlink
import Testing

@testable import PlumbAttachment
@testable import PlumbSubnetStore

@Suite struct `An error` {
    /// An error of the layers below, and what CNI hears of it.
    struct Example: Sendable, CustomTestStringConvertible {
        let error: any Error
        let code: CNIError.Code
        let message: String
        var hasAdvice = false

        var testDescription: String { message }
    }

    private static let key = AttachmentKey(network: "lan", container: "web0", interface: "eth0")
    private static let address = IPAddress(.ipv4, number: 0x0A58_0002)
    private static let loopback = IPAddress("127.0.0.1")
    private static let port = PortReservation(transport: "tcp", hostAddress: nil, hostPorts: 8888...8888)
    private static let stored = StoredAttachment(
        number: 1,
        key: key,
        state: .attached,
        writer: ProcessIdentity(pid: 4711, startTime: 1),
        hostInterface: "vethd6385992",
        record: "{}",
        createdAt: 0
    )

    private static let ofTheStore = [
        Example(
            error: StoreError(.exhausted(network: "lan", rangeSet: "10.88.0.0/30", size: 1, used: 1)),
            code: .poolExhausted,
            message: "no address is free in 10.88.0.0/30 of network lan: 1 of 1 are in use",
            hasAdvice: true
        ),
        Example(
            error: StoreError(.addressTaken(address, holder: key)),
            code: .addressConflict,
            message: "address 10.88.0.2 is in use by eth0 of container web0 on network lan",
            hasAdvice: true
        ),
        Example(
            error: StoreError(.addressUnavailable(address, reason: "it is a gateway")),
            code: .invalidConfiguration,
            message: "address 10.88.0.2 can't be given out: it is a gateway",
            hasAdvice: true
        ),
        Example(
            error: StoreError(.portTaken(port, holder: key)),
            code: .portTaken,
            message: "host port 8888/tcp is published by eth0 of container web0 on network lan",
            hasAdvice: true
        ),
        Example(
            error: StoreError(.alreadyAttached(stored)),
            code: .invalidEnvironment,
            message: "eth0 of container web0 on network lan is in the store already, as attached",
            hasAdvice: true
        ),
        Example(
            error: StoreError(.hostInterfaceTaken("vethd6385992", holder: key)),
            code: .internalFailure,
            message: "host interface vethd6385992 belongs to eth0 of container web0 on network lan"
        ),
        Example(
            error: StoreError(.notAttached(key)),
            code: .internalFailure,
            message: "eth0 of container web0 on network lan is not in the store"
        ),
        Example(
            error: StoreError(.networkLeaving(network: "lan", writer: ProcessIdentity(pid: 4711, startTime: 1))),
            code: .tryAgainLater,
            message: "process 4711 is removing network lan"
        ),
        Example(
            error: StoreError(.busy(path: "/run/plumb/lock")),
            code: .tryAgainLater,
            message: "other processes have kept the subnet store /run/plumb/lock locked for too long"
        ),
        Example(error: StoreError(.unusable("no room")), code: .storeFailure, message: "no room"),
        Example(
            error: StoreError(.newer(path: "/run/plumb/s", version: 9, known: 1)),
            code: .storeFailure,
            message: "the subnet store /run/plumb/s has schema version 9, but this program knows up to 1"
        ),
        Example(
            error: StoreError(.older(path: "/run/plumb/s", version: 1, known: 2)),
            code: .storeFailure,
            message: """
                the subnet store /run/plumb/s has schema version 1 of an earlier program, but this one needs 2; stop the \
                containers that have addresses of it, then remove the file, and a new one is made
                """
        ),
        Example(
            error: StoreError(.portsExhausted(OpenPort(transport: "udp", hostAddress: nil, range: 32768...60999))),
            code: .portTaken,
            message: "no host port is free in 32768-60999/udp",
            hasAdvice: true
        ),
        Example(
            error: StoreError(
                .portsExhausted(OpenPort(transport: "tcp", hostAddress: loopback, count: 4, range: 8000...8010))
            ),
            code: .portTaken,
            message: "no 4 host ports in a row are free in 127.0.0.1:8000-8010/tcp",
            hasAdvice: true
        ),
        Example(
            error: StoreError(.sqlite(code: 10, message: "disk I/O error")),
            code: .storeFailure,
            message: "SQLite failed on the subnet store: disk I/O error (result code 10)"
        ),
    ]

    private static let ofTheSystem = [
        Example(
            error: FirewallError(.locked, "lock the firewall", reason: "another process has it"),
            code: .tryAgainLater,
            message: "lock the firewall: another process has it",
            hasAdvice: true
        ),
        Example(
            error: FirewallError(.unavailable, "choose a firewall", reason: "there is none"),
            code: .firewallFailure,
            message: "choose a firewall: there is none"
        ),
        Example(
            error: FirewallError(.refused, "commit the iptables table nat", errno: EINVAL, reason: "Invalid argument"),
            code: .firewallFailure,
            message: "commit the iptables table nat: Invalid argument"
        ),
        Example(
            error: NetlinkError(operation: "add link br0", errno: EINVAL, kernelMessage: "Bad name"),
            code: .netlinkFailure,
            message: "add link br0: Invalid argument (Bad name)"
        ),
        Example(
            error: NetlinkError(operation: "add link br0", errno: EPERM),
            code: .netlinkFailure,
            message: "add link br0: Operation not permitted",
            hasAdvice: true
        ),
        Example(
            error: NetlinkError(operation: "add link br0", errno: EOPNOTSUPP),
            code: .netlinkFailure,
            message: "add link br0: Operation not supported",
            hasAdvice: true
        ),
        Example(
            error: NetlinkError(operation: "list links", errno: ENOBUFS),
            code: .tryAgainLater,
            message: "list links: No buffer space available"
        ),
        Example(
            error: NetlinkError(operation: "list links", errno: EBUSY),
            code: .tryAgainLater,
            message: "list links: Device or resource busy"
        ),
        Example(
            error: NamespaceError.notNamespace(path: "/etc/passwd"),
            code: .invalidNamespace,
            message: "/etc/passwd is not a namespace"
        ),
        Example(
            error: SystemError("open /run/plumb", errno: EACCES),
            code: .ioFailure,
            message: "open /run/plumb: Permission denied",
            hasAdvice: true
        ),
        Example(
            error: SystemError("open /run/plumb", errno: ENOSPC),
            code: .ioFailure,
            message: "open /run/plumb: No space left on device"
        ),
        Example(
            error: FileLockError.timedOut(path: "/run/lock"),
            code: .internalFailure,
            message: "another process has kept the lock /run/lock for too long"
        ),
    ]

    @Test(arguments: ofTheStore + ofTheSystem)
    func `has a code, its own words and the way out that there is`(example: Example) {
        let error = CNIError(describing: example.error)
        #expect(error.code == example.code)
        #expect(error.message == example.message)
        #expect(!error.details.isEmpty == example.hasAdvice)
    }

    @Test func `of CNI stays what it is`() {
        let error = CNIError(.unsupportedField, "vlan: \"1\" is not supported", details: "Take it out.")
        #expect(CNIError(describing: error) == error)
    }

    @Test func `of several is that of the first, with all their words`() {
        var failures = Failures()
        failures.add(NetlinkError(operation: "remove link a", errno: EPERM))
        failures.add(SystemError("open b", errno: ENOENT))
        let error = CNIError(describing: failures)
        #expect(error.code == .netlinkFailure)
        #expect(error.message == "remove link a: Operation not permitted; open b: No such file or directory")
        #expect(error.details == "plumb needs to run as root, or with CAP_NET_ADMIN and CAP_SYS_ADMIN.")
    }
}

@Suite struct `Collected failures` {
    private let one = SystemError("open a", errno: ENOENT)
    private let other = SystemError("open b", errno: EIO)

    @Test func `are none when all went well`() throws {
        var failures = Failures()
        #expect(failures.collect {})
        try failures.throwIfAny()
    }

    @Test func `are the error itself when there is but one`() {
        var failures = Failures()
        #expect(!failures.collect { throw one })
        #expect(failures.collect {})
        #expect(throws: one) { try failures.throwIfAny() }
    }

    @Test func `are a list otherwise, however they came together`() {
        var inner = Failures()
        inner.add(one)
        inner.add(other)
        var failures = Failures()
        failures.add(inner)
        failures.collect { throw one }
        #expect(failures.errors.count == 3)
        #expect(failures.description == "\(one); \(other); \(one)")
        #expect(throws: Failures.self) { try failures.throwIfAny() }
    }
}
