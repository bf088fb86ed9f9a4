import PlumbAddress
import Testing

@Suite struct `An address of either family` {
    @Test(arguments: [
        ("10.88.0.2", AddressFamily.ipv4, 32), ("fd00:88::2", .ipv6, 128), ("::ffff:10.88.0.2", .ipv6, 128),
    ])
    func `knows its family`(text: String, family: AddressFamily, bitWidth: Int) throws {
        let address = try address(text)
        #expect(address.family == family)
        #expect(family.bitWidth == bitWidth)
        #expect(address.description == text)
    }

    @Test(arguments: ["", "localhost", "10.88.0.2.example", "10.88.0.2/32", "1:2"])
    func `is not read from`(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(
        arguments: [
            ("10.88.0.2", [10, 88, 0, 2]),
            ("fd00:88::2", [0xfd, 0, 0, 0x88, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]),
        ] as [(String, [UInt8])]
    )
    func `has bytes in network order`(text: String, bytes: [UInt8]) throws {
        let address = try address(text)
        #expect(address.bytes == bytes)
        #expect(IPAddress(bytes: bytes) == address)
    }

    @Test(arguments: [0, 1, 3, 5, 15, 17, 32])
    func `is not made of another count of bytes`(count: Int) {
        #expect(IPAddress(bytes: Array(repeating: UInt8(255), count: count)) == nil)
    }

    @Test func `cuts off what its family has no bits for`() {
        #expect(IPAddress(.ipv4, number: 0x1_0A58_0002).description == "10.88.0.2")
        #expect(IPAddress(.ipv6, number: .max).number == .max)
    }

    @Test(
        arguments: [
            ("10.88.0.2", 1, "10.88.0.3"), ("10.88.0.2", -3, "10.87.255.255"), ("10.88.0.2", 0, "10.88.0.2"),
            ("10.88.0.255", 1, "10.88.1.0"), ("255.255.255.255", 0, "255.255.255.255"),
            ("255.255.255.255", 1, nil), ("0.0.0.0", -1, nil), ("0.0.0.0", .max, nil), ("0.0.0.0", .min, nil),
            ("::", .max, "::7fff:ffff:ffff:ffff"), ("::", -1, nil), ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 1, nil),
            ("fd00::ffff", 1, "fd00::1:0"),
        ] as [(String, Int, String?)]
    )
    func `moves on within its family`(text: String, distance: Int, result: String?) throws {
        #expect(try address(text).advanced(by: distance)?.description == result)
    }

    @Test func `sorts by family first`() throws {
        let sorted = try ["::", "255.255.255.255", "fd00::1", "10.0.0.1"].map(address).sorted()
        #expect(sorted.map(\.description) == ["10.0.0.1", "255.255.255.255", "::", "fd00::1"])
    }

    @Test(
        arguments: [
            ("0.0.0.0", [.unspecified]), ("::", [.unspecified]), ("0.0.0.1", []), ("10.88.0.2", []), ("fd00::1", []),
            ("126.255.255.255", []), ("127.0.0.0", [.loopback]), ("127.255.255.255", [.loopback]), ("128.0.0.0", []),
            ("::1", [.loopback]), ("::2", []), ("::ffff:127.0.0.1", []),
            ("223.255.255.255", []), ("224.0.0.0", [.multicast]), ("239.255.255.255", [.multicast]), ("240.0.0.0", []),
            ("255.255.255.255", []), ("ff00::", [.multicast]), ("ff02::1", [.multicast]), ("feff::1", []),
            ("169.253.255.255", []), ("169.254.0.0", [.linkLocal]), ("169.254.255.255", [.linkLocal]),
            ("169.255.0.0", []),
            ("fe7f::1", []), ("fe80::", [.linkLocal]), ("febf:ffff::1", [.linkLocal]), ("fec0::1", []),
        ] as [(String, Set<Kind>)]
    )
    func `knows the blocks with a meaning of their own`(text: String, kinds: Set<Kind>) throws {
        let address = try address(text)
        #expect(address.isUnspecified == kinds.contains(.unspecified))
        #expect(address.isLoopback == kinds.contains(.loopback))
        #expect(address.isMulticast == kinds.contains(.multicast))
        #expect(address.isLinkLocal == kinds.contains(.linkLocal))
    }

    enum Kind: Sendable {
        case unspecified
        case loopback
        case multicast
        case linkLocal
    }
}
