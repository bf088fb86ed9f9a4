import PlumbAddress
import Testing

@Suite struct `An IPv6 address` {
    @Test(
        arguments: [
            ("::", 0), ("::1", 1), ("fd00:88::2", 0xfd00_0088 << 96 | 2), ("1::", 1 << 112),
            ("1:2:3:4:5:6:7:8", 0x0001_0002_0003_0004_0005_0006_0007_0008),
            ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", UInt128.max),
        ] as [(String, UInt128)]
    )
    func `is read and written the same way`(text: String, number: UInt128) throws {
        let address = try #require(IPv6Address(text))
        #expect(address.rawValue == number)
        #expect(address.description == text)
    }

    @Test(arguments: [
        // The examples of RFC 5952, sections 2 and 4.
        ("2001:0db8::0001", "2001:db8::1"),
        ("2001:db8:0:0:0:0:2:1", "2001:db8::2:1"),
        ("2001:db8::0:1", "2001:db8::1"),
        ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
        ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("2001:DB8::AAAA", "2001:db8::aaaa"),
        // Gaps at the ends, and a gap that stands for one group.
        ("0:0:0:0:0:0:0:0", "::"),
        ("0:0:0:0:0:0:0:1", "::1"),
        ("1:0:0:0:0:0:0:0", "1::"),
        ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
        ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
        ("1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"),
        ("0:0:3:4:5:6:7:8", "::3:4:5:6:7:8"),
        // An IPv4 address at the end; only ::ffff:0:0/96 is written that way (RFC 5952, section 5).
        ("::ffff:10.88.0.2", "::ffff:10.88.0.2"),
        ("::FFFF:0A58:2", "::ffff:10.88.0.2"),
        ("64:ff9b::10.88.0.2", "64:ff9b::a58:2"),
        ("1:2:3:4:5:6:10.88.0.2", "1:2:3:4:5:6:a58:2"),
        ("::10.88.0.2", "::a58:2"),
    ])
    func `is written in the canonical form`(text: String, canonical: String) throws {
        let address = try #require(IPv6Address(text))
        #expect(address.description == canonical)
        #expect(IPv6Address(canonical) == address)
    }

    @Test(arguments: [
        "", ":", ":::", "1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8",
        "1:2:3:4::5:6:7:8", "1::2::3", "1:::2", ":1::2", "1::2:", "1:2:3:4:5:6:7:", ":2:3:4:5:6:7:8", "12345::",
        "g::", "::-1", "::+1", ":: 1", "::1 ", " ::1", "fe80::1%eth0", "[::1]", "::1/128", "::1\0",
        "::10.88.0", "::10.88.0.256", "::010.88.0.2", "::10.88.0.2:1", "10.88.0.2::", "10.88.0.2::1",
        "1:2:3:4:5:6:7:10.88.0.2", "1:10.88.0.2::", "::ffff:10.88.0.2:0", "::٢",
        "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000",
    ])
    func `is not read from`(text: String) {
        #expect(IPv6Address(text) == nil)
    }

    @Test func `knows its groups`() {
        #expect(IPv6Address("fd00:88::2")?.groups == [0xfd00, 0x88, 0, 0, 0, 0, 0, 2])
    }

    @Test func `sorts as a number`() throws {
        let sorted = try ["fd00::10", "fd00::9", "::1", "fd00::a"].map { try #require(IPv6Address($0)) }.sorted()
        #expect(sorted.map(\.description) == ["::1", "fd00::9", "fd00::a", "fd00::10"])
    }
}
