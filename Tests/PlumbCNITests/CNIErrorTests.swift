import PlumbCNI
import Testing

@Suite struct `An error` {
    @Test func `prints the keys of the specification`() {
        let error = CNIError(.invalidConfiguration, "mtu: \"a/b\"\n", details: "tab\there\u{1}")
        let expected = #"{"cniVersion":"1.0.0","code":7,"details":"tab\there\u0001","msg":"mtu: \"a/b\"\n"}"#
        #expect(error.json(version: SpecVersion(1, 0, 0)) == expected)
    }

    @Test func `leaves empty details out`() {
        let error = CNIError(.tryAgainLater, "busy")
        #expect(error.json(version: .newest) == #"{"cniVersion":"1.1.0","code":11,"msg":"busy"}"#)
    }

    @Test func `describes itself as a sentence`() {
        #expect(CNIError(.ioFailure, "cannot read", details: "pipe").description == "cannot read: pipe (code 5)")
    }
}
