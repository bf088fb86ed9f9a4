import Glibc
import PlumbCNI
import Testing

@testable import PlumbAttachment

@Suite struct `A trace` {
    @Test(arguments: ["", "0", "false"]) func `is off by these values`(text: String) throws {
        #expect(try TraceSink(text) == nil)
    }

    @Test(
        arguments: [
            ("1", .descriptor(STDERR_FILENO)), ("2", .descriptor(STDERR_FILENO)), ("true", .descriptor(STDERR_FILENO)),
            ("3", .descriptor(3)), ("9", .descriptor(9)), ("/var/log/plumb", .file("/var/log/plumb")),
        ] as [(String, TraceSink)]
    ) func `goes where its variable says`(text: String, sink: TraceSink) throws {
        #expect(try TraceSink(text) == sink)
    }

    @Test(arguments: ["10", "-1", "yes", "trace.log", "./trace", " "])
    func `is refused by any other value`(text: String) {
        let error = #expect(throws: CNIError.self) { try Trace(["PLUMB_TRACE": text]) }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message.contains("PLUMB_TRACE") == true && error?.message.contains("\"\(text)\"") == true)
    }

    @Test func `draws each step from where the last one ended`() {
        let waterfall = Waterfall(steps: [
            Waterfall.Step(name: "start", begin: 0, end: 4),
            Waterfall.Step(name: "read host", begin: 4, end: 4.0015),
            Waterfall.Step(name: "firewall", begin: 4.0015, end: 16),
        ])
        let expected = """
            plumb ADD web: 16.000 ms
              start         4.000  ############
              read host     0.002              #
              firewall     11.999              ####################################

            """
        #expect(waterfall.text(title: "plumb ADD web") == expected)
    }

    @Test func `has a place for steps that take no time at the very end`() {
        let steps = [Waterfall.Step(name: "a", begin: 0, end: 1), Waterfall.Step(name: "b", begin: 1, end: 1)]
        let lines = Waterfall(steps: steps).text(title: "x").split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines[2].hasSuffix("#"))
        #expect(Waterfall(steps: []).text(title: "x") == "x: 0.000 ms\n")
    }
}
