import PlumbAddress
import PlumbAttachment
import PlumbFirewall
import PlumbNetlink
import PlumbSubnetStore

/// What happened between two surveys.
struct SurveyChanges {
    /// What became of a thing.
    enum Kind: String, Encodable {
        /// It was there when the watch began.
        case present
        case added
        case changed
        case removed
    }

    /// A line of the watch, for programs and for people.
    struct Event: Encodable {
        let change: Kind
        var network: SurveyDocument.Network?
        var attachment: SurveyDocument.Item?
        var unrecorded: SurveyDocument.Unrecorded?
        var problem: ProblemDocument?

        /// The thing in words.
        let text: String

        private enum CodingKeys: CodingKey {
            case change, network, attachment, unrecorded, problem
        }
    }

    let events: [Event]

    /// Compares two surveys; without an earlier one everything is present.
    init(from earlier: Survey?, to later: Survey) {
        let before = earlier.map { SurveyLines($0) }
        let after = SurveyLines(later)
        var events: [Event] = []
        for (key, line) in after.lines {
            guard let known = before?.byKey[key] else {
                events.append(line.event(earlier == nil ? .present : .added))
                continue
            }
            if known.text != line.text { events.append(line.event(.changed)) }
        }
        for (key, line) in before?.lines ?? [] where after.byKey[key] == nil { events.append(line.event(.removed)) }
        self.events = events
    }
}

extension SurveyChanges.Event {
    /// The event as a line for people: the mark of a difference, then the thing.
    var line: String {
        let mark =
            switch change {
            case .present: " "
            case .added: "+"
            case .changed: "~"
            case .removed: "-"
            }
        return "\(mark) \(text)"
    }
}

/// Everything in a survey as one line each.
private struct SurveyLines {
    struct Line {
        let text: String
        let event: (SurveyChanges.Kind) -> SurveyChanges.Event
    }

    private(set) var lines: [(key: String, line: Line)] = []
    private(set) var byKey: [String: Line] = [:]

    init(_ survey: Survey) {
        let health = HealthReport(survey)
        for network in survey.networks { add(network, health.health(ofNetwork: network.name)) }
        for item in survey.items { add(item, health.health(of: item.attachment.key)) }
        for link in survey.unrecorded { add(link) }
        for problem in survey.problems { add(problem) }
    }

    private mutating func add(_ key: String, _ text: String, _ make: @escaping (inout SurveyChanges.Event) -> Void) {
        let line = Line(text: text) { change in
            var event = SurveyChanges.Event(change: change, text: text)
            make(&event)
            return event
        }
        guard byKey.updateValue(line, forKey: key) == nil else { return }
        lines.append((key, line))
    }

    private mutating func add(_ network: Survey.Network, _ health: Health) {
        let used = network.usage.map { "\($0.used) used, \($0.free) free" }.joined(separator: "; ")
        let text = "\(health.mark.items[0]) network \(network.name)  \(network.bridge ?? "-")  \(used)"
        add("network \(network.name)", text) { $0.network = SurveyDocument.Network(network, health) }
    }

    private mutating func add(_ item: Survey.Item, _ health: Health) {
        let attachment = item.attachment
        let key = attachment.key
        let words = [
            "\(health.mark.items[0]) \(key.container)/\(key.interface) on \(key.network)", item.state.rawValue,
            attachment.addresses.map(\.prefix.description).joined(separator: ", "), item.hostVeth,
            attachment.publishedAt.map(\.description).joined(separator: ", "),
        ]
        add("attachment \(key)", words.filter { !$0.isEmpty }.joined(separator: "  ")) { event in
            event.attachment = SurveyDocument.Item(item, health)
        }
    }

    private mutating func add(_ link: Survey.UnrecordedLink) {
        let text = "? \(link.link.endName)  \(link.mark.label), unrecorded"
        add("link \(link.link.name)", text) { $0.unrecorded = SurveyDocument.Unrecorded(link) }
    }

    private mutating func add(_ problem: Problem) {
        let mark = Health([problem]).mark.items[0]
        let help = problem.help.isEmpty ? "" : "  (\(problem.help.joined(separator: "; ")))"
        let text = "\(mark) \(problem.subject): \(problem.text)\(help)"
        add("problem \(text)", text) { $0.problem = ProblemDocument(problem) }
    }
}
