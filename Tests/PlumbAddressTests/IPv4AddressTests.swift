import PlumbAddress
import Testing

@Suite struct `An IPv4 address` {
    @Test(
        arguments: [
            ("0.0.0.0", 0), ("10.88.0.2", 0x0A58_0002), ("127.0.0.1", 0x7F00_0001), ("255.255.255.255", UInt32.max),
            ("1.20.100.255", 0x0114_64FF),
        ] as [(String, UInt32)]
    )
    func `is read and written the same way`(text: String, number: UInt32) throws {
        let address = try #require(IPv4Address(text))
        #expect(address.rawValue == number)
        #expect(address.description == text)
    }

    @Test(arguments: [
        "", ".", "...", "10", "10.88.0", "10.88.0.2.1", "10.88.0.", ".88.0.2", "10..0.2", "10.88.0.256", "10.88.0.999",
        "10.88.0.1000", "010.88.0.2", "10.88.00.2", "10.88.0.02", "0x0a.88.0.2", "10.88.0.-1", "10.88.0.+1",
        "10.88.0.2 ",
        " 10.88.0.2", "10.88.0.2\n", "10.88.0.2\0", "10.88.0.a", "168296450", "10.88.0.٢", "10,88,0,2", "10.88.0.2/16",
    ])
    func `is not read from`(text: String) {
        #expect(IPv4Address(text) == nil)
    }

    @Test func `sorts as a number`() throws {
        let texts = ["9.255.255.255", "10.0.0.0", "10.0.0.10", "10.0.0.9", "200.0.0.1"]
        let sorted = try texts.map { try #require(IPv4Address($0)) }.sorted()
        #expect(sorted.map(\.description) == ["9.255.255.255", "10.0.0.0", "10.0.0.9", "10.0.0.10", "200.0.0.1"])
    }
}
