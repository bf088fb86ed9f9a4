import PlumbAddress
import Testing

@testable import PlumbFirewall

@Suite struct `A mark` {
    @Test func `reads back from its comment`() {
        let mark = RuleMark(
            storeDirectory: "/run/plumb",
            network: "lan",
            container: "0123456789abcdef",
            interface: "eth0"
        )
        #expect(mark.comment.hasSuffix(" 0123456789ab eth0 lan"))
        #expect(RuleMark(comment: mark.comment) == mark)
    }

    /// Kernels hold marks of older versions, so the hashes and the form never may change.
    @Test func `never changes`() {
        let mark = RuleMark(storeDirectory: "/run/plumb", network: "lan", container: "web", interface: "eth0")
        #expect(mark.comment == "plumb 7df32400-0fd4c7431b58b0d9 web eth0 lan")
    }

    @Test(arguments: [
        "", "plumb", "plumb 0123abcd-0123456789abcde", "plumb 0123ABCD-0123456789abcdef x",
        "plumb 0123abcd-0123456789abcdefx", "plumb 0123abcd 0123456789abcdef x", "x plumb 0123abcd-0123456789abcdef",
    ])
    func `is no other comment`(comment: String) {
        #expect(RuleMark(comment: comment) == nil)
    }

    @Test func `may go without a label`() {
        #expect(RuleMark(comment: "plumb 0123abcd-0123456789abcdef")?.label == "")
    }

    @Test(arguments: ["x", "é", "網"]) func `fits in a comment, cut between characters`(letter: String) {
        let mark = RuleMark(store: 1, id: 2, label: String(repeating: letter, count: 300))
        #expect((253...255).contains(mark.comment.utf8.count))
        #expect(mark.label.allSatisfy { String($0) == letter })
        #expect(RuleMark(comment: mark.comment) == mark)
    }

    @Test func `has no control characters`() {
        #expect(RuleMark(store: 1, id: 2, label: "a\nb\u{7}c\u{0}").label == "abc")
    }
}

@Suite struct `A name of chains` {
    @Test(arguments: [
        ("PLUMB", true), ("p", true), ("A123456_-9", true), ("", false), ("A1234567890", false), ("1A", false),
        ("-A", false), ("A B", false), ("Ä", false), ("A!", false),
    ])
    func `begins with a valid prefix`(text: String, isValid: Bool) {
        #expect(ChainNames.isValidPrefix(text) == isValid)
    }

    @Test func `fits in the kernel with the longest prefix`() {
        let names = ChainNames(prefix: "ABCDEFGHIJ")
        #expect(ChainNames.isValidChain(names.isolationStage2))
        #expect(names.isolationStage2.utf8.count == 28)
        #expect(!ChainNames.isValidChain(names.isolationStage2 + "X"))
    }

    @Test func `must be valid in a policy`() async {
        await #expect(processExitsWith: .failure) {
            _ = network("br0", "10.0.0.0/8", prefix: "-nonsense")
        }
    }
}

@Suite struct `A published port's description` {
    @Test(arguments: [
        (port(8888, 7777, on: "0.0.0.0"), "0.0.0.0:8888->7777/tcp"),
        (port(53, 53, .udp, on: "::1"), "[::1]:53->53/udp"),
        (port(1, 2, .sctp), "*:1->2/sctp"),
    ])
    func `names both ends`(port: PublishedPort, text: String) {
        #expect(port.description == text)
    }
}
