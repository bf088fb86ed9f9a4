import CLibnl
import PlumbAddress

extension NftablesLayout {
    /// What tells the rules of this version from those of another: to be raised whenever one of them changes.
    static let version = 1

    /// How many rules each chain has; counted by hand, since an ADD that made all rules would take noticeably longer.
    static let ruleCounts: [String: UInt32] = [
        "guard": 1, "published": 8, "prerouting": 1, "output": 2, "postrouting": 7, Masquerading.random: 1,
        Masquerading.plain: 1, "forward": 8,
    ]

    var lines: [NftablesLine] {
        Self.guarding.map { $0.for(.loopbackGuard) } + Self.publishing.map { $0.for(.publishedPorts) }
            + Self.masquerading.map { $0.for(.masquerade) } + Self.forwarding
    }

    /// Keeps 127.0.0.0/8 on the host, although a bridge routes it (`route_localnet`) for connections from the host.
    private static let guarding = [
        NftablesLine(
            "guard",
            .inputIsNot("lo"),
            .family(.ipv4),
            .loopbackDestination,
            .counter,
            .drop,
            comment: "127.0.0.0/8 stays on the host"
        )
    ]

    /// What is sent to the host's own addresses goes where its port is published; one at that very address wins.
    ///
    /// Answers to ::1 can't come back from another interface (IPv6 has no route_localnet), so translating it would turn
    /// a refused connection into one that hangs.
    private static let publishing: [NftablesLine] =
        AddressFamily.allCases.flatMap(publishing) + [
            NftablesLine("prerouting", .toHost, .jump("published")),
            NftablesLine("output", .family(.ipv6), .loopbackDestination6, .return),
            NftablesLine("output", .toHost, .jump("published")),
        ]

    private static func publishing(_ family: AddressFamily) -> [NftablesLine] {
        let address = family == .ipv4 ? NftablesClause.Key.destination4 : .destination6
        let bound = [Name.addressPorts(family), Name.spare(Name.addressPorts(family))].map { map in
            NftablesLine("published", .family(family), .translate(family, address, .transport, .port, by: map))
        }
        return bound
            + [Name.ports(family), Name.spare(Name.ports(family))].map { map in
                NftablesLine(
                    "published",
                    .family(family, isImplied: false),
                    .translate(family, .transport, .port, by: map)
                )
            }
    }

    /// First the way back of what was translated, then what leaves a network.
    ///
    /// Answers to the host itself, to 127.0.0.1 above all, would find no way, and those to containers of the same network
    /// would go straight over the bridge, from an address that the client never called.
    private static let masquerading: [NftablesLine] = [
        NftablesLine("postrouting", .find(.output, in: Name.hairpin), .translated, .fromHost, .masquerade),
        NftablesLine(
            "postrouting",
            .find(.output, in: Name.hairpin),
            .translated,
            .family(.ipv4),
            .find(.output, .source4, in: Name.subnets(.ipv4)),
            .masquerade
        ),
        NftablesLine(
            "postrouting",
            .find(.output, in: Name.hairpin),
            .translated,
            .family(.ipv6),
            .find(.output, .source6, in: Name.subnets(.ipv6)),
            .masquerade
        ),
        NftablesLine(
            "postrouting",
            .family(.ipv4),
            .find(.output, .source4, in: Name.subnets(.ipv4)),
            .return,
            comment: "stays in its network"
        ),
        NftablesLine(
            "postrouting",
            .family(.ipv6),
            .find(.output, .source6, in: Name.subnets(.ipv6)),
            .return,
            comment: "stays in its network"
        ),
        NftablesLine("postrouting", .family(.ipv4), .follow(.input, .source4, in: Name.masquerade(.ipv4))),
        NftablesLine("postrouting", .family(.ipv6), .follow(.input, .source6, in: Name.masquerade(.ipv6))),
        NftablesLine(Masquerading.random, .counter, .masqueradeRandomly),
        NftablesLine(Masquerading.plain, .counter, .masquerade),
    ]

    private static let forwarding: [NftablesLine] = [
        NftablesLine("forward", .jump(userChain)).for(.userChain),
        NftablesLine("forward", .established, .accept).for(.containerAccess),
        NftablesLine("forward", .follow(.input, .output, in: Name.inside)),
        NftablesLine(
            "forward",
            .find(.input, in: Name.internal),
            .counter,
            .drop,
            comment: "an internal network keeps to itself"
        ),
        NftablesLine(
            "forward",
            .find(.output, in: Name.internal),
            .counter,
            .drop,
            comment: "an internal network keeps to itself"
        ),
        NftablesLine(
            "forward",
            .find(.output, in: Name.bridges),
            .translated,
            .counter,
            .accept,
            comment: "published ports"
        )
        .for(.publishedPorts),
        NftablesLine(
            "forward",
            .find(.input, in: Name.bridges),
            .find(.output, in: Name.bridges),
            .counter,
            .drop,
            comment: "networks are kept apart"
        ),
        NftablesLine(
            "forward",
            .find(.output, in: Name.protected),
            .counter,
            .drop,
            comment: "only published ports are open"
        ),
    ]
}

extension NftablesClause {
    /// 127.0.0.0/8: the first byte tells.
    fileprivate static let loopbackDestination = NftablesClause(
        text: "ip daddr 127.0.0.0/8",
        expressions: [
            .payload(NFT_PAYLOAD_NETWORK_HEADER, offset: 16, length: 1, into: 0), .compare(0, NFT_CMP_EQ, [127]),
        ]
    )

    fileprivate static let loopbackDestination6 = NftablesClause.equal(
        .destination6,
        "::1",
        IPAddress(.ipv6, number: 1).bytes
    )
}
