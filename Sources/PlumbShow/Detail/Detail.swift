import Glibc
import PlumbAddress
package import PlumbAttachment
import PlumbFirewall
import PlumbNetlink
import PlumbSubnetStore

/// What a name leads to, in depth.
package struct Detail {
    private enum Content {
        case container(String, [AttachmentInspection])
        case network(NetworkInspection)
        case link(Survey.UnrecordedLink)
    }

    private let content: Content
    private let storeProblems: [Problem]
    private let now: Int64

    /// Looks at a target of the inspector's survey.
    ///
    /// `now` is in seconds since 1970.
    package init(_ target: Target, _ inspector: Inspector, now: Int64 = Int64(time(nil))) {
        let survey = inspector.survey
        self.now = now
        storeProblems = survey.problems.filter { $0.subject == .store }
        switch target {
        case .container(let id):
            let items = survey.items.filter { $0.attachment.key.container == id }
            content = .container(id, items.map { inspector.inspect($0) })
        case .network(let name):
            guard let network = survey.networks.first(where: { $0.name == name }) else {
                preconditionFailure("a target is from the survey that it is looked for in")
            }
            content = .network(inspector.inspect(network))
        case .link(let name):
            guard let link = survey.unrecorded.first(where: { $0.link.name == name }) else {
                preconditionFailure("a target is from the survey that it is looked for in")
            }
            content = .link(link)
        }
    }

    /// What is wrong with it, and what could not be found out.
    package var problems: [Problem] {
        let own: [Problem] =
            switch content {
            case .container(_, let inspections): inspections.flatMap(\.problems)
            case .network(let inspection): inspection.problems
            case .link: []
            }
        return own + storeProblems
    }

    /// The lines of the screen.
    package func lines(on screen: Screen) -> [String] {
        contentLines(on: screen) + (storeProblems.isEmpty ? [] : [""] + ProblemList(storeProblems).lines(on: screen))
    }

    private func contentLines(on screen: Screen) -> [String] {
        switch content {
        case .container(_, let inspections):
            let screens = inspections.map { AttachmentScreen(inspection: $0, now: now).lines(on: screen) }
            return Array(screens.joined(separator: [""]))
        case .network(let inspection):
            return NetworkScreen(inspection: inspection).lines(on: screen)
        case .link(let link):
            var section = Section("LINK")
            section.add("name", link.link.endName)
            section.add("mark", link.mark.comment)
            section.add("bridge", link.bridge)
            section.add("mac", link.link.mac?.description)
            section.add("mtu", "\(link.link.mtu)")
            section.add("received", link.link.received.text)
            section.add("sent", link.link.sent.text)
            return ["\(link.mark.label): no record of it can be read"] + section.lines(on: screen)
        }
    }

    /// The same for programs.
    package var document: DetailDocument {
        var document =
            switch content {
            case .container(let id, let inspections): DetailDocument(container: id, inspections)
            case .network(let inspection): DetailDocument(inspection)
            case .link(let link): DetailDocument(link)
            }
        if !storeProblems.isEmpty { document.problems = storeProblems.map(ProblemDocument.init) }
        return document
    }
}
