import PlumbAddress
import Testing

@Suite struct `A prefix` {
    @Test(arguments: [
        ("10.88.3.4/16", "10.88.0.0", "10.88.255.255"),
        ("10.88.3.4/0", "0.0.0.0", "255.255.255.255"),
        ("10.88.3.4/1", "0.0.0.0", "127.255.255.255"),
        ("10.88.3.4/31", "10.88.3.4", "10.88.3.5"),
        ("10.88.3.4/32", "10.88.3.4", "10.88.3.4"),
        ("fd00:88::2/64", "fd00:88::", "fd00:88::ffff:ffff:ffff:ffff"),
        ("fd00:88::2/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("fd00:88::2/127", "fd00:88::2", "fd00:88::3"),
        ("fd00:88::2/128", "fd00:88::2", "fd00:88::2"),
    ])
    func `knows its ends`(text: String, first: String, last: String) throws {
        let prefix = try prefix(text)
        #expect(prefix.description == text)
        #expect(prefix.firstAddress.description == first)
        #expect(prefix.lastAddress.description == last)
        #expect(prefix.subnet.description == "\(first)/\(prefix.length)")
        #expect(prefix.subnet.isSubnet)
        #expect(prefix.isSubnet == (prefix.address == prefix.firstAddress))
    }

    @Test(arguments: [
        "", "/", "10.88.0.0", "10.88.0.0/", "/16", "10.88.0.0/33", "10.88.0.0/-1", "10.88.0.0/-0", "10.88.0.0/+16",
        "10.88.0.0/016", "10.88.0.0/16 ", "10.88.0.0/ 16", "10.88.0.0/16/16", "10.88.0.0/0x10", "10.88.0.0/255.255.0.0",
        "10.88.0/16", "010.88.0.0/16", "fd00::/129", "fd00::/999999999999999999999", "fd00::%eth0/64", "fd00::/٦٤",
    ])
    func `is not read from`(text: String) {
        #expect(Prefix(text) == nil)
    }

    @Test func `has a length of its family`() throws {
        let address = try address("10.88.0.2")
        #expect(Prefix(address, length: 32) == Prefix(host: address))
        #expect(Prefix(address, length: 33) == nil)
        #expect(Prefix(address, length: -1) == nil)
        #expect(Prefix(wholeOf: .ipv4).description == "0.0.0.0/0")
        #expect(Prefix(wholeOf: .ipv6).description == "::/0")
    }

    @Test(arguments: [
        ("10.88.0.0/16", "10.88.0.0", true), ("10.88.0.0/16", "10.88.255.255", true),
        ("10.88.0.0/16", "10.87.255.255", false), ("10.88.0.0/16", "10.89.0.0", false),
        ("10.88.3.4/16", "10.88.0.1", true), ("10.88.3.4/32", "10.88.3.5", false),
        ("0.0.0.0/0", "255.255.255.255", true), ("0.0.0.0/0", "::", false), ("::/0", "10.88.0.1", false),
        ("fd00::/64", "fd00::ffff:ffff:ffff:ffff", true), ("fd00::/64", "fd00:0:0:1::", false),
    ])
    func `contains the addresses between its ends`(text: String, other: String, isInside: Bool) throws {
        #expect(try prefix(text).contains(address(other)) == isInside)
    }

    @Test(arguments: [
        ("10.88.0.0/16", "10.88.3.0/24", true), ("10.88.0.0/16", "10.88.0.0/16", true),
        ("10.88.0.0/16", "10.89.0.0/16", false), ("0.0.0.0/0", "10.88.0.0/16", true), ("0.0.0.0/0", "::/0", false),
        ("10.88.0.9/24", "10.88.0.200/25", true), ("fd00::/65", "fd00:0:0:0:8000::/65", false),
        ("::/0", "::/128", true),
    ])
    func `overlaps what shares an address`(one: String, other: String, overlap: Bool) throws {
        let (one, other) = (try prefix(one), try prefix(other))
        #expect(one.overlaps(other) == overlap)
        #expect(other.overlaps(one) == overlap)
    }

    @Test func `differs by its host bits`() {
        #expect(Prefix("10.88.0.1/16") != Prefix("10.88.0.0/16"))
        #expect(Prefix("10.88.0.1/16")?.subnet == Prefix("10.88.0.0/16"))
    }
}
