import PlumbAddress
import PlumbCNI
import Testing

private struct Sample: Plugin {
    func add(_ request: Request<BridgeSettings>) throws(CNIError) -> CNIResult {
        if request.configuration.settings.bridge == "full" { throw CNIError(.bridgeFull, "no port left") }
        return CNIResult(interfaces: [.init(name: request.environment.interfaceName)])
    }

    func del(_ request: Request<BridgeSettings?>) throws(CNIError) {
        if request.configuration.settings?.bridge == "full" { throw CNIError(.storeFailure, "store") }
    }

    func check(_ request: Request<BridgeSettings>) throws(CNIError) {}
    func gc(_ request: Request<BridgeSettings>) throws(CNIError) {}

    func status(_ request: Request<BridgeSettings>) throws(CNIError) {
        throw CNIError(.pluginNotAvailable, "not ready")
    }
}

private func run(_ command: String, _ input: String) -> Dispatcher<Sample>.Outcome {
    let variables = [
        "CNI_COMMAND": command, "CNI_CONTAINERID": "c1", "CNI_NETNS": "/run/netns/c1", "CNI_IFNAME": "eth0",
    ]
    return Dispatcher(Sample()).run(variables: variables, standardInput: Array(input.utf8))
}

private let versions =
    #""supportedVersions":["0.1.0","0.2.0","0.3.0","0.3.1","0.4.0","1.0.0","1.1.0"]"#

@Suite struct `The dispatcher` {
    @Test(arguments: [
        (
            "ADD", #"{"cniVersion":"1.0.0","name":"n"}"#,
            #"{"cniVersion":"1.0.0","dns":{},"interfaces":[{"name":"eth0"}]}"#
        ),
        ("DEL", #"{"cniVersion":"1.0.0","name":"n"}"#, ""),
        ("DEL", #"{"name":"n","mtu":"broken"}"#, ""),
        ("CHECK", #"{"cniVersion":"0.4.0","name":"n","prevResult":{}}"#, ""),
        ("GC", #"{"cniVersion":"1.1.0","name":"n","cni.dev/valid-attachments":[]}"#, ""),
        ("VERSION", #"{"cniVersion":"0.4.0"}"#, #"{"cniVersion":"0.4.0",\#(versions)}"#),
        ("VERSION", #"{"cniVersion":"9.8.7"}"#, #"{"cniVersion":"9.8.7",\#(versions)}"#),
        ("VERSION", "{}", #"{"cniVersion":"1.1.0",\#(versions)}"#),
        ("VERSION", "", #"{"cniVersion":"1.1.0",\#(versions)}"#),
        ("VERSION", " \n", #"{"cniVersion":"1.1.0",\#(versions)}"#),
    ])
    func `prints what the command answers`(command: String, input: String, output: String) {
        #expect(run(command, input) == .init(standardOutput: output, exitCode: 0))
    }

    @Test(arguments: [
        ("ADD", #"{"cniVersion":"0.4.0","name":"n","bridge":"full"}"#, "0.4.0", 106),
        ("ADD", #"{"cniVersion":"0.2.0","name":"n"}"#, "0.2.0", 1),
        ("ADD", #"{"cniVersion":"0.4.0","name":"n","mtu":"x"}"#, "0.4.0", 7),
        ("ADD", #"{"cniVersion":"3.0.0","name":"n"}"#, "1.1.0", 1),
        ("ADD", "{", "1.1.0", 6), ("ADD", "", "1.1.0", 6),
        ("DEL", #"{"cniVersion":"0.3.1","name":"n","bridge":"full"}"#, "0.3.1", 105),
        ("DEL", #"{"cniVersion":"0.3.1"}"#, "0.3.1", 7),
        ("CHECK", #"{"cniVersion":"0.3.1","name":"n","prevResult":{}}"#, "0.3.1", 1),
        ("CHECK", #"{"cniVersion":"0.4.0","name":"n"}"#, "0.4.0", 7),
        ("CHECK", #"{"name":"n","prevResult":{}}"#, "0.1.0", 1),
        ("GC", #"{"cniVersion":"1.0.0","name":"n"}"#, "1.0.0", 1),
        ("STATUS", #"{"cniVersion":"1.0.0","name":"n"}"#, "1.0.0", 1),
        ("STATUS", #"{"cniVersion":"1.1.0","name":"n"}"#, "1.1.0", 50),
        ("VERSION", "x", "1.1.0", 6), ("VERSION", #"{"cniVersion":"x"}"#, "1.1.0", 7),
        ("NONSENSE", #"{"cniVersion":"0.4.0"}"#, "0.4.0", 4),
    ])
    func `prints an error in the version of the request`(command: String, input: String, version: String, code: Int) {
        let outcome = run(command, input)
        #expect(outcome.exitCode == 1)
        #expect(outcome.standardOutput.hasPrefix(#"{"cniVersion":"\#(version)","code":\#(code),"#))
    }
}
