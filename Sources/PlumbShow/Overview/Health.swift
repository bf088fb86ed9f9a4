import PlumbAttachment
import PlumbSubnetStore

/// How somebody is, from the problems that concern them.
enum Health: String, Encodable {
    case good = "ok"
    case warning
    case unknown
    case broken

    init(_ problems: [Problem]) {
        self =
            switch problems.map(\.severity).max() {
            case nil: .good
            case .warning: .warning
            case .unknown: .unknown
            case .broken: .broken
            }
    }

    /// The mark in front of a line.
    var mark: Table.Cell {
        switch self {
        case .good: Table.Cell("✓", .good)
        case .warning: Table.Cell("!", .doubtful)
        case .unknown: Table.Cell("?", .doubtful)
        case .broken: Table.Cell("✗", .bad)
        }
    }
}

/// The health of everything in a survey, found for each in one step.
struct HealthReport {
    private let problems: [Problem.Subject: [Problem]]

    init(_ survey: Survey) {
        problems = Dictionary(grouping: survey.problems, by: \.subject)
    }

    /// Of a network in a store that can't be read, nobody knows how it should be.
    func health(ofNetwork name: String) -> Health {
        Health(problems(of: .network(name)) + problems(of: .store))
    }

    /// An attachment is as ill as what it stands on; that its network will soon be full does it no harm.
    func health(of key: AttachmentKey) -> Health {
        let inherited = problems(of: .network(key.network)).filter { $0.severity > .warning }
        return Health(problems(of: .attachment(key)) + inherited)
    }

    private func problems(of subject: Problem.Subject) -> [Problem] { problems[subject] ?? [] }
}
