import PlumbAddress
import PlumbLinux

/// Lets the host forward packets between its interfaces, as every gateway has to.
enum HostForwarding {
    /// Switches forwarding on for the families in use, for good, since others may rely on it by then.
    static func ensure(_ families: [AddressFamily]) throws {
        if families.contains(.ipv4) { try sysctl(.ipv4).ensure("1") }
        if families.contains(.ipv6) { try ensureIPv6() }
    }

    /// The families that should be forwarded and are not.
    static func missing(_ families: [AddressFamily]) throws -> [AddressFamily] {
        try families.filter { try sysctl($0).read() != "1" }
    }

    /// What has to be 1 for a family to be forwarded.
    static func sysctl(_ family: AddressFamily) -> Sysctl {
        Sysctl(family == .ipv4 ? "net/ipv4/ip_forward" : "net/ipv6/conf/all/forwarding")
    }

    /// Switches IPv6 forwarding on without losing the routes that the host learnt from router advertisements.
    ///
    /// A forwarding host ignores advertisements where `accept_ra` is 1 and takes them where it is 2
    /// (`Documentation/networking/ip-sysctl.rst`); without the change its default route would run out.
    private static func ensureIPv6() throws {
        let forwarding = sysctl(.ipv6)
        guard let value = try forwarding.read(), value != "1" else { return }
        for interface in try interfaces() {
            let acceptance = Sysctl("net/ipv6/conf/\(interface)/accept_ra")
            if try acceptance.read() == "1" { try acceptance.write("2") }
        }
        try forwarding.write("1")
    }

    /// The interfaces that have IPv6 settings; `all` and `default` name none.
    private static func interfaces() throws(SystemError) -> [String] {
        try listDirectory("/proc/sys/net/ipv6/conf").filter { !["all", "default", "lo"].contains($0) }
    }
}
