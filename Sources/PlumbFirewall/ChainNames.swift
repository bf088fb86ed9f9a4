/// The names of the chains of a prefix; kernels hold them, so they never may change.
package struct ChainNames: Hashable, Sendable {
    /// The prefix of the configurations that name none.
    package static let defaultPrefix = "PLUMB"

    /// The prefix with which the rules in nat and filter are those of Docker 20.10 with its userland proxy off.
    package static let dockerPrefix = "DOCKER"

    /// The beginning of all names.
    let prefix: String

    /// The chain of the published ports, which has the same name in every table.
    var ports: String { prefix }

    /// The chain that what leaves a network for somewhere else passes.
    var isolationStage1: String { "\(prefix)-ISOLATION-STAGE-1" }

    /// The chain that drops what would enter another network.
    var isolationStage2: String { "\(prefix)-ISOLATION-STAGE-2" }

    /// The chain for rules of the administrator where no other is named.
    var user: String { "\(prefix)-USER" }

    /// Whether a chain is one of the prefix, such as `PLUMB` and `PLUMB-USER`.
    func contains(_ chain: String) -> Bool {
        chain == prefix || chain.hasPrefix("\(prefix)-")
    }

    /// Whether a text can begin the chains' names.
    ///
    /// That is 1 to 10 letters, digits, `_` and `-`, a letter first: `-ISOLATION-STAGE-1` has to fit behind it.
    package static func isValidPrefix(_ text: String) -> Bool {
        (1...10).contains(text.utf8.count) && isName(text)
    }

    /// Whether a text can name a chain: 1 to 28 letters, digits, `_` and `-`, a letter first.
    ///
    /// The kernel holds 29 bytes (`XT_EXTENSION_MAXNAMELEN`), the last of them zero.
    package static func isValidChain(_ text: String) -> Bool {
        (1...28).contains(text.utf8.count) && isName(text)
    }

    private static func isName(_ text: String) -> Bool {
        func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
        let others = "0123456789_-".utf8
        return text.utf8.first.map(isLetter) == true
            && text.utf8.allSatisfy { isLetter($0) || others.contains($0) }
    }
}
