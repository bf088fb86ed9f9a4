import PlumbNetlink

/// A place on a packet's way, in the order in which a trace comes by.
package enum Hop: String, Hashable, Sendable, CaseIterable {
    case client
    case hostPort = "host port"
    case conntrack
    case prerouting
    case translation
    case forwarding
    case bridge
    case reversePath = "reverse path"
    case route
    case forward
    case masquerade
    case hostVeth = "host veth"
    case sandbox
    case interface
    case mtu
    case neighbour
    case sandboxFirewall = "sandbox firewall"
    case listener
    case wayBack = "way back"
    case answer
}

/// What was found at a hop.
package struct Finding: Hashable, Sendable {
    package enum Verdict: String, Hashable, Sendable {
        case whole
        case broken
        /// It can't be told, for lack of permission or of understanding.
        case unknown
    }

    package let verdict: Verdict

    /// What was found, in plain words.
    package let text: String

    /// The commands that mend it.
    package let mending: [String]

    /// What to do where no command does it.
    package let advice: String?

    static func whole(_ text: String) -> Finding {
        Finding(verdict: .whole, text: text, mending: [], advice: nil)
    }

    static func broken(_ text: String, mending: [String], advice: String? = nil) -> Finding {
        Finding(verdict: .broken, text: text, mending: mending, advice: advice)
    }

    /// A rule of routing decides, in whose place no route of the main table does.
    static func broken(_ text: String, by rule: PolicyRule) -> Finding {
        broken(
            text,
            mending: [],
            advice: "Rules are asked before the table main (ip rule): take it away, or put one in front of it."
        )
    }

    static func unknown(_ text: String) -> Finding {
        Finding(verdict: .unknown, text: text, mending: [], advice: nil)
    }

    /// What is to be said where any one of some findings holds: what is broken in a part of them alone leaves it open.
    static func any(of findings: [Finding?], _ words: (String) -> String) -> Finding? {
        let worst = worst(findings)
        guard let worst, worst.verdict == .broken, !findings.allSatisfy({ $0?.verdict == .broken }) else {
            return worst
        }
        return .unknown(words(worst.text))
    }

    /// The first that is broken, or else the first of all; nil where there is none.
    static func worst(_ findings: [Finding?]) -> Finding? {
        let findings = findings.compactMap(\.self)
        return findings.first { $0.verdict == .broken } ?? findings.first
    }
}
