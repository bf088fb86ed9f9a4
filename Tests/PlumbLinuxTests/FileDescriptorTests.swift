import Glibc
import PlumbLinux
import Testing

@testable import PlumbTestSupport

@Suite struct `A file` {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test(arguments: [
        ("", ""), ("\n", ""), ("1\n", "1"), ("a b\n\n \t", "a b"), ("  a", "  a"), ("ä\n", "ä"),
        (String(repeating: "0123456789", count: 2000), String(repeating: "0123456789", count: 2000)),
    ])
    func `is read without the white space at its end`(content: String, text: String) throws {
        #expect(try readText(folder.write("file", content)) == text)
    }

    @Test func `is read up to a limit`() throws {
        let path = try folder.write("file", String(repeating: "a", count: 10_000))
        let counts = try [0, 1, 4096, 4097, 10_000, 20_000].map { limit in
            try FileDescriptor.open(path, O_RDONLY).readToEnd(limit: limit).count
        }
        #expect(counts == [0, 1, 4096, 4097, 10_000, 10_000])
    }

    @Test func `that is missing is named`() {
        let path = "\(folder.path)/missing"
        let error = #expect(throws: SystemError.self) { try readText(path) }
        #expect(error?.description == "open \(path): No such file or directory")
        #expect(error?.errno == ENOENT)
    }

    @Test func `is closed at the end of its life`() throws {
        let pipe = try Pipe.make()
        try pipe.writing.writeAll(Array("all".utf8))
        let reading = pipe.keepReading()
        // The end comes only when nobody can write any more.
        #expect(try reading.readToEnd() == Array("all".utf8))
    }

    @Test func `is not handed on to other programs`() throws {
        let file = try FileDescriptor.open("/dev/null", O_RDONLY)
        #expect(fcntl(file.number, F_GETFD) & FD_CLOEXEC != 0)
    }
}

@Suite struct `A boot` {
    @Test func `has one number`() throws {
        let boot = try BootIdentifier.current()
        #expect(boot.utf8.count == 36)
        #expect(try BootIdentifier.current() == boot)
    }
}
