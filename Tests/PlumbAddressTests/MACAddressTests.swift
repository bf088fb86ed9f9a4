import PlumbAddress
import Testing

@Suite struct `A MAC address` {
    @Test(arguments: [
        ("02:42:0a:58:00:02", "02:42:0a:58:00:02"), ("02-42-0A-58-00-02", "02:42:0a:58:00:02"),
        ("00:00:00:00:00:00", "00:00:00:00:00:00"), ("FF:ff:FF:ff:FF:ff", "ff:ff:ff:ff:ff:ff"),
    ])
    func `is written in lower case with colons`(text: String, canonical: String) throws {
        #expect(try #require(MACAddress(text)).description == canonical)
    }

    @Test(arguments: [
        "", "02:42:0a:58:00", "02:42:0a:58:00:02:03", "2:42:a:58:0:2", "02420a580002", "0242.0a58.0002",
        "02:42-0a:58-00:02", "02:42:0a:58:00:0g", "02:42:0a:58:00:+2", "+2:42:0a:58:00:02", "-2:42:0a:58:00:02",
        "02:42:0a:58:00:002", "02:42:0a:58:00:02 ", "02:42:0a:58:00:", ":42:0a:58:00:02", "02::0a:58:00:02",
    ])
    func `is not read from`(text: String) {
        #expect(MACAddress(text) == nil)
    }

    @Test func `has bytes in transmission order`() throws {
        let mac = try #require(MACAddress("02:42:0a:58:00:02"))
        #expect(mac.bytes == [2, 0x42, 10, 88, 0, 2])
        #expect(MACAddress(bytes: mac.bytes) == mac)
        #expect(MACAddress(bytes: [2, 0x42, 10, 88, 0]) == nil)
        #expect(MACAddress(bytes: [2, 0x42, 10, 88, 0, 2, 0]) == nil)
        #expect(mac.rawValue == 0x0242_0A58_0002)
        #expect(MACAddress(rawValue: 0xFFFF_0242_0A58_0002) == mac)
    }

    @Test func `is derived from an IPv4 address as Docker does`() throws {
        let address = try #require(IPv4Address("172.17.0.2"))
        #expect(MACAddress(derivedFrom: address).description == "02:42:ac:11:00:02")
    }

    @Test(arguments: [
        (0, "02:00:00:00:00:00"), (UInt64.max, "fe:ff:ff:ff:ff:ff"), (0x0300_0000_0001, "02:00:00:00:00:01"),
        (0xABCD_5412_3456_789A, "56:12:34:56:78:9a"),
    ])
    func `of a hash is local and belongs to one interface`(bits: UInt64, text: String) {
        let mac = MACAddress(locallyAdministered: bits)
        #expect(mac.description == text)
        #expect(!mac.isMulticast)
        #expect(!mac.isZero)
    }

    @Test(arguments: [
        ("01:00:5e:00:00:01", true, false), ("33:33:00:00:00:01", true, false), ("ff:ff:ff:ff:ff:ff", true, false),
        ("02:42:0a:58:00:02", false, false), ("00:00:00:00:00:00", false, true), ("fe:ff:ff:ff:ff:ff", false, false),
    ])
    func `knows whom it may belong to`(text: String, isMulticast: Bool, isZero: Bool) throws {
        let mac = try #require(MACAddress(text))
        #expect(mac.isMulticast == isMulticast)
        #expect(mac.isZero == isZero)
    }
}
