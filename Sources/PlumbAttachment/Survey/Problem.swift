package import PlumbSubnetStore

/// Something that keeps networks from working, or from being understood, and what helps.
package struct Problem: Hashable, Sendable {
    /// How bad it is.
    package enum Severity: Int, Hashable, Sendable, Comparable {
        /// It works, but not for long, or not as it was asked for.
        case warning
        /// It can't be told whether it works.
        case unknown
        /// It does not work.
        case broken

        package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    /// What has the problem.
    package enum Subject: Hashable, Sendable {
        case store
        /// The firewall's rules, of whatever network.
        case firewall
        case network(String)
        case attachment(AttachmentKey)
        /// A link of the host that belongs to no attachment.
        case link(String)
    }

    /// How bad it is.
    package let severity: Severity

    /// What has the problem.
    package let subject: Subject

    /// The problem in words, as a part of a sentence: `the bridge web0 is down`.
    package let text: String

    /// The commands that mend it or tell more of it, in their order, each as a shell takes it.
    package let fixes: [String]

    /// What helps and is no command, or goes with the commands.
    package let advice: [String]

    package init(
        severity: Severity,
        subject: Subject,
        text: String,
        fixes: [String] = [],
        advice: [String] = []
    ) {
        self.severity = severity
        self.subject = subject
        self.text = text
        self.fixes = fixes
        self.advice = advice
    }
}

extension Problem.Subject: CustomStringConvertible {
    /// What the subject is called in a line, `web/eth0 on lan`: of a container's id the beginning is enough.
    package var description: String {
        switch self {
        case .store: "store"
        case .firewall: "firewall"
        case .network(let name): "network \(name)"
        case .attachment(let key): "\(key.container.prefix(12))/\(key.interface) on \(key.network)"
        case .link(let name): "link \(name)"
        }
    }
}
