import Glibc

/// The ports that the kernel gives to connections and sockets which name none (`ip-sysctl.rst` of the kernel).
package struct LocalPorts: Hashable, Sendable {
    /// `net.ipv4.ip_local_port_range`, which is for IPv6 as well.
    package let range: ClosedRange<UInt16>

    /// `net.ipv4.ip_local_reserved_ports`: what it gives to nobody, as a program will ask for it by number.
    package let reserved: [ClosedRange<UInt16>]

    package init(range: ClosedRange<UInt16>, reserved: [ClosedRange<UInt16>]) {
        self.range = range
        self.reserved = reserved
    }

    /// Reads the ports of the network namespace that the thread is in.
    ///
    /// - Throws: `SystemError`. Equivalent to: `sysctl net.ipv4.ip_local_port_range net.ipv4.ip_local_reserved_ports`
    package static func read() throws(SystemError) -> LocalPorts {
        let range = (try Sysctl("net/ipv4/ip_local_port_range").read() ?? "").split { $0 == "\t" || $0 == " " }
        let reserved = try Sysctl("net/ipv4/ip_local_reserved_ports").read() ?? ""
        guard range.count == 2, let low = UInt16(range[0]), let high = UInt16(range[1]), low <= high else {
            throw SystemError("read net.ipv4.ip_local_port_range", errno: EINVAL)
        }
        return LocalPorts(range: low...high, reserved: reserved.split(separator: ",").compactMap(ports))
    }

    /// A port, or two with a hyphen between.
    private static func ports(_ text: Substring) -> ClosedRange<UInt16>? {
        let ends = text.split(separator: "-").compactMap { UInt16($0) }
        guard let low = ends.first, let high = ends.last, low <= high else { return nil }
        return low...high
    }
}
