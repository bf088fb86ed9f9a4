import FoundationEssentials
import PlumbAddress
import Testing

@Suite struct `A value in a document` {
    private struct Document: Codable, Equatable {
        var v4: IPv4Address
        var v6: IPv6Address
        var either: IPAddress
        var prefix: Prefix
        var mac: MACAddress
        var family: AddressFamily
    }

    private static let text = """
        {"either":"fd00::1","family":"ipv6","mac":"02:42:0a:58:00:02","prefix":"10.88.0.2/16","v4":"10.88.0.2",\
        "v6":"fd00::2"}
        """

    @Test func `is its text form`() throws {
        let document = try JSONDecoder().decode(Document.self, from: Data(Self.text.utf8))
        #expect(document.prefix.description == "10.88.0.2/16")
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        #expect(String(decoding: try encoder.encode(document), as: UTF8.self) == Self.text)
    }

    @Test(arguments: ["\"10.88.0.2\"", "\"\"", "\"10.88.0.2/33\"", "16", "null"])
    func `is refused in another form`(text: String) {
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(Prefix.self, from: Data(text.utf8)) }
    }

    @Test func `is quoted when it is refused`() throws {
        let error = #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(IPAddress.self, from: Data("\"10.88.0.999\"".utf8))
        }
        guard case .dataCorrupted(let context) = error else {
            Issue.record("not an error about the data: \(String(describing: error))")
            return
        }
        #expect(context.debugDescription == "not a valid IPAddress: \"10.88.0.999\"")
    }
}
