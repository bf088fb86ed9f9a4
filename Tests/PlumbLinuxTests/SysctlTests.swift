import Glibc
import PlumbLinux
import PlumbTestSupport
import Testing

@Suite struct `A sysctl` {
    private let forwarding = Sysctl("net/ipv4/ip_forward")

    @Test func `belongs to the namespace that the thread is in`() throws {
        let (one, other) = (try Namespace(), try Namespace())
        try one.enter { try forwarding.write("1") }
        try other.enter { try forwarding.write("0") }
        #expect(try one.enter { try forwarding.read() } == "1")
        #expect(try other.enter { try forwarding.read() } == "0")
    }

    @Test func `is written only when it has another value`() throws {
        let namespace = try Namespace()
        try namespace.enter { try forwarding.write("0") }
        #expect(try namespace.enter { try forwarding.ensure("1") })
        #expect(try !namespace.enter { try forwarding.ensure("1") })
        #expect(try namespace.enter { try forwarding.read() } == "1")
    }

    @Test func `that the kernel does not have reads as nil, and can't be written`() throws {
        let missing = Sysctl("net/ipv4/conf/missing/forwarding")
        #expect(try missing.read() == nil)
        let path = "/proc/sys/net/ipv4/conf/missing/forwarding"
        #expect(throws: SystemError("open \(path)", errno: ENOENT)) { try missing.ensure("1") }
    }

    @Test func `names itself and the value that the kernel refuses`() throws {
        let namespace = try Namespace()
        let error = #expect(throws: SystemError.self) { try namespace.enter { try forwarding.write("maybe") } }
        #expect(error?.description == "write maybe to the sysctl net.ipv4.ip_forward: Invalid argument")
    }
}
