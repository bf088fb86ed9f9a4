import PlumbCNI
import Testing

private let complete = [
    "CNI_COMMAND": "ADD", "CNI_CONTAINERID": "c1", "CNI_NETNS": "/run/netns/c1", "CNI_IFNAME": "eth0",
    "CNI_PATH": "/opt/cni/bin:/usr/lib/cni", "CNI_ARGS": "IgnoreUnknown=1;K8S_POD_NAME=web;IP=10.1.2.3",
]

private func message(_ variables: [String: String]) -> String? {
    do throws(CNIError) {
        _ = try Environment(variables)
        return nil
    } catch {
        return error.code == .invalidEnvironment ? error.message : "code \(error.code.rawValue)"
    }
}

@Suite struct `The environment` {
    @Test func `is read as a whole`() throws {
        let environment = try Environment(complete)
        #expect(environment.command == .add)
        #expect(environment.containerID == "c1")
        #expect(environment.networkNamespace == "/run/netns/c1")
        #expect(environment.interfaceName == "eth0")
        #expect(environment.path == ["/opt/cni/bin", "/usr/lib/cni"])
        #expect(environment.arguments == ["IgnoreUnknown": "1", "K8S_POD_NAME": "web", "IP": "10.1.2.3"])
        #expect(environment.ignoresUnknownArguments)
    }

    @Test(arguments: [
        ("ADD", "ADD needs CNI_CONTAINERID, CNI_IFNAME, CNI_NETNS, not set"),
        ("CHECK", "CHECK needs CNI_CONTAINERID, CNI_IFNAME, CNI_NETNS, not set"),
        ("DEL", "DEL needs CNI_CONTAINERID, CNI_IFNAME, not set"),
        ("GC", nil), ("STATUS", nil), ("VERSION", nil),
        ("", "CNI_COMMAND is not set"), ("add", "CNI_COMMAND=\"add\" is not a command"),
    ])
    func `names every variable that a command lacks`(command: String, expected: String?) {
        #expect(message(["CNI_COMMAND": command]) == expected)
        let empty = ["CNI_COMMAND": command, "CNI_CONTAINERID": "", "CNI_IFNAME": "", "CNI_NETNS": ""]
        #expect(message(empty) == expected)
    }

    @Test(arguments: [
        ("CNI_CONTAINERID", "a/b", "CNI_CONTAINERID=\"a/b\" must begin"),
        ("CNI_CONTAINERID", "../x", "CNI_CONTAINERID=\"../x\" must begin"),
        ("CNI_IFNAME", "eth0:1", "CNI_IFNAME=\"eth0:1\" contains a colon"),
        ("CNI_IFNAME", "averyveryverylongname", "CNI_IFNAME=\"averyveryverylongname\" is longer"),
        ("CNI_ARGS", "IP", "CNI_ARGS: \"IP\" is not KEY=VALUE"),
        ("CNI_ARGS", "A=1;=2", "CNI_ARGS: \"=2\" is not KEY=VALUE"),
    ])
    func `names a wrong variable and its value`(variable: String, value: String, expected: String) throws {
        let text = try #require(message(complete.merging([variable: value]) { $1 }))
        #expect(text.hasPrefix(expected))
    }

    @Test func `reports several wrong variables together`() throws {
        let text = try #require(message(complete.merging(["CNI_CONTAINERID": "-", "CNI_IFNAME": "/"]) { $1 }))
        #expect(text.contains("CNI_CONTAINERID") && text.contains("CNI_IFNAME"))
    }

    @Test(arguments: ["CNI_PATH", "CNI_ARGS"])
    func `does not need what only some plugins use`(variable: String) {
        #expect(message(complete.filter { $0.key != variable }) == nil)
    }

    @Test func `of DEL may have neither namespace nor well-formed arguments`() throws {
        let variables = complete.merging(["CNI_COMMAND": "DEL", "CNI_NETNS": "", "CNI_ARGS": "x;IP=10.0.0.1"]) { $1 }
        let environment = try Environment(variables)
        #expect(environment.networkNamespace == nil)
        #expect(environment.arguments == ["IP": "10.0.0.1"])
    }

    @Test(arguments: [("1", true), ("true", true), ("TRUE", true), ("0", false), ("false", false), ("", false)])
    func `tells whether unknown arguments are passed over`(value: String, expected: Bool) throws {
        let environment = try Environment(complete.merging(["CNI_ARGS": "IgnoreUnknown=\(value)"]) { $1 })
        #expect(environment.ignoresUnknownArguments == expected)
    }

    @Test func `keeps equals signs in values and passes over empty pieces`() throws {
        let environment = try Environment(complete.merging(["CNI_ARGS": "A=b=c;;B=;"]) { $1 })
        #expect(environment.arguments == ["A": "b=c", "B": ""])
    }

    @Test func `of this process can be read`() {
        #expect(Environment.processVariables()["PATH"]?.isEmpty == false)
    }
}
