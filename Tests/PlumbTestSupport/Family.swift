/// An address family, with the addresses that tests use of it (RFC 5737, RFC 3849, RFC 4193).
package enum Family: String, CaseIterable, Sendable {
    case ipv4
    case ipv6

    /// The host's address on the LAN.
    package var host: String { choose("192.0.2.10", "2001:db8:c0::10") }

    /// Another address that the host has on the LAN.
    package var secondHost: String { choose("192.0.2.11", "2001:db8:c0::11") }

    /// The address of the host's neighbour on the LAN, which is its default router as well.
    package var lan: String { choose("192.0.2.1", "2001:db8:c0::1") }

    /// An address that is reached by way of the router.
    package var internet: String { choose("198.51.100.1", "2001:db8:ee::1") }

    package var loopback: String { choose("127.0.0.1", "::1") }

    package var unspecified: String { choose("0.0.0.0", "::") }

    /// The subnet of the network that tests attach to.
    package var subnet: String { choose("10.88.0.0/24", "fd00:88::/64") }

    package var gateway: String { choose("10.88.0.1", "fd00:88::1") }

    package var everything: String { choose("0.0.0.0/0", "::/0") }

    /// The address that the n-th container of the network gets, counted from 0.
    package func container(_ index: Int) -> String {
        choose("10.88.0.\(index + 2)", "fd00:88::\(String(index + 2, radix: 16))")
    }

    /// The prefix length of the network's subnet.
    package var prefixLength: Int { self == .ipv4 ? 24 : 64 }

    private func choose(_ ipv4: String, _ ipv6: String) -> String {
        self == .ipv4 ? ipv4 : ipv6
    }
}
