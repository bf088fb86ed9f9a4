import PlumbAddress
import Testing

@Suite struct `A range of addresses` {
    @Test(
        arguments: [
            ("10.88.0.10", "10.88.0.20", 11), ("10.88.0.10", "10.88.0.10", 1), ("0.0.0.0", "255.255.255.255", 1 << 32),
            ("fd00::", "fd00::ffff:ffff:ffff:ffff", 1 << 64),
            ("::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", UInt128.max),
            ("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", UInt128.max),
        ] as [(String, String, UInt128)]
    )
    func `counts its addresses`(first: String, last: String, count: UInt128) throws {
        let range = try range(first, last)
        #expect(range.count == count)
        #expect(range.description == "\(first)-\(last)")
    }

    @Test(arguments: [
        ("10.88.0.20", "10.88.0.10"), ("10.88.0.10", "fd00::1"), ("fd00::2", "fd00::1"), ("::", "0.0.0.1"),
    ])
    func `is refused when reversed or of two families`(first: String, last: String) throws {
        #expect(try AddressRange(address(first), address(last)) == nil)
    }

    @Test(arguments: [
        ("10.88.0.9", false), ("10.88.0.10", true), ("10.88.0.20", true), ("10.88.0.21", false),
        ("::10.88.0.15", false),
    ])
    func `contains both ends`(text: String, isInside: Bool) throws {
        #expect(try range("10.88.0.10", "10.88.0.20").contains(address(text)) == isInside)
    }

    @Test(arguments: [
        ("10.88.0.1", "10.88.0.9", false), ("10.88.0.1", "10.88.0.10", true), ("10.88.0.12", "10.88.0.13", true),
        ("10.88.0.1", "10.88.0.255", true), ("10.88.0.20", "10.88.0.30", true), ("10.88.0.21", "10.88.0.30", false),
        ("::", "ffff::", false),
    ])
    func `overlaps what shares an address`(first: String, last: String, overlap: Bool) throws {
        let (one, other) = (try range("10.88.0.10", "10.88.0.20"), try range(first, last))
        #expect(one.overlaps(other) == overlap)
        #expect(other.overlaps(one) == overlap)
    }

    private func range(_ first: String, _ last: String) throws -> AddressRange {
        let (first, last) = (try address(first), try address(last))
        return try #require(AddressRange(first, last))
    }
}
