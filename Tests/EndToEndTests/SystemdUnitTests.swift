import Foundation
import PlumbTestSupport
import Testing

@Suite struct `The units for systemd` {
    private static let directory = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../scripts/systemd").standardizedFileURL.path()
    private static let names = ["plumb-repair.service", "plumb-repair-firewalld.service"]

    private static var canVerify: Bool { FileManager.default.isExecutableFile(atPath: "/usr/bin/systemd-analyze") }

    /// A unit with the executable that is tested in the place of the installed one.
    private func unit(_ name: String) throws -> String {
        let text = try String(contentsOfFile: "\(Self.directory)/\(name)", encoding: .utf8)
        return text.replacingOccurrences(of: "/opt/cni/bin/plumb", with: try PlumbExecutable.path())
    }

    @Test(.enabled(if: canVerify, "systemd-analyze is not installed"))
    func `are such that systemd takes them`() throws {
        let folder = try TemporaryFolder()
        // What the second one is bound to has to be there, with a reload like that of the real one.
        let firewalld = "[Service]\nExecStart=/bin/cat\nExecReload=/bin/kill -HUP $MAINPID\n"
        var files = [try folder.write("firewalld.service", firewalld)]
        for name in Self.names { files.append(try folder.write(name, unit(name))) }
        let result = try Command(["systemd-analyze", "verify", "--man=no"] + files).run()
        #expect(result.succeeded && result.errors.isEmpty && result.output.isEmpty, "\(result)")
    }

    @Test func `run a repair that exits with success where there is nothing to do`() throws {
        let lines = try unit("plumb-repair.service").split(separator: "\n")
        for key in ["ExecStart=", "ExecReload="] {
            let line = try #require(lines.first { $0.hasPrefix(key) })
            let arguments = line.dropFirst(key.count).split(separator: " ").map(String.init)
            #expect(arguments.first == (try PlumbExecutable.path()))
            let reply = try TestHost().plumb(PlumbCall(arguments: Array(arguments.dropFirst())))
            #expect(reply.succeeded && reply.result.output.isEmpty, "\(reply)")
        }
    }
}
