import PlumbCNI
import Testing

private func value(_ json: String) throws -> JSONValue? {
    try Configuration.decode(Array(#"{"name":"n","extra":\#(json)}"#.utf8)).settings.extra
}

@Suite struct `JSON text` {
    @Test(arguments: [
        (#""a\"\\\/\b\f\n\r\t\u00e4\ud83d\ude00""#, "a\"\\/\u{8}\u{c}\n\r\tä😀"), (#""ä😀""#, "ä😀"), (#""""#, ""),
    ])
    func `has every escape of strings`(json: String, expected: String) throws {
        #expect(try value(json) == .string(expected))
    }

    @Test(arguments: [
        ("0", "0"), ("1.25", "1.25"), ("1e-3", "0.001"), ("1E+3", "1000"), ("-1.5e10", "-15000000000"),
        ("123456789012345678901234567890", "123456789012345678901234567890"), ("1e300", "1e+300"), ("1e400", ""),
    ])
    func `keeps the digits of numbers that are in range`(json: String, digits: String) throws {
        #expect(try value(json) == .number(digits))
    }

    @Test(arguments: [#"{"b":[1,{"c":null}],"a":[true,false,"x/y"]}"#])
    func `is written without spaces and with sorted keys`(json: String) throws {
        #expect(try value(json)?.description == #"{"a":[true,false,"x/y"],"b":[1,{"c":null}]}"#)
    }

    @Test(arguments: [
        ("", "is empty, expected a JSON object", ""), (" \n", "is empty, expected a JSON object", ""),
        ("[]", "is not a JSON object", "it begins with \"[]\""),
        ("\u{feff}{}", "is not a JSON object", "it begins with \"\u{feff}{}\""),
    ])
    func `must be an object`(text: String, message: String, details: String) {
        #expect(failure(text) == CNIError(.decodingFailure, "the network configuration \(message)", details: details))
    }

    @Test(arguments: [
        "{\"name\" \"n\"}", "{\"mtu\":[1 2]}", "{\"mtu\":tru}", "{\"mtu\":}", "{\"name\":\"\\x\"}",
        "{\"name\":\"\\ud800\"}", "{\"name\":\"\\u12g4\"}", "{\"name\":\"\n\"}", "{} {}", "{\"mtu\":NaN}", "{7:1}",
    ])
    func `is refused where it breaks the grammar`(text: String) {
        #expect(failure(text) == CNIError(.decodingFailure, "the network configuration is not valid JSON"))
    }

    @Test(arguments: ["{\"name\":\"n\"", "{\"name\":", "{\"ips\":[{\"a\":1}", "{\"name\":\"n}", "{"])
    func `is refused as cut off without its end`(text: String) {
        let details = "it ends in the middle of an object, a list or a string"
        let message = "the network configuration is not valid JSON"
        #expect(failure(text) == CNIError(.decodingFailure, message, details: details))
    }

    @Test func `must be UTF-8`() {
        let bytes = Array("{\"name\":\"".utf8) + [0xFF] + Array("\"}".utf8)
        #expect(throws: CNIError(.decodingFailure, "the network configuration is not valid JSON")) {
            try Configuration.decode(bytes)
        }
    }

    @Test(arguments: [("[", "]"), ("{\"a\":", "}")])
    func `may nest 64 levels and not more`(opening: String, closing: String) throws {
        func nested(_ depth: Int) -> String {
            String(repeating: opening, count: depth) + "1" + String(repeating: closing, count: depth)
        }
        #expect(try value(nested(63)) != nil)
        #expect(failure(#"{"name":"n","extra":\#(nested(64))}"#)?.code == .decodingFailure)
        let message = "the network configuration nests deeper than 64 levels"
        #expect(failure("{\"a\":" + String(repeating: opening, count: 10_000))?.message == message)
    }

    @Test func `does not count braces and brackets in strings as levels`() throws {
        let text = "\\\"" + String(repeating: "[{", count: 1_000)
        #expect(try value("\"\(text)\"") != nil)
    }

    @Test func `may have a mebibyte and not more`() {
        let padding = String(repeating: " ", count: 1 << 20)
        let message = "the network configuration is longer than 1048576 bytes"
        #expect(failure("{\"name\":\"n\"}" + padding)?.message == message)
        #expect(failure("{\"name\":\"n\"}" + padding.dropLast(12)) == nil)
    }
}
